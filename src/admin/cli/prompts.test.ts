import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { Failure } from './failure.ts';
import { confirm, obtainPin } from './prompts.ts';

/** What a terminal is to a prompt: keys come in, and what is written is seen. */
class FakeTerminal {
  readonly stdin = Object.assign(new PassThrough(), { isTTY: true });
  readonly stderr = new PassThrough();
  readonly #seen: string[] = [];
  #wanted = Promise.withResolvers<void>();

  constructor() {
    this.stderr.on('data', (chunk) => {
      this.#seen.push(String(chunk));
      this.#wanted.resolve();
      this.#wanted = Promise.withResolvers<void>();
    });
  }

  get seen(): string {
    return this.#seen.join('');
  }

  async type(keys: string, after: string): Promise<void> {
    while (!this.seen.endsWith(after)) await this.#wanted.promise;
    this.stdin.write(keys);
  }
}

const ASKED = { kind: 'asked' } as const;

describe('a PIN', () => {
  it('is asked for twice, corrected on the way, and never shown', async () => {
    const terminal = new FakeTerminal();
    const pin = obtainPin(ASKED, terminal);
    await terminal.type('19858\u007f\u007f5848\r', 'New PIN: ');
    await terminal.type('1985848\r', 'The same PIN again: ');
    expect((await pin).reveal()).toBe('1985848');
    expect(terminal.seen).toBe('New PIN: \nThe same PIN again: \n');
    expect(JSON.stringify(await pin)).not.toContain('1985848');
  });

  it('is not taken when it was typed in two ways, or not at all', async () => {
    const differing = new FakeTerminal();
    const pin = obtainPin(ASKED, differing);
    const refused = expect(pin).rejects.toThrow('not the same');
    await differing.type('1985848\r', 'New PIN: ');
    await differing.type('1985849\r', 'again: ');
    await refused;
    const empty = new FakeTerminal();
    const nothing = expect(obtainPin(ASKED, empty)).rejects.toThrow('No PIN was entered');
    await empty.type('\r', 'New PIN: ');
    await nothing;
  });

  it.each([['\u0003'], ['\u0004']])('is not waited for after %j', async (key) => {
    const terminal = new FakeTerminal();
    const interrupted = expect(obtainPin(ASKED, terminal)).rejects.toMatchObject({ exitCode: 130 });
    await terminal.type(key, 'New PIN: ');
    await interrupted;
  });

  it('is the first line of standard input', async () => {
    for (const input of ['2718281', '2718281\n', '2718281\r\nmore\n']) {
      const stdin = new PassThrough();
      stdin.end(input);
      const stderr = new PassThrough();
      expect((await obtainPin({ kind: 'standard-input' }, { stdin, stderr })).reveal()).toBe('2718281');
      stderr.end();
      expect(await text(stderr)).toBe('');
    }
  });

  it('is refused where there is none', async () => {
    const stdin = new PassThrough();
    stdin.end('\n2718281\n');
    await expect(obtainPin({ kind: 'standard-input' }, { stdin, stderr: new PassThrough() })).rejects.toThrow('no PIN');
    await expect(obtainPin(ASKED, { stdin, stderr: new PassThrough() })).rejects.toThrow(Failure);
  });
});

describe('a question', () => {
  it.each([
    ['y\n', true],
    ['YES\n', true],
    ['\n', false],
    ['n\n', false],
    ['yesterday\n', false],
  ])('is answered by %j', async (keys, expected) => {
    const terminal = new FakeTerminal();
    const answer = confirm('Really remove it?', terminal);
    await terminal.type(keys, 'Really remove it? [y/N] ');
    expect(await answer).toBe(expected);
  });

  it('is answered with no by the end of the input, and cannot be put without a terminal', async () => {
    const terminal = new FakeTerminal();
    const answer = confirm('Really?', terminal);
    terminal.stdin.end();
    expect(await answer).toBe(false);
    const stdin = new PassThrough();
    await expect(confirm('Really?', { stdin, stderr: terminal.stderr })).rejects.toThrow("'-Confirm:$false'");
  });
});
