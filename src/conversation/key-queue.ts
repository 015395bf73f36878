import { inspect } from 'node:util';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Key } from '../domain/key.ts';
import { callEndOf, throwIfHungUp } from './hang-up-signal.ts';
import { HungUp } from './hung-up.ts';
import type { Line } from './line.ts';

/**
 * A whole sign-in typed ahead is at most a 20-digit extension, `#`, a 24-digit PIN and `#` (SPEC §1, §2): 46 keys. The
 * rest is room for the menus behind it. Whoever sends more is not a person, and is not given memory for it.
 */
const CAPACITY = 64;

interface QueuedKey {
  readonly key: Key;
  /** When it arrived, on the monotonic clock. */
  readonly at: number;
}

interface Swallow {
  readonly key: Key;
  /** The last moment at which the key is still swallowed, on the monotonic clock. */
  readonly until: number;
}

/**
 * Every key of one call, from the answer to the end, in the order pressed (SPEC §3.2). It is the line's only listener:
 * screens take keys from here, so that none is lost between two of them. A full queue drops the newest key and counts
 * it. It never shows what it holds, whatever prints it, because most of it is extensions and PINs.
 */
export class KeyQueue {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #keys: QueuedKey[] = [];
  #lastTakenAt = 0;
  #dropped = 0;
  #swallow: Swallow | undefined;
  #onArrival: (() => void) | undefined;

  /** Becomes the line's one listener for keys; making a second queue for a line is a fault. */
  constructor(line: Line, clock: Clock) {
    this.#clock = clock;
    this.#signal = line.signal;
    line.onKey((key) => this.#arrived(key));
  }

  /** Whether no key is waiting. */
  get isEmpty(): boolean {
    return this.#keys.length === 0;
  }

  /** When the key taken last arrived, on the monotonic clock. */
  get lastTakenAt(): number {
    return this.#lastTakenAt;
  }

  /** How many keys were dropped because the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Calls back once when a key arrives that is kept. One at a time may wait, for two waiting for the same key would
   * be a race: a second one is a fault and throws. A hang-up does not call back.
   */
  onArrival(callback: () => void): Cancel {
    if (this.#onArrival !== undefined) {
      throw new Error('Two parts of the conversation are waiting for the same key');
    }
    this.#onArrival = callback;
    return () => {
      if (this.#onArrival === callback) {
        this.#onArrival = undefined;
      }
    };
  }

  /**
   * Takes the next key, waiting for it for up to `milliseconds`; undefined when none came in time. After a hang-up,
   * and as soon as one happens, it rejects with `HungUp`, even where keys are left: nobody is there to hear the answer.
   */
  async next(milliseconds: number): Promise<Key | undefined> {
    throwIfHungUp(this.#signal);
    return this.#take() ?? (await this.#wait(milliseconds));
  }

  /**
   * Takes the next key like {@link next}, but one that was pressed before a hang-up even then: for an entry that decides
   * something by itself, with nobody having to hear the answer.
   */
  async nextKeyed(milliseconds: number): Promise<Key | undefined> {
    return this.#take() ?? (await this.next(milliseconds));
  }

  /**
   * Throws the next key away if it is `key` and arrives no later than `milliseconds` after the key taken last, without
   * it counting as a key pressed. Any other key ends this. It serves a `#` pressed from habit behind an extension that
   * was complete without it (SPEC §3.1), which must neither stop the next prompt nor stand for an empty PIN.
   */
  swallow(key: Key, milliseconds: number): void {
    const until = this.#lastTakenAt + milliseconds;
    const head = this.#keys[0];
    if (head === undefined) {
      this.#swallow = { key, until };
    } else if (head.key === key && head.at <= until) {
      this.#keys.shift();
    }
  }

  /** Throws away what was typed ahead: only after a failed PIN (SPEC §3.2), and after a new one that was refused. */
  flush(): void {
    this.#keys.length = 0;
  }

  [inspect.custom](): string {
    return 'KeyQueue {}';
  }

  toJSON(): Record<string, never> {
    return {};
  }

  #arrived(key: Key): void {
    const at = this.#clock.monotonic();
    const swallow = this.#swallow;
    this.#swallow = undefined;
    if (swallow?.key === key && at <= swallow.until) {
      return;
    }
    if (this.#keys.length >= CAPACITY) {
      this.#dropped += 1;
      return;
    }
    this.#keys.push({ key, at });
    const callback = this.#onArrival;
    this.#onArrival = undefined;
    callback?.();
  }

  #take(): Key | undefined {
    const taken = this.#keys.shift();
    if (taken !== undefined) {
      this.#lastTakenAt = taken.at;
    }
    return taken?.key;
  }

  async #wait(milliseconds: number): Promise<Key | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => reject(new HungUp(callEndOf(this.#signal)));
    const cancelArrival = this.onArrival(resolve);
    this.#signal.addEventListener('abort', onAbort, { once: true });
    const cancelTimer = this.#clock.after(milliseconds, resolve);
    try {
      await promise;
    } finally {
      cancelArrival();
      cancelTimer();
      this.#signal.removeEventListener('abort', onAbort);
    }
    return this.#take();
  }
}
