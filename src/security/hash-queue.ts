import type { Clock } from '../domain/clock.ts';
import type { Meter } from '../domain/meter.ts';
import { HashQueueFull } from '../services/ports/hash-queue-full.ts';

/**
 * What a task is for: the check of an attempt to sign in, or a new PIN and whether it was used before. Each has a queue
 * of its own, and they take turns, so that neither a flood of attempts nor one of changes, which take a hash for every
 * former PIN, gets more than half of what the machine can do while the other waits.
 */
export type HashPurpose = 'check' | 'change';

/** What hashes there are at this moment. */
export interface HashLoad {
  readonly running: number;
  readonly waiting: Readonly<Record<HashPurpose, number>>;
}

/** Who is told how long hashes wait and take, and by which clock. */
export interface HashTiming {
  readonly meter: Meter;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/**
 * Lets a few tasks run at a time, the others waiting in the order they came. Each Argon2 hash holds tens of megabytes
 * and one of the few threads that also read files and look up names, so a flood of attempts must wait here: it makes
 * sign-ins slower, and neither exhausts memory nor starves the calls that are under way.
 */
export class HashQueue {
  readonly #atOnce: number;
  readonly #maxWaiting: number;
  readonly #timing: HashTiming;
  readonly #waiting: Readonly<Record<HashPurpose, (() => void)[]>> = { check: [], change: [] };
  #running = 0;
  #lastTurn: HashPurpose = 'change';

  /**
   * @param atOnce how many tasks may run at a time, 1 and more.
   * @param maxWaiting how many may wait for each purpose, 0 and more.
   */
  constructor(atOnce: number, maxWaiting: number, timing: HashTiming) {
    this.#atOnce = atOnce;
    this.#maxWaiting = maxWaiting;
    this.#timing = timing;
  }

  get load(): HashLoad {
    const { check, change } = this.#waiting;
    return { running: this.#running, waiting: { check: check.length, change: change.length } };
  }

  /** Runs a task when its turn comes; rejects with HashQueueFull, without running it, when too many wait. */
  async run<T>(purpose: HashPurpose, task: () => Promise<T>): Promise<T> {
    const { meter, clock } = this.#timing;
    const asked = clock.monotonic();
    await this.#turn(purpose);
    const begun = clock.monotonic();
    meter.observe('hash-wait', purpose, begun - asked);
    try {
      return await task();
    } finally {
      this.#next();
      meter.observe('hash', purpose, clock.monotonic() - begun);
    }
  }

  async #turn(purpose: HashPurpose): Promise<void> {
    if (this.#running < this.#atOnce) {
      this.#running++;
      return;
    }
    const waiting = this.#waiting[purpose];
    if (waiting.length >= this.#maxWaiting) throw new HashQueueFull(waiting.length);
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  /** Hands the place on rather than freeing it, so that nobody who comes now gets in before those who wait. */
  #next(): void {
    const other: HashPurpose = this.#lastTurn === 'check' ? 'change' : 'check';
    const turn = this.#waiting[other].length > 0 ? other : this.#lastTurn;
    const next = this.#waiting[turn].shift();
    this.#lastTurn = turn;
    if (next === undefined) this.#running--;
    else next();
  }
}
