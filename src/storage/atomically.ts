import type { Kysely } from 'kysely';
import { retried } from './retried.ts';
import type { Schema } from './schema.ts';

/**
 * Runs several statements as one: in the transaction that a store was made for, else in one of their own. `work` is run
 * again when the database has undone it for a reason that passes.
 */
export function atomically<T>(database: Kysely<Schema>, work: (database: Kysely<Schema>) => Promise<T>): Promise<T> {
  return database.isTransaction ? work(database) : retried(() => database.transaction().execute(work));
}

/** Runs several statements that only read, and see the database as it is at one moment. */
export function consistently<T>(database: Kysely<Schema>, work: (database: Kysely<Schema>) => Promise<T>): Promise<T> {
  if (database.isTransaction) return work(database);
  return retried(() => database.transaction().setAccessMode('read only').execute(work));
}
