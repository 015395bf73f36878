/** Thrown when so many wait already that another would wait for too long. */
export class HashQueueFull extends Error {
  override readonly name = 'HashQueueFull';

  constructor(waiting: number) {
    super(`${waiting} hashes are waiting already`);
  }
}

/**
 * Lets a few tasks run at a time, the others waiting in the order they came. Each Argon2 hash holds tens of megabytes
 * and one of the few threads that also read files and look up names, so a flood of attempts must wait here: it makes
 * sign-ins slower, and neither exhausts memory nor starves the calls that are under way.
 */
export class HashQueue {
  readonly #atOnce: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /**
   * @param atOnce how many tasks may run at a time, 1 and more.
   * @param maxWaiting how many may wait, 0 and more.
   */
  constructor(atOnce: number, maxWaiting: number) {
    this.#atOnce = atOnce;
    this.#maxWaiting = maxWaiting;
  }

  /** Runs a task when its turn comes; rejects with HashQueueFull, without running it, when too many wait. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await task();
    } finally {
      this.#next();
    }
  }

  async #turn(): Promise<void> {
    if (this.#running < this.#atOnce) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= this.#maxWaiting) throw new HashQueueFull(this.#waiting.length);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the place on rather than freeing it, so that nobody who comes now gets in before those who wait. */
  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}
