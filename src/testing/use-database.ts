import { afterEach, beforeEach } from 'vitest';
import type { Database } from '../services/ports/database.ts';
import type { TestDatabase, TestDatabaseKind } from './databases.ts';
import type { StoredRow } from './stored-row.ts';

/** The database of the test that is running. */
export interface UsedDatabase {
  readonly stored: TestDatabase;
  readonly database: Database;
  /** The rows of one table, read past the stores. */
  rowsOf(table: string): Promise<readonly StoredRow['values'][]>;
}

/** Gives each test of the suite that calls this a database of its own, and removes it afterwards. */
export function useDatabase(kind: TestDatabaseKind): UsedDatabase {
  let current: TestDatabase | undefined;
  beforeEach(async () => {
    current = await kind.create();
  });
  afterEach(async () => {
    await current?.dispose();
    current = undefined;
  });
  const stored = (): TestDatabase => {
    if (current === undefined) throw new Error('No test is running');
    return current;
  };
  return {
    get stored() {
      return stored();
    },
    get database() {
      return stored().database;
    },
    rowsOf: async (table) => (await stored().rows()).filter((row) => row.table === table).map(({ values }) => values),
  };
}
