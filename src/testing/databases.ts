import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Log } from '../domain/log.ts';
import type { Database } from '../services/ports/database.ts';
import { openDatabase } from '../storage/open-database.ts';
import { CapturedLog } from './captured-log.ts';
import { FakeClock } from './clock.ts';

/** A database of its own for one test, of any kind; everything written is gone after `dispose`. */
export interface TestDatabase {
  readonly database: Database;
  /** Where it is: the path of its file. */
  readonly path: string;
  /** Closes the database and opens it again, as a restart does. */
  reopen(): Promise<Database>;
  /** The same database once more, as another process has it. Closed by `dispose` at the latest. */
  openAgain(): Promise<Database>;
  /** Every statement run since the last call, in order, and what begins and ends transactions. */
  takeStatements(): readonly string[];
  /** Everything that is stored, read past the program: all rows of all tables. */
  rows(): Promise<readonly StoredRow[]>;
  /** Runs a statement past the program, for what no part of it does. */
  run(sql: string): Promise<void>;
  /** Closes the database and removes it; calling it again does nothing. */
  dispose(): Promise<void>;
}

export interface StoredRow {
  readonly table: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** One kind of database that every suite about storage runs on. */
export interface TestDatabaseKind {
  readonly name: string;
  create(log?: Log): Promise<TestDatabase>;
}

function rowsOfFile(file: string): StoredRow[] {
  using reader = new DatabaseSync(file, { readOnly: true });
  const tables = reader.prepare("select name from sqlite_schema where type = 'table'").all();
  return tables.flatMap(({ name }) =>
    reader
      .prepare(`select * from "${String(name)}"`)
      .all()
      .map((values) => ({ table: String(name), values })),
  );
}

async function createSqlite(log: Log = new CapturedLog()): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'touchtone-database-'));
  const file = join(folder, 'touchtone.db');
  let statements: string[] = [];
  const open = (): Promise<Database> =>
    openDatabase({ file, log, clock: new FakeClock(), onStatement: (statement) => statements.push(statement) });
  let database = await open();
  const others: Database[] = [];
  return {
    get database() {
      return database;
    },
    path: file,
    reopen: async () => {
      await database.close();
      database = await open();
      return database;
    },
    openAgain: async () => {
      const other = await open();
      others.push(other);
      return other;
    },
    takeStatements: () => {
      const taken = statements;
      statements = [];
      return taken;
    },
    rows: async () => rowsOfFile(file),
    run: async (sql) => {
      using writer = new DatabaseSync(file);
      writer.exec(sql);
    },
    dispose: async () => {
      await Promise.all([database, ...others].map((opened) => opened.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The kinds of database that the program runs on: a suite does `describe.each(DATABASE_KINDS)`. */
export const DATABASE_KINDS: readonly TestDatabaseKind[] = [{ name: 'SQLite', create: createSqlite }];
