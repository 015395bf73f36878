import type { Clock } from '../clock.ts';
import { peerGroup } from './peer-group.ts';
import { RequestLimit } from './request-limit.ts';

/** How many connections there may be. */
export interface ConnectionCounts {
  readonly total: number;
  /** From one address; of IPv6, from one network of 64 bits, which is what one subscriber has. */
  readonly fromOneSource: number;
  /** From all those together who are not expected: they cannot take the places of those who are. */
  readonly fromStrangers: number;
  /** New ones from one source in a second, and how many at once. For TLS, each of them is some work. */
  readonly perSecond: number;
  readonly burst: number;
}

export const defaultCounts: ConnectionCounts = {
  total: 2_000,
  fromOneSource: 500,
  fromStrangers: 100,
  perSecond: Number.POSITIVE_INFINITY,
  burst: Number.POSITIVE_INFINITY,
};

/** Sources whose pace is remembered. */
const mostSources = 10_000;

/** The places for connections that peers make. */
export class ConnectionPlaces {
  readonly #counts: ConnectionCounts;
  readonly #isExpected: ((address: string) => boolean) | undefined;
  readonly #perSource = new Map<string, number>();
  readonly #pace: RequestLimit;
  #strangers = 0;

  constructor(counts: ConnectionCounts, clock: Clock, isExpected: ((address: string) => boolean) | undefined) {
    this.#counts = counts;
    this.#isExpected = isExpected;
    const { perSecond, burst } = counts;
    const limits = { perSecond, burst, refusalsPerSecond: 0, refusalBurst: 0, sources: mostSources };
    this.#pace = new RequestLimit(limits, () => clock.monotonic());
  }

  /**
   * Takes a place for a connection from this address.
   *
   * @returns what gives it back, to be called once; `undefined` when there is none.
   */
  take(address: string): (() => void) | undefined {
    const group = peerGroup(address);
    const isStranger = this.#isExpected?.(address) === false;
    const ofSource = this.#perSource.get(group) ?? 0;
    if (ofSource >= this.#counts.fromOneSource) return undefined;
    if (isStranger && this.#strangers >= this.#counts.fromStrangers) return undefined;
    if (Number.isFinite(this.#counts.burst) && this.#pace.take(address) !== 'take') return undefined;
    this.#perSource.set(group, ofSource + 1);
    if (isStranger) this.#strangers++;
    return () => {
      if (isStranger) this.#strangers--;
      const left = (this.#perSource.get(group) ?? 1) - 1;
      if (left === 0) this.#perSource.delete(group);
      else this.#perSource.set(group, left);
    };
  }
}
