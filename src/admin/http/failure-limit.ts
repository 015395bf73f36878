import type { Clock } from '../../domain/clock.ts';
import { networkOf } from '../../services/source-key.ts';

/** So many attempts in a row may fail. */
const AT_ONCE = 20;
/** Then one in so many milliseconds. */
const ONE_IN = 3_000;
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
  readonly #sources = new Map<string, PaidBackAt>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Takes an attempt of a source; else says in how many seconds there is one. */
  take(address: string): { readonly kind: 'taken' } | { readonly kind: 'used-up'; readonly seconds: number } {
    const network = networkOf(address);
    const now = this.#clock.monotonic();
    const owed = Math.max(now, this.#sources.get(network) ?? now) + ONE_IN;
    const excess = owed - now - AT_ONCE * ONE_IN;
    if (excess > 0) return { kind: 'used-up', seconds: Math.ceil(excess / 1_000) };
    this.#set(network, owed);
    return { kind: 'taken' };
  }

  giveBack(address: string): void {
    const network = networkOf(address);
    const owed = this.#sources.get(network);
    if (owed !== undefined) this.#set(network, owed - ONE_IN);
  }

  #set(network: string, owed: PaidBackAt): void {
    // Setting anew moves it to the end: the first one is that which was changed longest ago.
    this.#sources.delete(network);
    if (owed > this.#clock.monotonic()) this.#sources.set(network, owed);
    const [oldest] = this.#sources.keys();
    if (this.#sources.size > SOURCES && oldest !== undefined) this.#sources.delete(oldest);
  }
}
