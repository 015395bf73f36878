/** Timers that are all stopped together, so that nothing of a phone runs on after it was closed. */
export class Timers {
  readonly #running = new Map<NodeJS.Timeout, () => void>();
  #closed = false;

  /** Calls back once after `milliseconds`, unless cancelled by the returned function or by {@link close}. */
  after(milliseconds: number, callback: () => void): () => void {
    return this.#start(milliseconds, callback, () => undefined);
  }

  /** Resolves after `milliseconds`, and at once when it is or gets closed. */
  sleep(milliseconds: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#start(milliseconds, resolve, resolve);
    });
  }

  #start(milliseconds: number, callback: () => void, stopped: () => void): () => void {
    if (this.#closed) return () => undefined;
    const timer = setTimeout(() => {
      this.#running.delete(timer);
      callback();
    }, milliseconds);
    this.#running.set(timer, stopped);
    return () => {
      clearTimeout(timer);
      this.#running.delete(timer);
    };
  }

  /** How many are waiting. */
  get running(): number {
    return this.#running.size;
  }

  /** Stops all of them; later ones never start. */
  close(): void {
    this.#closed = true;
    const running = [...this.#running];
    this.#running.clear();
    for (const [timer, stopped] of running) {
      clearTimeout(timer);
      stopped();
    }
  }
}
