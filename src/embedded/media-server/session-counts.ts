import type { Clock } from '../clock.ts';

const fiveMinutes = 300_000;

/** How many calls there are and have been, as `status` and HEARTBEAT tell it. */
export class SessionCounts {
  readonly #clock: Clock;
  current = 0;
  total = 0;
  peak = 0;
  /** The largest counts of calls at one time lately, each with when it was reached. */
  #recent: { readonly at: number; readonly count: number }[] = [];
  /** Calls that began in the current second, and in the one before. */
  #second = Number.NaN;
  #inSecond = 0;
  #inLastSecond = 0;
  #mostInSecond = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  began(): void {
    this.current += 1;
    this.total += 1;
    this.peak = Math.max(this.peak, this.current);
    const now = this.#clock.monotonic();
    this.#recent = this.#recent.filter(({ at, count }) => count > this.current && now - at < fiveMinutes);
    this.#recent.push({ at: now, count: this.current });
    this.#turnSecond();
    this.#inSecond += 1;
    this.#mostInSecond = Math.max(this.#mostInSecond, this.#inSecond);
  }

  ended(): void {
    this.current -= 1;
  }

  /** The most calls at one time in the last five minutes. */
  get recentPeak(): number {
    const now = this.#clock.monotonic();
    const counts = this.#recent.filter(({ at }) => now - at < fiveMinutes).map(({ count }) => count);
    return Math.max(this.current, ...counts);
  }

  /** Calls that began in the last whole second. */
  get lastSecond(): number {
    this.#turnSecond();
    return this.#inLastSecond;
  }

  /** The most calls that began in one second. */
  get mostInSecond(): number {
    return this.#mostInSecond;
  }

  #turnSecond(): void {
    const second = Math.floor(this.#clock.monotonic() / 1_000);
    if (second === this.#second) return;
    this.#inLastSecond = second === this.#second + 1 ? this.#inSecond : 0;
    this.#inSecond = 0;
    this.#second = second;
  }
}
