/** Failures of one kind in one call, up to the number that ends it. */
export class FailureCount {
  readonly #limit: number;
  #count = 0;

  /** @param limit the failure that ends the call, 1–20 (SPEC §1). */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one; true when it is the one that ends the call. */
  add(): boolean {
    this.#count += 1;
    return this.#count >= this.#limit;
  }

  /** Starts a new row: for failures of which only those in a row count (SPEC §3.4). */
  reset(): void {
    this.#count = 0;
  }
}
