import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** Runs several statements as one: in the transaction that a store was made for, else in one of their own. */
export function atomically<T>(database: Kysely<Schema>, work: (database: Kysely<Schema>) => Promise<T>): Promise<T> {
  return database.isTransaction ? work(database) : database.transaction().execute(work);
}
