import {
  CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { DatabaseUnavailable } from '../database-unavailable.ts';
import { retried } from '../retried.ts';
import { type CommitOutcome, outcomeOf } from './postgres-commit.ts';
import { isConnectionSpent, isLockTimeout, translated } from './postgres-errors.ts';
import type { Pool, PoolClient } from './postgres-pool.ts';
import { PostgresSessions } from './postgres-session.ts';

/**
 * The lock that every transaction which may write takes at its start, in all processes on the database: any number that
 * nobody else locks there.
 */
const WRITE_LOCK = '6076572541327208051';

const TAKE_WRITE_LOCK = `select pg_advisory_xact_lock(${WRITE_LOCK})`;

/** In one message. Which transaction it is tells later whether it was committed, should its answer be lost. */
const BEGIN_WRITING = `begin ; ${TAKE_WRITE_LOCK}; select pg_current_xact_id()::text as xid`;

/** How long the write lock is waited for while nobody gets it, in milliseconds. */
const STUCK_LOCK_TIMEOUT = 1_000;

/** The same, without waiting for long. */
const BEGIN_WRITING_IF_FREE = `begin ; set local lock_timeout = ${STUCK_LOCK_TIMEOUT}; ${TAKE_WRITE_LOCK};
  set local lock_timeout to default; select pg_current_xact_id()::text as xid`;

/**
 * How long the answer to a commit is waited for, in milliseconds. The server ends no commit that waits for a standby, however
 * long that is away, and somebody is on the telephone.
 */
const COMMIT_TIMEOUT = 5_000;

/**
 * What is looked for, as PostgreSQL can be asked for it: its texts have no NUL (its manual, section 8.3), so that nothing
 * stored is what has one. U+FFFF, which is no character (Unicode, section 23.7), stands for it, and finds nothing either.
 */
function lookedFor(parameter: unknown): unknown {
  return typeof parameter === 'string' ? parameter.replaceAll('\u0000', '\uffff') : parameter;
}

/** Everything that is read is of one moment, and nobody is waited for. */
const BEGIN_READING = 'begin isolation level repeatable read read only';

/** What the driver of `pg` answers; several statements in one message have several of them. */
interface Answer {
  readonly command: string;
  readonly rowCount: number | null;
  readonly rows: unknown[];
}

const COUNTED: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** One connection that Kysely has borrowed. Outside of transactions it is replaced when it is lost. */
class PostgresConnection implements DatabaseConnection {
  readonly #sessions: PostgresSessions;
  #client: PoolClient;
  #isSpent = false;
  /** Between two clients, when another is not to be had. */
  #isReleased = false;
  /** The id of the transaction under way, an empty text where it only reads; undefined outside of transactions. */
  #transaction: string | undefined;
  /** A flag, and no argument: what Kysely tells of statements it learns at {@link executeQuery}, which takes none of ours. */
  #isCommitting = false;

  constructor(sessions: PostgresSessions, client: PoolClient) {
    this.#sessions = sessions;
    this.#client = client;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#transaction !== undefined) return this.#execute<R>(query, true);
    // A statement that only reads is sent again; of any other nobody knows whether it was carried out.
    const isReading = query.query.kind === 'SelectQueryNode' || /^select\b/i.test(query.sql);
    // Its commit would wait, too, and keep a connection of the server for as long.
    if (!isReading && this.#sessions.isStuck)
      throw new DatabaseUnavailable('The database stores nothing now', 'refused');
    return retried(async () => {
      await this.#replaceSpent();
      return this.#execute<R>(query, isReading);
    });
  }

  async #execute<R>({ sql: text, parameters, query }: CompiledQuery, isUndone: boolean): Promise<QueryResult<R>> {
    if (this.#isSpent) throw new DatabaseUnavailable('The connection to the database was lost', 'undone');
    try {
      // Without values it may be several statements.
      const given = query.kind === 'SelectQueryNode' ? parameters.map(lookedFor) : [...parameters];
      const values = given.length === 0 ? {} : { values: given };
      const limit = this.#isCommitting ? { query_timeout: COMMIT_TIMEOUT } : {};
      const answer: unknown = await this.#client.query({ text, ...values, ...limit });
      const { command, rowCount, rows } = (Array.isArray(answer) ? answer.at(-1) : answer) as Answer;
      if (COUNTED.has(command)) return { rows: rows as R[], numAffectedRows: BigInt(rowCount ?? 0) };
      return { rows: (command === 'ROLLBACK' ? [{ command }] : rows) as R[] };
    } catch (error) {
      this.#isSpent ||= isConnectionSpent(error);
      throw translated(error, isUndone);
    }
  }

  async #replaceSpent(): Promise<void> {
    if (!this.#isSpent) return;
    if (!this.#isReleased) this.#sessions.release(this.#client, true);
    this.#isReleased = true;
    this.#client = await this.#sessions.acquire();
    this.#isReleased = false;
    this.#isSpent = false;
  }

  async begin({ accessMode }: TransactionSettings): Promise<void> {
    this.#transaction = '';
    if (accessMode === 'read only') await this.executeQuery(CompiledQuery.raw(BEGIN_READING));
    else this.#transaction = await this.#beginWriting();
  }

  async #beginWriting(): Promise<string> {
    const sessions = this.#sessions;
    try {
      const begin = CompiledQuery.raw(sessions.isStuck ? BEGIN_WRITING_IF_FREE : BEGIN_WRITING);
      const { rows } = await this.executeQuery<{ readonly xid: string }>(begin);
      sessions.isStuck = false;
      return rows[0]?.xid ?? '';
    } catch (error) {
      sessions.isStuck ||= isLockTimeout(error);
      throw error;
    }
  }

  /**
   * Commits. When the connection is lost before the answer comes, or none comes in five seconds, another one is asked what
   * became of the transaction.
   *
   * @throws DatabaseUnavailable when it was not committed, or nobody knows.
   */
  async commit(): Promise<void> {
    const xid = this.#transaction ?? '';
    const history = this.#sessions.factsOf(this.#client)?.history ?? '';
    const since = performance.now();
    try {
      this.#isCommitting = true;
      const { rows } = await this.executeQuery<unknown>(CompiledQuery.raw('commit'));
      // So the server answers where a statement had failed, whatever was made of that.
      if (rows.length > 0) throw new Error('A transaction was undone, for one of its statements had failed');
    } catch (error) {
      if (!this.#isSpent || xid === '') throw error;
      const outcome = await outcomeOf(this.#sessions, { xid, history, since });
      this.#sessions.isStuck ||= outcome === 'under-way';
      requireCommitted(outcome, error);
    } finally {
      this.#isCommitting = false;
    }
    this.#transaction = undefined;
  }

  async rollback(): Promise<void> {
    // The server has undone it with the connection.
    if (!this.#isSpent) await this.executeQuery(CompiledQuery.raw('rollback'));
    this.#transaction = undefined;
  }

  release(): void {
    if (!this.#isReleased) this.#sessions.release(this.#client, this.#isSpent || this.#transaction !== undefined);
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Nothing of the program reads results in pieces');
  }
}

function requireCommitted(outcome: CommitOutcome, cause: unknown): void {
  if (outcome === 'committed') return;
  const message = 'The connection to the database was lost while a transaction was being stored';
  throw new DatabaseUnavailable(message, outcome === 'undone' ? 'undone' : 'unknown', cause);
}

class PostgresDriver implements Driver {
  readonly #pool: Pool;
  readonly #sessions: PostgresSessions;
  readonly #borrowed = new Set<Promise<unknown>>();
  readonly #ends = new Map<DatabaseConnection, () => void>();
  #isClosed = false;

  constructor(pool: Pool, isReader: boolean) {
    this.#pool = pool;
    this.#sessions = new PostgresSessions(pool, isReader);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#isClosed) throw new Error('The database is closed');
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = (): void => {
      this.#borrowed.delete(promise);
      resolve();
    };
    this.#borrowed.add(promise);
    try {
      const connection = new PostgresConnection(this.#sessions, await this.#sessions.acquire());
      this.#ends.set(connection, end);
      return connection;
    } catch (error) {
      end();
      throw error;
    }
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    own(connection).release();
    this.#ends.get(connection)?.();
    this.#ends.delete(connection);
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    await own(connection).begin(settings);
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await own(connection).commit();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await own(connection).rollback();
  }

  /** Whoever has a connection, or waits for one, is waited for. */
  async destroy(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all(this.#borrowed);
    await this.#pool.end();
  }
}

function own(connection: DatabaseConnection): PostgresConnection {
  if (connection instanceof PostgresConnection) return connection;
  throw new TypeError('The connection is none of ours');
}

/** Kysely over PostgreSQL, in which transactions that write follow one another as they do in SQLite. */
export class SerialPostgresDialect implements Dialect {
  readonly #pool: Pool;
  readonly #isReader: boolean;

  /** @param isReader whether nothing is to be written: a standby will do then. */
  constructor(pool: Pool, isReader: boolean) {
    this.#pool = pool;
    this.#isReader = isReader;
  }

  createDriver(): Driver {
    return new PostgresDriver(this.#pool, this.#isReader);
  }

  createQueryCompiler(): QueryCompiler {
    return new PostgresQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new PostgresAdapter();
  }

  createIntrospector(database: Kysely<unknown>): DatabaseIntrospector {
    return new PostgresIntrospector(database);
  }
}
