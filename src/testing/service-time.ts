import type { Clock } from '../domain/clock.ts';

export interface ServiceTimeOptions {
  readonly clock: Clock;
  /** How long each call takes, in milliseconds; default 40. */
  readonly duration?: number;
  /** What each call fails with, once its time is over. */
  readonly fault?: Error;
  /** Told of each call as it begins. */
  readonly onCall?: () => void;
}

/** How the services of conversation tests behave in time: each call takes some on the clock, and nothing cancels it. */
export class ServiceTime {
  readonly #options: ServiceTimeOptions;
  #busyUntil = 0;

  constructor(options: ServiceTimeOptions) {
    this.#options = options;
  }

  /** When the last call was or will be over, on the clock. */
  get busyUntil(): number {
    return this.#busyUntil;
  }

  async pass(): Promise<void> {
    const { clock, duration = 40, fault, onCall } = this.#options;
    this.#busyUntil = clock.monotonic() + duration;
    onCall?.();
    await new Promise<void>((resolve) => clock.after(duration, resolve));
    if (fault !== undefined) throw fault;
  }
}
