import type { Clock } from '../../domain/clock.ts';
import { networkOf } from '../../services/source-key.ts';

/** How much a source may do that counts. */
export interface Allowance {
  /** So many in a row. */
  readonly atOnce: number;
  /** Then one in so many milliseconds. */
  readonly oneIn: number;
}

const FAILURES: Allowance = { atOnce: 20, oneIn: 3_000 };
/** Sources that are remembered; of more, those that failed longest ago are forgotten. */
const SOURCES = 10_000;

/** From when on an attempt is paid back, as the monotonic clock has it. */
type PaidBackAt = number;

/**
 * How many attempts to be let in may fail, for each source: an IPv4 address, or a /64 of IPv6, which is one household or
 * one machine. An attempt is taken before it is looked at, and given back when it was a success, so that simultaneous
 * ones buy nothing.
 */
export class FailureLimit {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #allowance: Allowance;
  readonly #sources = new Map<string, PaidBackAt>();

  /** @param allowance that of failures when not given. */
  constructor(clock: Pick<Clock, 'monotonic'>, allowance: Allowance = FAILURES) {
    this.#clock = clock;
    this.#allowance = allowance;
  }

  /** Takes an attempt of a source; else says in how many seconds there is one. */
  take(address: string): { readonly kind: 'taken' } | { readonly kind: 'used-up'; readonly seconds: number } {
    const network = networkOf(address);
    const { atOnce, oneIn } = this.#allowance;
    const now = this.#clock.monotonic();
    const owed = Math.max(now, this.#sources.get(network) ?? now) + oneIn;
    const excess = owed - now - atOnce * oneIn;
    if (excess > 0) return { kind: 'used-up', seconds: Math.ceil(excess / 1_000) };
    this.#set(network, owed);
    return { kind: 'taken' };
  }

  giveBack(address: string): void {
    const network = networkOf(address);
    const owed = this.#sources.get(network);
    if (owed !== undefined) this.#set(network, owed - this.#allowance.oneIn);
  }

  #set(network: string, owed: PaidBackAt): void {
    // Setting anew moves it to the end: the first one is that which was changed longest ago.
    this.#sources.delete(network);
    if (owed > this.#clock.monotonic()) this.#sources.set(network, owed);
    const [oldest] = this.#sources.keys();
    if (this.#sources.size > SOURCES && oldest !== undefined) this.#sources.delete(oldest);
  }
}
