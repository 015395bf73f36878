import type { Cancel, Clock } from '../domain/clock.ts';
import { systemClock } from '../system-clock.ts';

/**
 * The machine's time, put forward by as much as a test says: days pass at once for whatever is dated, while calls, which
 * are paced by timers, go on in real time.
 */
export class ShiftedClock implements Clock {
  #ahead: number;

  /** @param ahead how far ahead of the machine's time it is, in milliseconds; behind it when negative. */
  constructor(ahead: number = 0) {
    this.#ahead = ahead;
  }

  now(): number {
    return systemClock.now() + this.#ahead;
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  after(milliseconds: number, callback: () => void): Cancel {
    return systemClock.after(milliseconds, callback);
  }

  /** Moves it by so many milliseconds, back when they are negative; timers do not notice. */
  shift(milliseconds: number): void {
    this.#ahead += milliseconds;
  }
}
