import { randomInt } from 'node:crypto';
import type { Cancel, Clock } from '../clock.ts';
import { faultOf, type Log } from '../log.ts';
import { type MediaServer, type MediaServerOptions, type MediaServerStats, startMediaServer } from './server.ts';

/** How a thread was lost: it died by itself, or gave no sign of life and was ended. */
export type ThreadLoss = 'died' | 'hung';

/** A media server whose thread is started again, on the same event-socket address, whenever it is lost. */
export interface KeptMediaServer {
  readonly eslPort: number;
  /** Whether a thread is there and, as far as is known, works. */
  readonly up: boolean;
  /** What it holds and has done since its thread began. Rejects while there is none, and when it is closed. */
  stats(): Promise<MediaServerStats>;
  /** Whether it holds nothing. Rejects as `stats` does. */
  idle(): Promise<boolean>;
  /** Hangs up every call and closes everything. Resolves when the thread has ended; calling it again is harmless. */
  close(): Promise<void>;
}

export interface KeepingOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each thread that is lost, before the next one is started. */
  readonly onLost?: (how: ThreadLoss) => void;
}

/** How often the thread is asked for a sign of life, in milliseconds, and how often in vain before it counts as hung. */
const BEAT = 1_000;
const MOST_IN_VAIN = 5;

/** The wait before the first new thread, and the longest one, in milliseconds. */
const FIRST_WAIT = 200;
const LONGEST_WAIT = 30_000;

/** A thread that has lived for so long was no part of a row of failures, in milliseconds. */
const STEADY = 60_000;

/**
 * Starts a media server and keeps it running until it is closed. Rejects as {@link startMediaServer} does when the first
 * thread cannot be started; what goes wrong later is logged, and tried again after growing waits without an end. The
 * calls of a thread that is lost are lost with it: their event sockets close.
 */
export async function keepMediaServer(options: MediaServerOptions, keeping: KeepingOptions): Promise<KeptMediaServer> {
  const server = await startMediaServer({ ...options, log: keeping.log });
  return new Keeper(options, keeping, server);
}

class Keeper implements KeptMediaServer {
  readonly #options: MediaServerOptions;
  readonly #keeping: KeepingOptions;
  readonly #kept: Promise<void>;
  readonly eslPort: number;
  #server: MediaServer | undefined;
  #closed = false;
  #wake: () => void = () => undefined;

  constructor(options: MediaServerOptions, keeping: KeepingOptions, first: MediaServer) {
    this.eslPort = first.eslPort;
    this.#options = { ...options, esl: { ...options.esl, port: first.eslPort } };
    this.#keeping = keeping;
    this.#kept = this.#keep(first);
  }

  get up(): boolean {
    return this.#server !== undefined;
  }

  async stats(): Promise<MediaServerStats> {
    if (this.#server === undefined) throw new Error(`The media server is ${this.#closed ? 'closed' : 'down'}`);
    return await this.#server.stats();
  }

  async idle(): Promise<boolean> {
    if (this.#server === undefined) throw new Error(`The media server is ${this.#closed ? 'closed' : 'down'}`);
    return await this.#server.idle();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#server?.close();
    await this.#kept;
  }

  async #keep(first: MediaServer): Promise<void> {
    let server: MediaServer | undefined = first;
    let attempt = 0;
    while (server !== undefined) {
      const beganAt = this.#keeping.clock.monotonic();
      this.#server = server;
      const how = await this.#untilLost(server);
      this.#server = undefined;
      // Its sockets are free once the thread has ended.
      await server.close();
      if (how === 'closed') return;
      this.#keeping.onLost?.(how);
      if (this.#keeping.clock.monotonic() - beganAt >= STEADY) attempt = 0;
      server = undefined;
      while (server === undefined && !this.#closed) {
        attempt += 1;
        server = await this.#startAgain(attempt);
      }
    }
  }

  /** Waits until the thread has died, has been ended because it gave no sign of life, or is to be closed. */
  async #untilLost(server: MediaServer): Promise<ThreadLoss | 'closed'> {
    if (this.#closed) return 'closed';
    const { clock } = this.#keeping;
    let cancel: Cancel = () => undefined;
    let inVain = 0;
    let asking = false;
    let hung = false;
    // Counted are looks and not milliseconds: if this thread was held up itself, the answer may be waiting to be read.
    const look = (): void => {
      if (inVain >= MOST_IN_VAIN) {
        hung = true;
        server.abandon(new Error(`The media server's thread gave no sign of life for ${(inVain * BEAT) / 1_000} s`));
        return;
      }
      inVain += 1;
      cancel = clock.after(BEAT, look);
      if (asking) return;
      asking = true;
      server.stats().then(
        () => {
          asking = false;
          inVain = 0;
        },
        // It has died, or is closed; that is told below.
        () => undefined,
      );
    };
    look();
    const closing = new Promise<'closed'>((resolve) => {
      this.#wake = () => resolve('closed');
    });
    const how = await Promise.race([server.failed.then(() => 'lost' as const), closing]);
    cancel();
    if (how === 'closed' || this.#closed) return 'closed';
    return hung ? 'hung' : 'died';
  }

  /** Waits, then tries to start a thread. Never rejects. */
  async #startAgain(attempt: number): Promise<MediaServer | undefined> {
    const { log } = this.#keeping;
    const wait = waitBefore(attempt);
    log.warn({ attempt, waitMs: wait }, 'The media server is started again');
    await this.#sleep(wait);
    if (this.#closed) return undefined;
    try {
      const server = await startMediaServer({ ...this.#options, log });
      log.info({ attempt }, 'The media server runs again');
      return server;
    } catch (error) {
      log.error({ attempt, fault: faultOf(error) }, 'The media server could not be started again');
      return undefined;
    }
  }

  #sleep(milliseconds: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#keeping.clock.after(milliseconds, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** It doubles with each attempt, and a random half is taken off it, so that several servers do not go in step. */
function waitBefore(attempt: number): number {
  const full = Math.min(FIRST_WAIT * 2 ** Math.min(attempt - 1, 20), LONGEST_WAIT);
  return full - randomInt(Math.floor(full / 2) + 1);
}
