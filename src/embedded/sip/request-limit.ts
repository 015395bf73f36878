import { peerGroup } from './peer-group.ts';

export interface RequestLimits {
  /** New requests a second that one source may go on sending, and how many it may have saved up. */
  readonly perSecond: number;
  readonly burst: number;
  /** Refusals a second that it is told of; what is beyond gets no answer, because answers are work, too. */
  readonly refusalsPerSecond: number;
  readonly refusalBurst: number;
  /** Sources that are remembered; the one that was silent for longest is forgotten first. */
  readonly sources: number;
}

/** More than a trunk sets up in a second, and far less than a flood. */
export const defaultRequestLimits: RequestLimits = {
  perSecond: 200,
  burst: 400,
  refusalsPerSecond: 50,
  refusalBurst: 200,
  sources: 10_000,
};

interface Bucket {
  requests: number;
  refusals: number;
  filledAt: number;
}

/** Whether a request is taken, told that there are too many, or passed over in silence. */
export type Verdict = 'take' | 'refuse' | 'ignore';

/** Two token buckets for each source, an IPv4 address or a network of 64 bits: one of requests, one of refusals. */
export class RequestLimit {
  readonly #limits: RequestLimits;
  readonly #monotonic: () => number;
  /** In the order in which they were heard last. */
  readonly #buckets = new Map<string, Bucket>();

  /** @param monotonic the clock's time in milliseconds. */
  constructor(limits: RequestLimits, monotonic: () => number) {
    this.#limits = limits;
    this.#monotonic = monotonic;
  }

  /** Sources that are remembered at the moment. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Counts a request from this address. */
  take(address: string): Verdict {
    const bucket = this.#bucketOf(peerGroup(address));
    if (bucket.requests >= 1) {
      bucket.requests -= 1;
      return 'take';
    }
    if (bucket.refusals >= 1) {
      bucket.refusals -= 1;
      return 'refuse';
    }
    return 'ignore';
  }

  #bucketOf(source: string): Bucket {
    const { perSecond, burst, refusalsPerSecond, refusalBurst, sources } = this.#limits;
    const now = this.#monotonic();
    const known = this.#buckets.get(source);
    const bucket = known ?? { requests: burst, refusals: refusalBurst, filledAt: now };
    const seconds = (now - bucket.filledAt) / 1_000;
    bucket.requests = Math.min(burst, bucket.requests + seconds * perSecond);
    bucket.refusals = Math.min(refusalBurst, bucket.refusals + seconds * refusalsPerSecond);
    bucket.filledAt = now;
    if (known !== undefined) this.#buckets.delete(source);
    else if (this.#buckets.size >= sources) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    this.#buckets.set(source, bucket);
    return bucket;
  }
}
