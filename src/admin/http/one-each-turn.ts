/**
 * Lets one request begin in each turn of the event loop, in the order in which they came. Telephony works in the same
 * loop, and a call that is being set up takes many turns: however many requests there are, none of these is long.
 */
export class OneEachTurn {
  readonly #waiting: (() => void)[] = [];

  /** Resolves when it is this request's turn. */
  next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    if (this.#waiting.length === 1) this.#schedule();
    return promise;
  }

  #schedule(): void {
    setImmediate(() => {
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }
}
