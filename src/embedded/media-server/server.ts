import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { faultOf, type Log } from '../log.ts';
import type { MediaServerStats } from './media-core.ts';
import { type MediaServerOptions, settle } from './options.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

export type { MediaServerStats } from './media-core.ts';
export type { MediaServerOptions } from './options.ts';

/** A media server that runs in a thread of its own. */
export interface MediaServer {
  readonly eslPort: number;
  readonly sipPort: number;
  /** Resolves, never rejects, with the reason when the thread dies without having been closed. Its calls are lost. */
  readonly failed: Promise<Error>;
  /** What it holds and has done. Rejects when it is closed or has failed. */
  stats(): Promise<MediaServerStats>;
  /** Whether it holds nothing: no call, no dialog, no bound RTP port, no paced stream. Rejects as `stats` does. */
  idle(): Promise<boolean>;
  /** Ends the thread at once, as if it had died for this reason; for one that answers nothing any more. */
  abandon(reason: Error): void;
  /** Hangs up every call and closes everything. Resolves when the thread has ended; calling it again is harmless. */
  close(): Promise<void>;
}

/** How long a thread may take to start, in milliseconds: it reads and decodes all prompts. */
const startPatience = 30_000;

/** How long a thread may take to close before it is ended by force, in milliseconds. */
const closePatience = 3_000;

/**
 * Starts a media server that speaks FreeSWITCH's event socket, in a worker thread, away from the application's event
 * loop. It listens when the promise resolves; it rejects with the system's error when an address or the prompts'
 * folder cannot be had, and with a RangeError for an option that cannot be used.
 */
export async function startMediaServer(options: MediaServerOptions & { readonly log?: Log }): Promise<MediaServer> {
  const { log, ...rest } = options;
  const settings = settle(rest);
  keepTypeStripperSafe();
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings, name: 'media-server' });
  const handle = new Handle(worker, log);
  const timer = setTimeout(() => handle.abandon(new Error('The media server took too long to start')), startPatience);
  try {
    await handle.ready;
  } finally {
    clearTimeout(timer);
  }
  return handle;
}

/**
 * A thread's modules have their types stripped by a WebAssembly module in that thread. V8 (13.6, of Node 24) compiles
 * the calls out of it anew once they are frequent, keeps the result for all threads, and now and then frees what a
 * thread that has ended left there twice: the whole process dies, about once in several hundred threads. With this
 * budget no call ever becomes frequent, which costs some ten milliseconds when a thread starts.
 */
function keepTypeStripperSafe(): void {
  setFlagsFromString('--wasm-wrapper-tiering-budget=1000000000');
}

interface Waiting {
  resolve(stats: MediaServerStats): void;
  reject(error: Error): void;
}

class Handle implements MediaServer {
  readonly #worker: Worker;
  readonly #log: Log | undefined;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #failed = Promise.withResolvers<Error>();
  readonly #ended = Promise.withResolvers<void>();
  #lastId = 0;
  #closing = false;
  /** Why nothing can be asked any more. */
  #gone: Error | undefined;
  eslPort = 0;
  sipPort = 0;

  constructor(worker: Worker, log: Log | undefined) {
    this.#worker = worker;
    this.#log = log;
    worker.on('message', (message: FromWorker) => this.#onMessage(message));
    worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    worker.on('messageerror', (error) => this.#fail(error));
    worker.on('exit', (code) => {
      this.#fail(new Error(`The media server's thread ended with code ${code}`));
      this.#ended.resolve();
    });
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  stats(): Promise<MediaServerStats> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    if (this.#closing) return Promise.reject(new Error('The media server is closed'));
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<MediaServerStats>();
    this.#waiting.set(id, { resolve, reject });
    this.#send({ kind: 'stats', id });
    return promise;
  }

  async idle(): Promise<boolean> {
    const { channels, dialogs, boundPorts, pacedStreams } = await this.stats();
    return channels === 0 && dialogs === 0 && boundPorts === 0 && pacedStreams === 0;
  }

  abandon(reason: Error): void {
    if (this.#closing || this.#gone !== undefined) return;
    this.#fail(reason);
    void this.#worker.terminate();
  }

  async close(): Promise<void> {
    if (!this.#closing && this.#gone === undefined) {
      this.#closing = true;
      this.#send({ kind: 'close' });
      const timer = setTimeout(() => void this.#worker.terminate(), closePatience);
      await this.#ended.promise;
      clearTimeout(timer);
    }
    await this.#ended.promise;
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #onMessage(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.eslPort = message.eslPort;
        this.sipPort = message.sipPort;
        this.#ready.resolve();
        break;
      case 'not-started': {
        this.#closing = true;
        const error = Object.assign(
          new Error(message.message),
          message.code === undefined ? {} : { code: message.code },
        );
        this.#ready.reject(error);
        break;
      }
      case 'stats':
        this.#waiting.get(message.id)?.resolve(message.stats);
        this.#waiting.delete(message.id);
        break;
      case 'log':
        this.#log?.[message.level](message.fields, message.message);
        break;
      case 'closed':
        break;
    }
  }

  /** The thread is gone, expected or not: whoever waits for it is told. */
  #fail(error: Error): void {
    const reason = this.#closing ? new Error('The media server is closed') : error;
    this.#gone ??= reason;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
    this.#ready.reject(reason);
    if (this.#closing || reason !== this.#gone) return;
    this.#log?.error({ fault: faultOf(error) }, 'The media server failed');
    this.#failed.resolve(error);
  }
}
