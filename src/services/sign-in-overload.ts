import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';

/** Why the PIN of an attempt is not looked at. */
export type OverloadCause =
  /** Too many attempts wait for their turn. */
  | 'turns-full'
  /** Other processes have kept the mailbox busy for longer than a caller waits. */
  | 'mailbox-busy'
  /** Too many hashes wait to be computed. */
  | 'hashes-full';

export interface OverloadAlarmParts {
  readonly clock: Clock;
  readonly log: Log;
}

/** At most one warning in so many milliseconds: when it matters, it happens to many calls. */
const INTERVAL = 60_000;

/** Tells the operator that attempts are turned away, at most once a minute and with how many since the last time. */
export class OverloadAlarm {
  readonly #parts: OverloadAlarmParts;
  #attempts = 0;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: OverloadAlarmParts) {
    this.#parts = parts;
  }

  /** To be called for each attempt that was turned away. */
  note(cause: OverloadCause): void {
    const { clock, log } = this.#parts;
    this.#attempts += 1;
    const now = clock.monotonic();
    if (now - this.#warnedAt < INTERVAL) return;
    const facts = { event: 'sign-in-overload', cause, attempts: this.#attempts };
    log.warn(facts, 'Sign-ins are turned away: too many wait to be checked');
    this.#attempts = 0;
    this.#warnedAt = now;
  }
}
