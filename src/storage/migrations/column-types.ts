import { type CreateTableBuilder, sql } from 'kysely';
import type { DatabaseKind } from '../database-kind.ts';

/** What databases write differently when a table is made. */
export interface ColumnTypes {
  /** Milliseconds since 1970, which need more than 32 bits. */
  readonly moment: 'integer' | 'bigint';
  /** Ends the definition of a table. */
  end<T extends string, C extends string>(table: CreateTableBuilder<T, C>): CreateTableBuilder<T, C>;
}

/** SQLite checks the types of columns only in STRICT tables, where `integer` has 64 bits and `bigint` is unknown. */
const SQLITE: ColumnTypes = { moment: 'integer', end: (table) => table.modifyEnd(sql`strict`) };

/** The types for one kind of database. */
export function columnTypesOf(kind: DatabaseKind): ColumnTypes {
  switch (kind) {
    case 'sqlite':
      return SQLITE;
  }
}
