import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import { CapturedLog } from '../testing/captured-log.ts';
import { captureLibraryConsole, redactPrinted, silenceLibraryDebug } from './library-console.ts';

describe('what the libraries print', () => {
  let restore: (() => void) | undefined;
  afterEach(() => restore?.());

  it('becomes a log line without a digit and without a body', () => {
    const log = new CapturedLog();
    const printer = globalThis.console;
    const original = printer.error;
    restore = captureLibraryConsole(log);
    const message = 'INFO sip:5000@192.0.2.1 SIP/2.0\r\nContent-Type: application/dtmf\r\n\r\nSignal=7';
    printer.error(new Error('failed to parse sip message'), `unable to parse incoming message: ${message}`);
    printer.info('Mediaserver: connected to freeswitch at 192.0.2.1');
    restore();
    expect(printer.error).toBe(original);
    expect(log.lines).toEqual([
      {
        level: 'warn',
        fields: {
          printed: [
            { text: 'Error: failed to parse sip message', lines: 1 },
            { text: 'unable to parse incoming message: INFO sip:####@###.#.#.# SIP/#.#', lines: 4 },
          ],
          values: 2,
        },
        message: 'A library printed',
      },
      {
        level: 'debug',
        fields: { printed: [{ text: 'Mediaserver: connected to freeswitch at ###.#.#.#', lines: 1 }], values: 1 },
        message: 'A library printed',
      },
    ]);
  });

  it.each([
    ['x'.repeat(200), { text: 'x'.repeat(80), lines: 1 }],
    ['\u001b[31mred', { text: '?[##mred', lines: 1 }],
    [{ pin: '1985848' }, { text: '(object)', lines: 1 }],
    [1985848, { text: '(number)', lines: 1 }],
    [null, { text: '(null)', lines: 1 }],
    [undefined, { text: '(undefined)', lines: 1 }],
  ])('is cut short and masked: %j', (value, redacted) => {
    expect(redactPrinted(value)).toEqual(redacted);
  });
});

describe('the debug output of the libraries', () => {
  it('stays off even when it is asked for, and others keep theirs', () => {
    const library = createRequire(createRequire(import.meta.url).resolve('drachtio-srf'));
    const debug = library('debug');
    const before = debug.disable();
    debug.enable('drachtio:*,other');
    silenceLibraryDebug();
    expect(debug.enabled('drachtio:agent')).toBe(false);
    expect(debug.enabled('drachtio:fsmrf')).toBe(false);
    expect(debug.enabled('other')).toBe(true);
    silenceLibraryDebug();
    expect(debug.enabled('other')).toBe(true);
    debug.enable('*');
    silenceLibraryDebug();
    expect(debug.enabled('drachtio:socket')).toBe(false);
    expect(debug.enabled('other')).toBe(true);
    debug.enable(before);
  });
});
