import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Kysely, sql } from 'kysely';
import { DatabaseRefused, refusalOf } from '../database-refused.ts';
import type { Schema } from '../schema.ts';

/** Marks a file as ours in its header (sqlite.org/pragma.html#pragma_application_id): "TTon". */
const APPLICATION_ID = 0x54546f6e;

/** What a file is opened for: to be made where it is not there, to be changed, or to be read alone. */
export type SqliteUse = 'make' | 'change' | 'read';

/** What a file has to be before anything in it is believed. */
interface Contents {
  readonly applicationId: unknown;
  readonly tables: unknown;
}

function pragma(database: DatabaseSync, text: string): unknown {
  return Object.values(database.prepare(`pragma ${text}`).get() ?? {})[0];
}

function read(database: DatabaseSync): Contents {
  const tables = database.prepare('select count(*) as count from sqlite_schema').get();
  return { applicationId: pragma(database, 'application_id'), tables: tables?.count };
}

/** Refuses a file of another program, and a damaged one, before anything is written. */
function inspect(database: DatabaseSync, file: string, use: SqliteUse): void {
  const { applicationId, tables } = read(database);
  if (applicationId !== APPLICATION_ID && (applicationId !== 0 || tables !== 0)) {
    throw new DatabaseRefused('not-ours', file);
  }
  // Only the service fills an empty file.
  if (use !== 'make' && tables === 0) throw new DatabaseRefused('older', file);
  const verdict = pragma(database, 'quick_check(1)');
  if (verdict !== 'ok') throw new DatabaseRefused('damaged', file, undefined, String(verdict));
}

/** What every connection has to have set; some of it is kept in the file, some holds for the connection only. */
function configure(database: DatabaseSync): void {
  // Refuses on a file system without shared memory, where the log would silently not be one.
  const mode = pragma(database, 'journal_mode = wal');
  if (mode !== 'wal') throw new Error(`SQLite cannot keep a write-ahead log here: journal mode ${String(mode)}`);
  // A commit has reached the disk when it returns: what was decided is stored before it is spoken (SPEC §3.5).
  database.exec('pragma synchronous = full');
  // What is deleted is overwritten, so that a hash or a sealed PIN does not live on in a free page.
  database.exec('pragma secure_delete = on');
  database.exec('pragma trusted_schema = off');
  database.exec('pragma cell_size_check = on');
  // Written once, so that opening a database that is then refused does not change it.
  if (pragma(database, 'application_id') === 0) database.exec(`pragma application_id = ${APPLICATION_ID}`);
}

function makeFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite makes its other files with the mode that this one has.
  closeSync(openSync(file, 'a', 0o600));
}

/**
 * Opens a SQLite file; one that is made has mode 0600, in a folder made with mode 0700.
 *
 * @param busyTimeout milliseconds to wait for another process that is writing; the event loop stands still meanwhile.
 * @throws DatabaseRefused when it cannot be used, in which case it has not been changed.
 */
export function openSqliteFile(file: string, busyTimeout: number, use: SqliteUse = 'make'): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (use === 'make') makeFile(file);
    else if (!existsSync(file)) throw new DatabaseRefused('missing', file);
    database = new DatabaseSync(file, {
      timeout: busyTimeout,
      readOnly: use === 'read',
      enableForeignKeyConstraints: true,
      enableDoubleQuotedStringLiterals: false,
    });
    inspect(database, file, use);
    configure(database);
    return database;
  } catch (error) {
    database?.close();
    const refusal = refusalOf(error);
    throw refusal === undefined ? error : new DatabaseRefused(refusal, file, error);
  }
}

/** In a transaction: writes what is written already, and so everything that a commit takes. */
export async function writeNothingTo(transaction: Kysely<Schema>): Promise<void> {
  await sql.raw(`pragma application_id = ${APPLICATION_ID}`).execute(transaction);
}
