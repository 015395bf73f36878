import type { Migration } from 'kysely/migration';
import type { DatabaseKind } from '../database-kind.ts';
import { directory } from './0001-directory.ts';

/** All migrations in order: names are never changed and never reused, for they say what a database has been through. */
export function migrationsFor(kind: DatabaseKind): Readonly<Record<string, Migration>> {
  return { '0001-directory': directory(kind) };
}
