import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** How long drachtio-srf may take for a message that it is given, in milliseconds. */
const LIMIT = 50;
/** After so long it is taken never to end, in milliseconds: the machine may be busy with other things. */
const NEVER = 5_000;
/** A slow message is tried again so often: the least time counts, for what else goes on only adds to it. */
const TRIES = 5;

/** drachtio-srf's parser, tried on whatever the edge and the guard of the wire let through. */
export class SrfParser {
  readonly #progress = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | undefined;

  /** The messages among these that take it too long. */
  async slowest(messages: readonly string[]): Promise<readonly string[]> {
    const slow: string[] = [];
    for (let from = 0; from < messages.length; ) {
      const rest = messages.slice(from);
      const times = await this.#times(rest);
      for (const [index, time] of times.entries()) {
        const raw = rest[index];
        if (raw !== undefined && time > LIMIT && (await this.#isSlow(raw))) slow.push(raw);
      }
      from += times.length;
    }
    return slow;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  async #isSlow(raw: string): Promise<boolean> {
    const times = await this.#times(Array.from({ length: TRIES }, () => raw));
    return Math.min(...times) > LIMIT;
  }

  /** The times that it took; those behind one on which it does not end are missing, and that one took for ever. */
  async #times(messages: readonly string[]): Promise<readonly number[]> {
    const worker = this.#start();
    worker.postMessage(messages);
    const answer = once(worker, 'message').then(([times]) => times as readonly number[]);
    for (let before = -1; ; before = Atomics.load(this.#progress, 0)) {
      const { promise, resolve } = Promise.withResolvers<'silent'>();
      const timer = setTimeout(() => resolve('silent'), NEVER);
      const result = await Promise.race([answer, promise]);
      clearTimeout(timer);
      if (result !== 'silent') return result;
      const at = Atomics.load(this.#progress, 0);
      if (at !== before) continue;
      await worker.terminate();
      this.#worker = undefined;
      return [...Array.from({ length: at }, () => 0), Number.POSITIVE_INFINITY];
    }
  }

  #start(): Worker {
    this.#worker ??= new Worker(new URL('./srf-parser-thread.ts', import.meta.url), {
      workerData: this.#progress.buffer,
    });
    return this.#worker;
  }
}
