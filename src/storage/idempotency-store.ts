import type { Kysely, Selectable } from 'kysely';
import type {
  IdempotencyKey,
  IdempotencyStore,
  IdempotentRequest,
  KeptAnswer,
} from '../services/ports/idempotency-store.ts';
import type { IdempotencyKeyTable, Schema } from './schema.ts';

/** Requests with idempotency keys in table `idempotency_key`. */
export class SqlIdempotencyStore implements IdempotencyStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async byKey({ requester, key }: IdempotencyKey): Promise<IdempotentRequest | undefined> {
    const row = await this.#database
      .selectFrom('idempotency_key')
      .selectAll()
      .where('requester', '=', requester)
      .where('key', '=', key)
      .executeTakeFirst();
    return row && { digest: row.digest, state: toState(row) };
  }

  async put({ requester, key }: IdempotencyKey, request: IdempotentRequest, at: number): Promise<void> {
    const columns = { digest: request.digest, put_at: at, ...toColumns(request.state) };
    await this.#database
      .insertInto('idempotency_key')
      .values({ requester, key, ...columns })
      .onConflict((conflict) => conflict.columns(['requester', 'key']).doUpdateSet(columns))
      .execute();
  }

  async release({ requester, key }: IdempotencyKey, attempt: string): Promise<void> {
    await this.#database
      .deleteFrom('idempotency_key')
      .where('requester', '=', requester)
      .where('key', '=', key)
      .where('attempt', '=', attempt)
      .execute();
  }

  async prune(before: number): Promise<void> {
    await this.#database.deleteFrom('idempotency_key').where('put_at', '<', before).execute();
  }
}

type StateColumns = Pick<Selectable<IdempotencyKeyTable>, 'attempt' | 'until' | 'answer'>;

function toColumns(state: IdempotentRequest['state']): StateColumns {
  switch (state.kind) {
    case 'under-way':
      return { attempt: state.attempt, until: state.until, answer: null };
    case 'answered':
      return { attempt: null, until: null, answer: JSON.stringify(state.answer) };
    case 'answered-in-secret':
      return { attempt: null, until: null, answer: null };
  }
}

function toState({ attempt, until, answer }: StateColumns): IdempotentRequest['state'] {
  if (attempt !== null && until !== null) return { kind: 'under-way', attempt, until };
  // What `toColumns` wrote.
  if (answer !== null) return { kind: 'answered', answer: JSON.parse(answer) as KeptAnswer };
  return { kind: 'answered-in-secret' };
}
