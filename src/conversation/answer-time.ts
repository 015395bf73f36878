import type { Clock } from '../domain/clock.ts';
import type { Meter } from '../domain/meter.ts';

/**
 * Measures, for one call, how long callers wait in silence: from the arrival of the key that completed an entry to the
 * first sound of what is said next, as the media server reports both. Each entry is measured once at most. One that a
 * pause completed is not, nor one whose answer the caller did not wait for.
 */
export class AnswerTime {
  readonly #clock: Clock;
  readonly #meter: Meter;
  #keyedAt: number | undefined;
  #serviceAsked = false;

  constructor(clock: Clock, meter: Meter) {
    this.#clock = clock;
    this.#meter = meter;
  }

  /** A key was taken that arrived `at` that moment of the monotonic clock; the last one before an answer completed its entry. */
  keyed(at: number): void {
    this.#keyedAt = at;
    this.#serviceAsked = false;
  }

  /** The answer waits for a service: for a hash, or for as long as the source of many failures deserves. */
  serviceAsked(): void {
    this.#serviceAsked = true;
  }

  /** The first sound of an answer is heard. */
  sounded(): void {
    if (this.#keyedAt === undefined) return;
    const milliseconds = this.#clock.monotonic() - this.#keyedAt;
    this.#meter.observe('digit-to-prompt', this.#serviceAsked ? 'service' : 'dialogue', milliseconds);
    this.forget();
  }

  /** A pause has ended the entry. */
  forget(): void {
    this.#keyedAt = undefined;
  }
}
