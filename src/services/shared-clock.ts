import type { Cancel, Clock } from '../domain/clock.ts';
import { describeFault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { Database } from './ports/database.ts';

/** How often it is looked how far the clocks are apart, in milliseconds: machines drift by a few in that time. */
const LOOK_EVERY = 60_000;

/** Not told to the log again before they are this much further apart, in milliseconds. */
const NEWS = 2_000;

/** An answer that took longer, in milliseconds, says too little of when it was given. */
const SLOW_ANSWER = 1_000;

/** Differences up to this, in milliseconds, are those of the measurement: the time does not step for them. */
const BLUR = 100;

export interface SharedClockParts {
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The time that all instances on one database agree on: what its server's clock says. Leases, locks that run out and
 * failures by the minute are so decided alike in all of them, however wrong the clock of a machine is. Durations are
 * measured on the machine's own monotonic time.
 */
class SharedClock implements Clock {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #database: Database;
  #ahead = 0;
  #told = 0;

  constructor(database: Database, { clock, log }: SharedClockParts) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
  }

  now(): number {
    return this.#clock.now() + this.#ahead;
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(milliseconds: number, callback: () => void): Cancel {
    return this.#clock.after(milliseconds, callback);
  }

  /** Looks how far the server is ahead; false when it has no clock of its own. Throws when the database fails. */
  async look(): Promise<boolean> {
    const asked = this.#clock.monotonic();
    const time = await this.#database.serverTime();
    if (time === undefined) return false;
    const took = this.#clock.monotonic() - asked;
    if (took > SLOW_ANSWER) return true;
    const ahead = Math.round(time + took / 2 - this.#clock.now());
    if (Math.abs(ahead - this.#ahead) > BLUR) this.#ahead = ahead;
    if (Math.abs(this.#ahead - this.#told) > NEWS) {
      this.#told = this.#ahead;
      const message = 'The clock of the database differs from that of this machine, and counts';
      this.#log.warn({ milliseconds: this.#ahead }, message);
    }
    return true;
  }

  /** Looks again and again; what it returns ends that. */
  keep(): Cancel {
    let isOver = false;
    let cancel: Cancel | undefined;
    const again = (): void => {
      if (!isOver) cancel = this.#clock.after(LOOK_EVERY, look);
    };
    const look = (): void => {
      this.look()
        .catch((error: unknown) => this.#log.debug({ fault: describeFault(error) }, 'The time was not to be had'))
        .then(again);
    };
    again();
    return () => {
      isOver = true;
      cancel?.();
    };
  }
}

/**
 * The clock that decisions are made by: the machine's own for a database that nobody else's machine uses, else one that
 * follows the server's. Rejects when the database fails at the first look; what is kept going ends with `opened`.
 */
export async function sharedClockOf(
  database: Database,
  parts: SharedClockParts,
  opened: AsyncDisposableStack,
): Promise<Clock> {
  const shared = new SharedClock(database, parts);
  if (!(await shared.look())) return parts.clock;
  const cancel = shared.keep();
  opened.defer(() => cancel());
  return shared;
}
