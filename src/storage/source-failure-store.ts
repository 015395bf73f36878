import type { Kysely } from 'kysely';
import type { SourceFailureStore } from '../services/ports/source-failure-store.ts';
import type { Schema } from './schema.ts';

/** Failed sign-ins by source and minute in table `source_failure`. */
export class SqlSourceFailureStore implements SourceFailureStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async count(source: string, sinceMinute: number): Promise<number> {
    const { failures } = await this.#database
      .selectFrom('source_failure')
      .select((row) => row.fn.sum('failures').as('failures'))
      .where('source', '=', source)
      .where('minute', '>=', sinceMinute)
      .executeTakeFirstOrThrow();
    // Null, and so 0, where there is nothing to add up.
    return Number(failures);
  }

  async add(source: string, minute: number): Promise<void> {
    await this.#database
      .insertInto('source_failure')
      .values({ source, minute, failures: 1 })
      .onConflict((conflict) =>
        conflict
          .columns(['source', 'minute'])
          .doUpdateSet((row) => ({ failures: row('source_failure.failures', '+', 1) })),
      )
      .execute();
  }

  async remove(source: string, minute: number): Promise<void> {
    await this.#database
      .updateTable('source_failure')
      .set((row) => ({ failures: row('failures', '-', 1) }))
      .where('source', '=', source)
      .where('minute', '=', minute)
      .where('failures', '>', 0)
      .execute();
  }

  async prune(beforeMinute: number, afterMinute: number): Promise<void> {
    for (const [comparison, minute] of [
      ['<', beforeMinute],
      ['>', afterMinute],
    ] as const) {
      await this.#database.deleteFrom('source_failure').where('minute', comparison, minute).execute();
    }
  }
}
