import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY = 20;
/** How long a program may take to end after it was asked to, in milliseconds. */
const END_DEADLINE = 3_000;

/** A program that runs beside the tests: what it writes is kept, and it is gone when it is closed. */
export class Program {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #gone: Promise<unknown>;
  #output = '';

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#gone = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    child.stdin.on('error', () => undefined);
  }

  /** Rejects when the program is not there. */
  static async start(command: string, args: readonly string[], home: string): Promise<Program> {
    const child = spawn(command, args, { env: { ...process.env, HOME: home, LANG: 'C' } });
    await once(child, 'spawn');
    return new Program(child);
  }

  /** What it has written so far, to either stream. */
  get output(): string {
    return this.#output;
  }

  /** Writes a line to its standard input. */
  say(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Resolves when its output fits; rejects with all of it after `within` milliseconds, or when it has ended. */
  async wrote(wanted: RegExp, within: number): Promise<void> {
    const deadline = performance.now() + within;
    while (!wanted.test(this.#output)) {
      const ended = this.#child.exitCode !== null;
      if (ended || performance.now() > deadline) {
        throw new Error(`${wanted} was not written${ended ? ' before the end' : ''}:\n${this.#output}`);
      }
      await sleep(LOOK_EVERY);
    }
  }

  /** Waits a little for it to end by itself, then ends it. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_DEADLINE);
    this.#child.stdin.end();
    await this.#gone;
    clearTimeout(timer);
  }
}
