import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Cancel, Clock } from '../domain/clock.ts';

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** An arbitrary but plausible date, so that a test which mixes the wall clock with the monotonic one fails. */
const DEFAULT_NOW = Date.UTC(2026, 0, 15, 9, 30);

const AN_HOUR = 3_600_000;

/**
 * A clock that stands still until {@link advance} moves it. Timers run in the order they are due, those due at the
 * same moment in the order they were set, and what they set off (promises, ticks) settles before the next one runs.
 * Real input and output is not waited for, but where {@link waitFor} says how: what else depends on a socket or a file
 * has to be awaited by the test itself.
 */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #elapsed = 0;
  #wallClockOffset: number;
  #advancing = false;
  #settled: () => Promise<unknown> = nextTurn;

  /** @param now wall-clock time at the start, in milliseconds since 1970-01-01T00:00:00Z. */
  constructor(now: number = DEFAULT_NOW) {
    this.#wallClockOffset = now;
  }

  /** Wall-clock time in milliseconds since 1970-01-01T00:00:00Z. */
  now(): number {
    return this.#wallClockOffset + this.#elapsed;
  }

  /** Milliseconds since this clock was made. */
  monotonic(): number {
    return this.#elapsed;
  }

  /** Throws a RangeError for anything but a finite number of milliseconds from 0. */
  after(milliseconds: number, callback: () => void): Cancel {
    const timer: Timer = { due: this.#elapsed + requireDuration(milliseconds), callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** How many timers are waiting; a test that ends with any left has found a leak. */
  get pending(): number {
    return this.#timers.size;
  }

  /** What each step waits for before time goes on, besides that promises settle. */
  waitFor(settled: () => Promise<void>): void {
    this.#settled = async () => {
      await nextTurn();
      await settled();
    };
  }

  /** Sets the wall clock as an administrator would; running timers and the monotonic time do not notice. */
  setNow(now: number): void {
    this.#wallClockOffset = now - this.#elapsed;
  }

  /**
   * Moves time by `milliseconds` (0 and more: 0 runs what is due and lets promises settle). Timers set meanwhile run
   * too when they are due before the end. Rejects with what a timer's callback throws, time standing where it threw,
   * and with an error when the clock is being moved already.
   */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#elapsed + requireDuration(milliseconds);
    if (this.#advancing) {
      throw new Error('FakeClock.advance was called again before the last call had resolved');
    }
    this.#advancing = true;
    try {
      await this.#settled();
      for (let timer = this.#nextDue(end); timer !== undefined; timer = this.#nextDue(end)) {
        this.#timers.delete(timer);
        this.#elapsed = timer.due;
        timer.callback();
        await this.#settled();
      }
      this.#elapsed = end;
    } finally {
      this.#advancing = false;
    }
  }

  /**
   * Moves time from timer to timer until `promise` settles, and settles as it does. Rejects with an error when it has
   * not settled within `limit` milliseconds of this clock's time, or when no timer is left that could make it settle:
   * the code under test then waits for something that will never come.
   */
  async untilSettled<T>(promise: Promise<T>, limit: number = AN_HOUR): Promise<T> {
    let settled = false;
    const noteSettled = (): void => {
      settled = true;
    };
    promise.then(noteSettled, noteSettled);
    const end = this.#elapsed + requireDuration(limit);
    await this.advance(0);
    while (!settled) {
      const timer = this.#nextDue(end);
      if (timer === undefined) {
        const left = this.pending === 0 ? 'no timer is waiting' : 'the next timer is due after the limit';
        throw new Error(`The promise is still pending at ${this.#elapsed} ms of the fake clock, and ${left}`);
      }
      await this.advance(timer.due - this.#elapsed);
    }
    return promise;
  }

  #nextDue(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      // The set keeps the order of insertion, so a strict comparison keeps equal timers in the order they were set.
      if (timer.due <= end && (next === undefined || timer.due < next.due)) {
        next = timer;
      }
    }
    return next;
  }
}

function requireDuration(milliseconds: number): number {
  if (!Number.isFinite(milliseconds) || milliseconds < 0) {
    throw new RangeError(`A duration is a finite number of milliseconds from 0, not ${milliseconds}`);
  }
  return milliseconds;
}
