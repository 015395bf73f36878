import type { Cancel, Clock } from '../clock.ts';

/**
 * The running timers of one state machine, by name. Leaving a state stops them all, so no timer outlives the state
 * that it belongs to.
 */
export class TimerSet<Name extends string> {
  readonly #clock: Clock;
  readonly #running = new Map<Name, Cancel>();
  readonly #onTimer: (name: Name) => void;

  constructor(clock: Clock, onTimer: (name: Name) => void) {
    this.#clock = clock;
    this.#onTimer = onTimer;
  }

  /** Starts `name` anew; it fires once after `milliseconds`. */
  start(name: Name, milliseconds: number): void {
    this.stop(name);
    this.#running.set(
      name,
      this.#clock.after(milliseconds, () => {
        this.#running.delete(name);
        this.#onTimer(name);
      }),
    );
  }

  stop(name: Name): void {
    this.#running.get(name)?.();
    this.#running.delete(name);
  }

  stopAll(): void {
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }

  has(name: Name): boolean {
    return this.#running.has(name);
  }

  get size(): number {
    return this.#running.size;
  }
}
