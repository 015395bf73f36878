import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandFraming, type EslCommand, strangersLimits } from './command-framing.ts';

function frame(...chunks: string[]): EslCommand[] | 'too-long' {
  const framing = new CommandFraming();
  const commands: EslCommand[] = [];
  for (const chunk of chunks) {
    const result = framing.push(Buffer.from(chunk));
    if (result === 'too-long') return result;
    commands.push(...result);
  }
  return commands;
}

const command = (line: string, headers: Record<string, string> = {}, body?: string): EslCommand => ({
  line,
  headers: new Map(Object.entries(headers)),
  body,
});

describe('framing commands', () => {
  it('reads a line, headers by any case, and a body of the given length', () => {
    expect(
      frame(
        '\r\n\nauth x\n\nsendmsg abc\nCall-Command: execute\nexecute-app-arg:  a: b\r\n\r\n',
        'api x\ncontent-length: 7\n\nhe\n\nllo',
        'exit\n\n',
      ),
    ).toEqual([
      command('auth x'),
      command('sendmsg abc', { 'call-command': 'execute', 'execute-app-arg': 'a: b' }),
      command('api x', { 'content-length': '7' }, 'he\n\nllo'),
      command('exit'),
    ]);
  });

  it('reads the same however the bytes are cut', () => {
    const text = 'auth secret\n\nsendmsg\na: b\r\ncontent-length: 5\r\n\r\näö1\n\nfilter x y\n\n\n\nexit\n\n';
    const whole = frame(text);
    expect(whole).toHaveLength(4);
    fc.assert(
      fc.property(fc.array(fc.nat(Buffer.byteLength(text)), { maxLength: 12 }), (cuts) => {
        const bytes = Buffer.from(text);
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const framing = new CommandFraming();
        const commands = places.slice(1).map((end, at) => framing.push(bytes.subarray(places[at], end)));
        expect(commands.flat()).toEqual(whole);
      }),
    );
  });

  it('refuses what is too long, whole or in pieces', () => {
    expect(frame('x'.repeat(70_000))).toBe('too-long');
    expect(frame(`${'x'.repeat(70_000)}\n\n`)).toBe('too-long');
    expect(frame(...Array.from({ length: 700 }, () => 'a: b'.repeat(25)))).toBe('too-long');
    expect(frame('api\ncontent-length: 99999999\n\n')).toBe('too-long');
  });

  it('takes far less from a stranger', () => {
    const framing = new CommandFraming();
    expect(framing.push(Buffer.from('auth x\n\n'), strangersLimits)).toEqual([command('auth x')]);
    expect(framing.push(Buffer.from(`auth ${'x'.repeat(1_100)}`), strangersLimits)).toBe('too-long');
    expect(new CommandFraming().push(Buffer.from('auth x\ncontent-length: 1\n\n'), strangersLimits)).toBe('too-long');
  });

  it('takes a length that is none for no body', () => {
    for (const length of ['-5', 'abc', '', 'NaN']) {
      expect(frame(`api x\ncontent-length: ${length}\n\nexit\n\n`)).toHaveLength(2);
    }
  });

  it('survives every sequence of bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 }), (chunks) => {
        const framing = new CommandFraming();
        for (const chunk of chunks) expect(framing.push(Buffer.from(chunk))).not.toBe('too-long');
      }),
    );
  });
});
