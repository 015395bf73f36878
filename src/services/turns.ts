/** Thrown when so many wait for their turn already that another would wait for too long. */
export class TurnsFull extends Error {
  override readonly name = 'TurnsFull';

  constructor(waiting: number) {
    super(`${waiting} attempts are waiting for their turn already`);
  }
}

export interface TurnLimits {
  /** How many may wait for one name, 0 and more. */
  readonly each: number;
  /** How many may wait in all, 0 and more. */
  readonly all: number;
}

/** As many as find their hash done before their callers give up, at 50 ms each; and so many of them that memory stays small. */
const LIMITS: TurnLimits = { each: 200, all: 2_000 };

/**
 * Lets tasks of one name run one at a time, in the order they came; those of different names do not wait for one
 * another. Names are kept only while somebody has a turn, and go nowhere from here.
 */
export class Turns {
  readonly #limits: TurnLimits;
  /** Those who wait, by name; a name that is there has somebody running. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #waitingInAll = 0;

  constructor(limits: TurnLimits = LIMITS) {
    this.#limits = limits;
  }

  /** How many names somebody runs under. */
  get names(): number {
    return this.#waiting.size;
  }

  /** Runs a task when its turn comes; rejects with TurnsFull, without running it, when too many wait. */
  async run<T>(name: string, task: () => Promise<T>): Promise<T> {
    await this.#turn(name);
    try {
      return await task();
    } finally {
      this.#next(name);
    }
  }

  async #turn(name: string): Promise<void> {
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) {
      this.#waiting.set(name, []);
      return;
    }
    if (waiting.length >= this.#limits.each) throw new TurnsFull(waiting.length);
    if (this.#waitingInAll >= this.#limits.all) throw new TurnsFull(this.#waitingInAll);
    this.#waitingInAll++;
    await new Promise<void>((resolve) => waiting.push(resolve));
    this.#waitingInAll--;
  }

  /** Hands the turn on rather than ending it, so that nobody who comes now gets in before those who wait. */
  #next(name: string): void {
    const next = this.#waiting.get(name)?.shift();
    if (next === undefined) this.#waiting.delete(name);
    else next();
  }
}
