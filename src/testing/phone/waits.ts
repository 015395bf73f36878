import { performance } from 'node:perf_hooks';

interface Waiter {
  /** Looks whether it has come true; settles itself and returns true then. */
  readonly check: () => boolean;
  readonly fail: (reason: string) => void;
}

/** A wait of a test that did not come true; the message says what was there instead. */
export class WaitFailed extends Error {
  override readonly name = 'WaitFailed';
}

/** Waits for conditions that are looked at again whenever something changed: no polling, no sleeping, a deadline each. */
export class Waits {
  readonly #waiters = new Set<Waiter>();
  readonly #describe: () => string;
  #over: string | undefined;

  /** `describe` tells what has happened so far; it ends the message of each wait that fails. */
  constructor(describe: () => string) {
    this.#describe = describe;
  }

  /**
   * Resolves with what `find` returns as soon as that is not undefined; it is tried at once and after each change.
   * Rejects with {@link WaitFailed} after `within` milliseconds, or when the call is over and it can no longer come true.
   */
  until<T>(wanted: string, within: number, find: () => T | undefined): Promise<T> {
    const stack = new WaitFailed(wanted);
    return new Promise<T>((resolve, reject) => {
      const startedAt = performance.now();
      const settle = () => {
        this.#waiters.delete(waiter);
        clearTimeout(timer);
      };
      const waiter: Waiter = {
        check: () => {
          const found = find();
          if (found === undefined) return false;
          settle();
          resolve(found);
          return true;
        },
        fail: (reason) => {
          settle();
          const waited = Math.round(performance.now() - startedAt);
          stack.message = `Waited ${waited} ms for ${wanted}: ${reason}.\n${this.#describe()}`;
          reject(stack);
        },
      };
      const timer = setTimeout(() => waiter.check() || waiter.fail('the time is over'), within);
      this.#waiters.add(waiter);
      if (!waiter.check() && this.#over !== undefined) waiter.fail(this.#over);
    });
  }

  /** Something changed: every condition is looked at again. */
  changed(): void {
    for (const waiter of [...this.#waiters]) waiter.check();
  }

  /** Nothing will change any more: whatever still waits fails with `reason`. */
  over(reason: string): void {
    this.#over = reason;
    for (const waiter of [...this.#waiters]) if (!waiter.check()) waiter.fail(reason);
  }
}
