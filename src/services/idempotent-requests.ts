import { randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { everyHour } from './hourly.ts';
import type { Database } from './ports/database.ts';
import type { IdempotencyKey, KeptAnswer } from './ports/idempotency-store.ts';
import type { RequestDigests } from './ports/request-digests.ts';

/** How long an answer is kept, in milliseconds. */
const KEPT = 86_400_000;
/** How long a request may be under way before it counts as that of a process which has died, in milliseconds. */
const LEASE = 60_000;

export interface IdempotencyParts {
  readonly database: Database;
  readonly digests: RequestDigests;
  readonly clock: Clock;
}

/** A request that is being carried out under its key. */
export interface Attempt {
  readonly key: IdempotencyKey;
  readonly id: string;
  readonly digest: string;
}

export type Begun =
  | { readonly kind: 'begun'; readonly attempt: Attempt }
  /** It has been carried out, and was answered so. */
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }
  /** It has been carried out; its answer held a secret. */
  | { readonly kind: 'answered-in-secret' }
  | { readonly kind: 'under-way' }
  /** The key was used for another request. */
  | { readonly kind: 'reused' };

/**
 * Lets the same request, sent again under the same key, be carried out once. What the request was is kept as a keyed
 * digest for 24 hours, with its answer. Only what succeeded is kept: a refusal changed nothing, so it is decided anew.
 * Every method throws when the database fails.
 */
export class IdempotentRequests {
  readonly #parts: IdempotencyParts;

  constructor(parts: IdempotencyParts) {
    this.#parts = parts;
  }

  /** @param request everything that makes it the same one: method, address and body. */
  begin(key: IdempotencyKey, request: string): Promise<Begun> {
    const { database, digests, clock } = this.#parts;
    return database.transact(async (stores) => {
      const now = clock.now();
      const known = await stores.idempotency.byKey(key);
      const state = known?.state;
      const isFree = state === undefined || (state.kind === 'under-way' && state.until <= now);
      if (isFree) {
        const attempt = { key, id: randomUUID(), digest: digests.digest(request) };
        const underWay = { kind: 'under-way', attempt: attempt.id, until: now + LEASE } as const;
        await stores.idempotency.put(key, { digest: attempt.digest, state: underWay }, now);
        return { kind: 'begun', attempt };
      }
      if (known === undefined || !digests.matches(request, known.digest)) return { kind: 'reused' };
      return state.kind === 'under-way' ? { kind: 'under-way' } : state;
    });
  }

  /** Keeps the answer to what succeeded; `undefined` for one that holds a secret. */
  async succeeded({ key, digest }: Attempt, answer: KeptAnswer | undefined): Promise<void> {
    const state =
      answer === undefined ? ({ kind: 'answered-in-secret' } as const) : ({ kind: 'answered', answer } as const);
    await this.#parts.database.idempotency.put(key, { digest, state }, this.#parts.clock.now());
  }

  /** Lets the key be used again, for nothing was done. */
  async released({ key, id }: Attempt): Promise<void> {
    await this.#parts.database.idempotency.release(key, id);
  }
}

/** Forgets, now and every hour, what has been kept for 24 hours; what it returns ends that. */
export async function startIdempotencyPruning(parts: {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<Cancel> {
  const prune = (): Promise<void> => parts.database.idempotency.prune(parts.clock.now() - KEPT);
  await prune();
  return everyHour(parts, prune, 'Answers that are kept for repeated requests cannot be pruned');
}
