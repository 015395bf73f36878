/** How many are kept in full; more of the same tell nothing new. */
const KEPT = 3;

/** What went wrong in a run: how often, and the first of it in full. */
export class Failures {
  readonly #kept: string[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(what: string, error: unknown): void {
    this.#count++;
    if (this.#kept.length < KEPT) this.#kept.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** Settles as `task` does, but a failure is noted and becomes undefined: the other calls of a benchmark go on. */
  async note<T>(what: string, task: () => Promise<T>): Promise<T | undefined> {
    try {
      return await task();
    } catch (error) {
      this.add(what, error);
      return undefined;
    }
  }

  /** For people; empty when nothing failed. */
  describe(): string {
    const more = this.#count - this.#kept.length;
    return [...this.#kept, ...(more > 0 ? [`… and ${more} more.`] : [])].join('\n\n');
  }
}
