import type { CallEnd } from '../domain/call-end.ts';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';

/** A call that has not ended yet, as administrators see it. */
export interface LiveCall {
  /** Our id of the call. */
  readonly id: string;
  /** When its INVITE arrived, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly since: number;
  readonly state: 'setting-up' | 'talking' | 'ending';
  /** The IP address that the INVITE came from. */
  readonly peer: string;
  /** The name of the dial plan that was called; absent until it is known. */
  readonly dialPlan?: string;
}

/** A call as the registry holds it. */
export interface EndableCall extends LiveCall {
  /** Ends the call for this reason; does nothing when it is ending already, but a farewell is cut short. */
  end(reason: CallEnd): void;
}

/** One place among the calls that are allowed at the same time. */
export interface Place {
  /** Puts the call that the place was taken for into the list. */
  occupy(call: EndableCall): void;
  /** Gives the place back and takes the call off the list; calling it again does nothing. */
  free(): void;
}

/** Whether a new call may begin. */
export type Admission = { readonly kind: 'place'; readonly place: Place } | { readonly kind: 'busy' | 'draining' };

/** How a drain came out. */
export interface DrainReport {
  /** Calls that were living when the drain began. */
  readonly living: number;
  /** How many of them were ended because they did not end by themselves in time. */
  readonly ended: number;
  /** How many were still not gone when this gave up on them. */
  readonly left: number;
}

/** How long ended calls get to say goodbye and to release what they hold, in milliseconds. */
const PARTING = 25_000;

/** Most calls that a log line names. */
const MOST_NAMED = 50;

/** Every call from its INVITE until all it held is released: for capacity, the list, hanging up and draining. */
export class CallRegistry {
  readonly #maxCalls: number;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #calls = new Set<EndableCall>();
  readonly #waiting = new Set<() => void>();
  #places = 0;
  #draining = false;

  /** @param maxCalls calls at the same time, 1 and more. */
  constructor(maxCalls: number, clock: Clock, log: Log) {
    this.#maxCalls = maxCalls;
    this.#clock = clock;
    this.#log = log;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** How many places are taken: calls, and INVITEs that are still being looked at. */
  get count(): number {
    return this.#places;
  }

  /** Takes a place for a new call, if there is one. */
  admit(): Admission {
    if (this.#draining) return { kind: 'draining' };
    if (this.#places >= this.#maxCalls) return { kind: 'busy' };
    return { kind: 'place', place: this.#takePlace() };
  }

  #takePlace(): Place {
    this.#places += 1;
    let call: EndableCall | undefined;
    let freed = false;
    return {
      occupy: (occupant) => {
        call = occupant;
        if (!freed) this.#calls.add(occupant);
      },
      free: () => {
        if (freed) return;
        freed = true;
        this.#places -= 1;
        if (call !== undefined) this.#calls.delete(call);
        if (this.#places === 0) for (const wake of [...this.#waiting]) wake();
      },
    };
  }

  list(): readonly LiveCall[] {
    return [...this.#calls].map(({ id, since, state, peer, dialPlan }) => ({
      id,
      since,
      state,
      peer,
      ...(dialPlan === undefined ? {} : { dialPlan }),
    }));
  }

  /** Ends one call as an administrator; false when there is no call of this id. */
  hangUp(id: string): boolean {
    const call = [...this.#calls].find((one) => one.id === id);
    call?.end('administrator');
    return call !== undefined;
  }

  /** Ends every call for this reason, at once. */
  endAll(reason: CallEnd): void {
    for (const call of [...this.#calls]) call.end(reason);
  }

  /**
   * Lets no new call begin, waits up to `deadline` milliseconds (0 and more) for the living ones, names those that
   * are left in the log, ends them with the reason `drain` and waits for them to be gone. Never rejects.
   */
  async drain(deadline: number): Promise<DrainReport> {
    this.#draining = true;
    const living = this.#places;
    if (living > 0) this.#log.info({ living, deadline, calls: this.#names() }, 'Draining: waiting for calls to end');
    await this.#untilEmpty(deadline);
    const ended = this.#places;
    if (ended > 0) {
      this.#log.warn({ ended, calls: this.#names() }, 'Draining: ending the calls that are left');
      this.endAll('drain');
      await this.#untilEmpty(PARTING);
    }
    const left = this.#places;
    if (left > 0) this.#log.error({ left, calls: this.#names() }, 'Draining: calls did not end');
    return { living, ended, left };
  }

  #names(): readonly string[] {
    return [...this.#calls].slice(0, MOST_NAMED).map((call) => call.id);
  }

  #untilEmpty(deadline: number): Promise<void> {
    if (this.#places === 0 || deadline === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#waiting.delete(done);
        resolve();
      };
      const cancel = this.#clock.after(deadline, done);
      this.#waiting.add(done);
    });
  }
}
