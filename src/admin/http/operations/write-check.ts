import type { Clock } from '../../../domain/clock.ts';
import { describeFault } from '../../../domain/fault.ts';
import type { Log } from '../../../domain/log.ts';
import { within } from './within.ts';

/** How long storing may take, in milliseconds. */
const DEADLINE = 2_000;

/** What has gone well is not tried again for so long, in milliseconds: each time is a write to the disk. */
const FRESH = 5_000;

export interface WriteCheckParts {
  readonly database: { tryStoring(): Promise<void> };
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Whether something can be stored. A database that answers questions may take nothing: its disk is full, or its only
 * synchronous standby is away, and every commit waits for that.
 */
export class WriteCheck {
  readonly #parts: WriteCheckParts;
  #underWay: Promise<boolean> | undefined;
  #wentWellAt: number | undefined;
  #isTold = false;

  constructor(parts: WriteCheckParts) {
    this.#parts = parts;
  }

  /** Says so within two seconds, whatever happens. One is under way at a time, however many ask. Never rejects. */
  async comesThrough(): Promise<boolean> {
    const { clock } = this.#parts;
    if (this.#wentWellAt !== undefined && clock.monotonic() - this.#wentWellAt < FRESH) return true;
    this.#underWay ??= this.#attempt();
    const underWay = this.#underWay;
    const isStored = (await within(clock, DEADLINE, () => underWay)) ?? false;
    if (!isStored) this.#wentWellAt = undefined;
    return isStored;
  }

  async #attempt(): Promise<boolean> {
    const { database, clock, log } = this.#parts;
    try {
      await database.tryStoring();
      this.#wentWellAt = clock.monotonic();
      if (this.#isTold) log.info({}, 'The database stores again');
      this.#isTold = false;
      return true;
    } catch (error) {
      if (!this.#isTold) log.error({ fault: describeFault(error) }, 'The database stores nothing');
      this.#isTold = true;
      return false;
    } finally {
      this.#underWay = undefined;
    }
  }
}
