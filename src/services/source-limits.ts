import type { Cancel, Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { Meter } from '../domain/meter.ts';
import { everyHour } from './hourly.ts';
import { pause } from './pause.ts';
import type { Database, Stores } from './ports/database.ts';
import type { SignInSource } from './sign-in.ts';
import { type FailureSource, failureSource } from './source-key.ts';

/** Failed sign-ins from one source in an hour, across mailboxes (SPEC §3.11). */
export interface SourceLimits {
  /** So many slow its next attempts down. */
  readonly slowAt: number | 'unlimited';
  /** So many refuse them before the PIN is looked at. */
  readonly refuseAt: number | 'unlimited';
}

/** What a source is given that nobody has set another limit for. */
export const SOURCE_LIMIT_DEFAULTS: SourceLimits = { slowAt: 20, refuseAt: 100 };

/** A failure as it was counted for its source. */
export interface SourceFailure {
  readonly source: FailureSource;
  readonly minute: number;
  /** How many the source has had in the hour, this one included. */
  readonly count: number;
}

/** Thrown inside a transaction so that nothing of it is stored: simultaneous attempts have used the limit up. */
export class SourceUsedUp extends Error {
  override readonly name = 'SourceUsedUp';
}

export interface SourceGuardParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

const MINUTE = 60_000;
/** This minute and so many before it make an hour. */
const MINUTES_BEFORE = 59;

const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 8_000;
/** Each time after so many further failures, the delay doubles. */
const FAILURES_PER_DOUBLING = 10;

const minuteOf = (now: number): number => Math.floor(now / MINUTE);

/** How long the next attempt of a source with so many failures waits, in milliseconds. */
export function slowdown(failures: number, slowAt: number | 'unlimited'): number {
  if (slowAt === 'unlimited' || failures < slowAt) return 0;
  return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.floor((failures - slowAt) / FAILURES_PER_DOUBLING));
}

/** Counts failures by source, slows sources down and refuses them. Every method throws when the database fails. */
export class SourceGuard {
  readonly #parts: SourceGuardParts;
  readonly #limits: SourceLimits;
  /** The minute in which the operator was last told of a source, by limit and source. */
  readonly #warned = new Map<string, number>();

  constructor(parts: SourceGuardParts, limits: SourceLimits) {
    this.#parts = parts;
    this.#limits = limits;
  }

  /** Lets an attempt wait for as long as its source deserves; false, at once, when it is refused. */
  async admit(from: SignInSource): Promise<boolean> {
    const { database, clock } = this.#parts;
    const source = failureSource(from);
    const failures = await this.#countOf(database, source, minuteOf(clock.now()));
    if (this.#isUsedUp(source, failures + 1)) return false;
    const delay = slowdown(failures, this.#limits.slowAt);
    if (delay > 0) await pause(clock, delay);
    return true;
  }

  /**
   * Counts an attempt as a failure of its source; it belongs in the transaction that opens the attempt, after its other
   * writes. `now` is in milliseconds since 1970.
   *
   * @throws SourceUsedUp, for the transaction to be undone, when attempts that were admitted at the same time have
   *   used the limit up.
   */
  async count(stores: Stores, from: SignInSource, now: number): Promise<SourceFailure> {
    const source = failureSource(from);
    const minute = minuteOf(now);
    // Adding first makes those who count for the same source wait for one another, so that each sees all before it.
    await stores.sourceFailures.add(source.key, minute);
    const count = await this.#countOf(stores, source, minute);
    if (this.#isUsedUp(source, count)) throw new SourceUsedUp();
    return { source, minute, count };
  }

  /** Takes a failure back that turned out to be a success; it belongs in the transaction of that. */
  async takeBack(stores: Stores, { source, minute }: SourceFailure): Promise<void> {
    await stores.sourceFailures.remove(source.key, minute);
  }

  /** Tells the operator, once an hour for each limit, that the failures of a source have reached it. */
  warn({ source, count, minute }: SourceFailure): void {
    const { log, meter } = this.#parts;
    const { slowAt, refuseAt } = this.#limits;
    const facts = { event: 'source-failures', source: source.key, failures: count };
    if (slowAt !== 'unlimited' && count >= slowAt && this.#isNews(`slow ${source.key}`, minute)) {
      meter.count('source-limit', 'slowed');
      log.warn(facts, 'Sign-ins keep failing from one source; it is slowed down');
    }
    if (refuseAt !== 'unlimited' && count >= refuseAt && this.#isNews(`refuse ${source.key}`, minute)) {
      const message = source.mayBeRefused
        ? 'Too many sign-ins have failed from one source; it is refused'
        : 'Too many sign-ins without a number have failed from a trusted peer; it is only slowed down';
      meter.count('source-limit', source.mayBeRefused ? 'refused' : 'trunk');
      log.warn(facts, message);
    }
  }

  #countOf(stores: Stores, { key }: FailureSource, minute: number): Promise<number> {
    return stores.sourceFailures.count(key, minute - MINUTES_BEFORE);
  }

  /** @param failures the attempt in question included. */
  #isUsedUp({ mayBeRefused }: FailureSource, failures: number): boolean {
    const { refuseAt } = this.#limits;
    return mayBeRefused && refuseAt !== 'unlimited' && failures > refuseAt;
  }

  #isNews(news: string, minute: number): boolean {
    const last = this.#warned.get(news);
    if (last !== undefined && minute - last <= MINUTES_BEFORE) return false;
    for (const [old, told] of this.#warned) if (minute - told > MINUTES_BEFORE) this.#warned.delete(old);
    this.#warned.set(news, minute);
    return true;
  }
}

/** Clocks of several processes may differ by less than this; failures further ahead were counted by a wrong one. */
const MINUTES_AHEAD = 5;

/**
 * Forgets, now and every hour, the failures that count no more, so that a clock which was ahead keeps nobody out for
 * longer; what it returns, once the first time is over, ends that. Rejects when the database fails at the first time.
 */
export async function startSourcePruning(parts: SourceGuardParts): Promise<Cancel> {
  const { database, clock } = parts;
  const prune = (): Promise<void> => {
    const minute = minuteOf(clock.now());
    return database.sourceFailures.prune(minute - MINUTES_BEFORE, minute + MINUTES_AHEAD);
  };
  await prune();
  return everyHour(parts, prune, 'Failures by source that count no more cannot be forgotten');
}
