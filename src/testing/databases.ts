import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Log } from '../domain/log.ts';
import type { Database } from '../services/ports/database.ts';
import { openDatabase } from '../storage/open-database.ts';
import { busyDatabase } from './busy-database.ts';
import { CapturedLog } from './captured-log.ts';
import { FakeClock } from './clock.ts';
import { placeOf } from './database-place.ts';
import { rowsIn, runOn, takeScratch } from './postgres/postgres-databases.ts';
import type { StoredRow } from './stored-row.ts';

/** A database of its own for one test, of any kind; everything written is gone after `dispose`. */
export interface TestDatabase {
  readonly database: Database;
  /** Where it is: the path of its file, or the URL of PostgreSQL. */
  readonly path: string;
  /** Closes the database and opens it again, as a restart does. */
  reopen(): Promise<Database>;
  /** The same database once more, as another process has it. Closed by `dispose` at the latest. */
  openAgain(): Promise<Database>;
  /** Resolves when nothing is under way in what was opened first, or last by `reopen`. */
  settled(): Promise<void>;
  /** Every statement run since the last call, in order, and what begins and ends transactions. */
  takeStatements(): readonly string[];
  /** Everything that is stored, read past the program: all rows of all tables. */
  rows(): Promise<readonly StoredRow[]>;
  /** Runs a statement past the program, for what no part of it does. */
  run(sql: string): Promise<void>;
  /** Closes the database and removes it; calling it again does nothing. */
  dispose(): Promise<void>;
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

/** What is different from one kind to the other. */
interface Storage {
  readonly path: string;
  rows(): Promise<readonly StoredRow[]>;
  run(sql: string): Promise<void>;
  remove(): Promise<void>;
}

async function fileStorage(): Promise<Storage> {
  const folder = await mkdtemp(join(tmpdir(), 'touchtone-database-'));
  const path = join(folder, 'touchtone.db');
  return {
    path,
    rows: async () => rowsOfFile(path),
    run: async (sql) => {
      using writer = new DatabaseSync(path);
      writer.exec(sql);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function serverStorage(): Promise<Storage> {
  const scratch = await takeScratch();
  const { url } = scratch;
  return {
    path: url,
    rows: () => rowsIn(url),
    run: (sql) => {
      if (/\b(alter|create|drop)\b/i.test(sql)) scratch.alter();
      return runOn(url, sql);
    },
    remove: () => scratch.giveBack(),
  };
}

async function createOn({ path, ...storage }: Storage, log: Log = new CapturedLog()): Promise<TestDatabase> {
  let statements: string[] = [];
  const onStatement = (statement: string): void => {
    statements.push(statement);
  };
  const open = (): Promise<Database> => openDatabase({ ...placeOf(path), log, clock: new FakeClock(), onStatement });
  let { database, settled } = busyDatabase(await open());
  const others: Database[] = [];
  return {
    get database() {
      return database;
    },
    path,
    reopen: async () => {
      await database.close();
      ({ database, settled } = busyDatabase(await open()));
      return database;
    },
    settled: () => settled(),
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
    rows: () => storage.rows(),
    run: (sql) => storage.run(sql),
    dispose: async () => {
      await Promise.all([database, ...others].map((opened) => opened.close()));
      await storage.remove();
    },
  };
}

export const SQLITE: TestDatabaseKind = { name: 'SQLite', create: async (log) => createOn(await fileStorage(), log) };
export const POSTGRES: TestDatabaseKind = {
  name: 'PostgreSQL',
  create: async (log) => createOn(await serverStorage(), log),
};

/**
 * The kinds of database that the program runs on: a suite whose answers depend on what a database does beneath them
 * (stores, races, what a commit means, mails, keys) does `describe.each(DATABASE_KINDS)`; the others do `[DEFAULT_KIND]`.
 */
export const DATABASE_KINDS: readonly TestDatabaseKind[] = [SQLITE, POSTGRES];

/** What the environment asks the suites to run on that run on one kind only: `TEST_DATABASE=postgres`, else SQLite. */
export const DEFAULT_KIND: TestDatabaseKind = process.env.TEST_DATABASE === 'postgres' ? POSTGRES : SQLITE;
