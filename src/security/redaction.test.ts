import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { REDACTED_PATHS, redactText } from './redaction.ts';

describe('redactText', () => {
  it.each([
    ['Signal=5\r\nDuration=160', 'Signal=[redacted]\r\nDuration=160'],
    ['Signal= 5', 'Signal= [redacted]'],
    ['Content-Length: 1\r\n\r\n5\r\n', 'Content-Length: 1\r\n\r\n[redacted]\r\n'],
    ['got {"dtmf":"5","duration":"160"}', 'got {"dtmf":[redacted],"duration":"160"}'],
    ['dtmf: 5', 'dtmf: [redacted]'],
    ['keys 1 9 8 5 8 4 8 pressed', 'keys [redacted] pressed'],
    ['Proxy-Authorization: Digest username="tony", response="ab"', 'Proxy-Authorization: [redacted]'],
    ['drachtio://:ClueCon@host', 'drachtio://[redacted]@host'],
    ['connecting with secret: cymru now', 'connecting with secret: [redacted] now'],
    ['pin=985', 'pin=[redacted]'],
    ['<sip:51234@host>', '<sip:[redacted]@host>'],
  ])('writes %j as %j', (text, redacted) => {
    expect(redactText(text)).toBe(redacted);
  });

  it('leaves alone what names a fault', () => {
    const text = 'Error: connect ECONNREFUSED 127.0.0.1:502\n    at Socket.connect (node:net:126:13)';
    expect(redactText(text)).toBe(text);
  });

  it('lets no PIN pass, wherever it is', () => {
    const pin = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 4, maxLength: 24 });
    fc.assert(
      fc.property(fc.string(), pin, fc.string(), (before, secret, after) => {
        expect(redactText(before + secret + after)).not.toContain(secret);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is quick with whatever a stranger sends', () => {
    const texts = [
      ' '.repeat(100_000),
      '5 '.repeat(50_000),
      '//'.repeat(50_000),
      'pin '.repeat(20_000),
      '"'.repeat(99_999),
    ];
    const start = performance.now();
    for (const text of texts) expect(redactText(text).length).toBeLessThan(50_000);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('REDACTED_PATHS', () => {
  it('keeps secrets out of a line of pino, three levels deep', () => {
    const lines: string[] = [];
    const log = pino({ redact: [...REDACTED_PATHS] }, { write: (line: string) => lines.push(line) });
    log.info({ pin: '1985848', attempt: { digits: '1985848', call: { keys: '1985848', id: 'c1' } } }, 'An attempt');
    expect(lines.join('')).not.toContain('1985848');
    expect(lines.join('')).toContain('c1');
  });
});
