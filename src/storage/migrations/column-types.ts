import { type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely, type RawBuilder, sql } from 'kysely';
import type { DatabaseKind } from '../database-kind.ts';

/** What databases write differently when a table is made. */
export interface ColumnTypes {
  /** Text that is compared and put in order by its bytes in UTF-8, and of which `lower` knows the letters A to Z only. */
  readonly text: 'text' | RawBuilder<unknown>;
  /** Milliseconds since 1970, which need more than 32 bits; so may what numbers all rows of a table. */
  readonly moment: 'integer' | 'bigint';
  /** Makes what {@link fromJson} needs, before its first use. */
  prepareFromJson(database: Kysely<unknown>): Promise<void>;
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
  text: 'text',
  moment: 'integer',
  prepareFromJson: async () => {},
  // Kept in indexes only; a column that is stored cannot be added to a table (sqlite.org/gencol.html, section 2.3).
  fromJson: (text, path) => (column) => {
    const [from, at] = [sql.ref(text), sql.lit(`$.${path.join('.')}`)];
    return column.generatedAlwaysAs(sql`case when json_valid(${from}) then ${from} ->> ${at} end`);
  },
  end: (table) => table.modifyEnd(sql`strict`),
};

/** Of the database's default collation, other servers, or the next version of its libraries, have another order. */
const BY_BYTES = sql`text collate "C"`;

/** The function that reads JSON; null where there is none, or one that PostgreSQL cannot read, as with a NUL in it. */
const JSON_FUNCTION = sql`touchtone_from_json`;

const POSTGRES: ColumnTypes = {
  text: BY_BYTES,
  moment: 'bigint',
  prepareFromJson: async (database) => {
    await sql`
      create function ${JSON_FUNCTION} (entry text, path text[]) returns text
      language plpgsql immutable strict parallel safe as $$
      begin
        return entry::pg_catalog.json #>> path;
      exception when data_exception then
        return null;
      end $$`.execute(database);
  },
  fromJson: (text, path) => (column) =>
    column.generatedAlwaysAs(sql`${JSON_FUNCTION}(${sql.ref(text)}, ${sql.lit(`{${path.join(',')}}`)})`).stored(),
  end: (table) => table,
};

/** The types for one kind of database. */
export function columnTypesOf(kind: DatabaseKind): ColumnTypes {
  switch (kind) {
    case 'sqlite':
      return SQLITE;
    case 'postgres':
      return POSTGRES;
  }
}
