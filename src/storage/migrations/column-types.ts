import { type ColumnDefinitionBuilder, type CreateTableBuilder, sql } from 'kysely';
import type { DatabaseKind } from '../database-kind.ts';

/** What databases write differently when a table is made. */
export interface ColumnTypes {
  /** Milliseconds since 1970, which need more than 32 bits. */
  readonly moment: 'integer' | 'bigint';
  /**
   * Makes a column of what a text in JSON has at the end of a path; null where it has nothing there, or is no JSON. The
   * database keeps it: nobody can write to it.
   */
  fromJson(text: string, path: readonly string[]): (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
  /** Ends the definition of a table. */
  end<T extends string, C extends string>(table: CreateTableBuilder<T, C>): CreateTableBuilder<T, C>;
}

/** SQLite checks the types of columns only in STRICT tables, where `integer` has 64 bits and `bigint` is unknown. */
const SQLITE: ColumnTypes = {
  moment: 'integer',
  // Kept in indexes only; a column that is stored cannot be added to a table (sqlite.org/gencol.html, section 2.3).
  fromJson: (text, path) => (column) => {
    const [from, at] = [sql.ref(text), sql.lit(`$.${path.join('.')}`)];
    return column.generatedAlwaysAs(sql`case when json_valid(${from}) then ${from} ->> ${at} end`);
  },
  end: (table) => table.modifyEnd(sql`strict`),
};

/** The types for one kind of database. */
export function columnTypesOf(kind: DatabaseKind): ColumnTypes {
  switch (kind) {
    case 'sqlite':
      return SQLITE;
  }
}
