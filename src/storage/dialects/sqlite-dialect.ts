import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { ConstraintViolated } from '../database-unavailable.ts';
import { FileInPlace } from './file-in-place.ts';

/** SQLite's primary result code for what contradicts what is stored (sqlite.org/rescode.html#constraint). */
const SQLITE_CONSTRAINT = 19;

/** Whether a value is one that node:sqlite binds; it refuses booleans, dates and undefined at run time as well. */
function isBindable(value: unknown): value is SQLInputValue {
  return (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    ArrayBuffer.isView(value)
  );
}

function bindable(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value, index) => {
    // The value itself stays out of the message: it may be a hash.
    if (!isBindable(value)) throw new TypeError(`Parameter ${index + 1} is of a type that SQLite cannot store`);
    return value;
  });
}

/** What an error of SQLite is to the rest of the program; extended codes have the primary one in the low byte. */
function translated(error: unknown): unknown {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  return (code & 0xff) === SQLITE_CONSTRAINT ? new ConstraintViolated(error) : error;
}

function carriedOut<T>(statement: () => T): T {
  try {
    return statement();
  } catch (error) {
    throw translated(error);
  }
}

/** Fits the built-in SQLite to what Kysely expects of a driver. */
function adapt(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => carriedOut(() => statement.all(...bindable(parameters))),
        run: (parameters) => carriedOut(() => statement.run(...bindable(parameters))),
        iterate: (parameters) => statement.iterate(...bindable(parameters)),
      };
    },
  };
}

class ImmediateDriver extends SqliteDriver {
  readonly #database: DatabaseSync;
  readonly #place: FileInPlace | undefined;

  constructor(database: DatabaseSync) {
    super({ database: adapt(database) });
    this.#database = database;
    const file = database.location();
    this.#place = file === null ? undefined : new FileInPlace(file);
  }

  /**
   * Takes the write lock at the start. A transaction that reads first and writes later would otherwise fail at once,
   * without waiting, when another process has written in between (sqlite.org/lang_transaction.html).
   *
   * @throws DatabaseRefused when the file has been taken away: SQLite would go on with what nobody finds again.
   */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    this.#place?.require();
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /**
   * When the disk is full or fails, SQLite may have rolled back by itself; doing it again would be an error, and be
   * reported in place of the one that says what is wrong (sqlite.org/lang_transaction.html, section 3.1).
   */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.isTransaction) await super.rollbackTransaction(connection);
  }
}

class TransactionalAdapter extends SqliteAdapter {
  /** SQLite undoes CREATE TABLE like any other change, so a migration that a crash interrupts leaves nothing behind. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Kysely over the SQLite that is built into Node: one connection, which Kysely hands from one user to the next. */
export class BuiltInSqliteDialect implements Dialect {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  createDriver(): Driver {
    return new ImmediateDriver(this.#database);
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }

  createIntrospector(database: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(database);
  }
}
