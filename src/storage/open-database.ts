import { Kysely, type LogEvent } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { Database, Stores } from '../services/ports/database.ts';
import { SqlAccessTokenStore } from './access-token-store.ts';
import { atomically, consistently } from './atomically.ts';
import { SqlAuditStore } from './audit-store.ts';
import { SqlCredentialStore } from './credential-store.ts';
import { DatabaseRefused, refusalOf } from './database-refused.ts';
import { DatabaseUnavailable } from './database-unavailable.ts';
import { SqlDialPlanStore } from './dial-plan-store.ts';
import { BuiltInSqliteDialect } from './dialects/sqlite-dialect.ts';
import { openSqliteFile, type SqliteUse, writeNothingTo } from './dialects/sqlite-file.ts';
import { SqlIdempotencyStore } from './idempotency-store.ts';
import { SqlMailboxPolicyStore } from './mailbox-policy-store.ts';
import { SqlMailboxStore } from './mailbox-store.ts';
import { migrate, requireMigrated } from './migrate.ts';
import { migrationsFor } from './migrations/migrations.ts';
import { openPostgres, type PostgresPlace, type PostgresUse, serverTimeOf, writeNothing } from './open-postgres.ts';
import { SqlOutboxStore } from './outbox-store.ts';
import { SqlPinHistoryStore } from './pin-history-store.ts';
import { SqlPinKeyStore } from './pin-key-store.ts';
import type { Schema } from './schema.ts';
import { SqlSignInLinkStore } from './sign-in-link-store.ts';
import { SqlSourceFailureStore } from './source-failure-store.ts';
import { SqlWebSessionStore } from './web-session-store.ts';

/** How long another process that is writing is waited for, in milliseconds; SQLite blocks the event loop meanwhile. */
const BUSY_TIMEOUT = 2_000;

/** A statement that takes longer than this, in milliseconds, keeps every call waiting, and is reported. */
const SLOW_STATEMENT = 100;

/** Where a database is. */
export type DatabasePlace =
  /** The path of a SQLite file; it and its folder are made when they are not there. */
  | { readonly file: string }
  /** A database that is there, on a server. */
  | PostgresPlace;

export type OpenDatabaseOptions = DatabasePlace & DatabaseUse;

/** What else there is to say of a database that is opened. */
export interface DatabaseUse {
  readonly log: Log;
  /** Says from when on what is in a database from before counts as new. */
  readonly clock: Pick<Clock, 'now'>;
  /** With SQLite: milliseconds to wait for another process that is writing, 0 and more; 2000 when not given. */
  readonly busyTimeout?: number;
  /**
   * Told the text of each statement when it is done, which has no values in it, and how long it took in milliseconds;
   * of those that begin and end a transaction, too.
   */
  readonly onStatement?: (sql: string, milliseconds: number) => void;
}

function storesOn(database: Kysely<Schema>): Stores {
  return {
    dialPlans: new SqlDialPlanStore(database),
    policies: new SqlMailboxPolicyStore(database),
    mailboxes: new SqlMailboxStore(database),
    credentials: new SqlCredentialStore(database),
    pinHistory: new SqlPinHistoryStore(database),
    sourceFailures: new SqlSourceFailureStore(database),
    outbox: new SqlOutboxStore(database),
    audit: new SqlAuditStore(database),
    pinKeys: new SqlPinKeyStore(database),
    accessTokens: new SqlAccessTokenStore(database),
    idempotency: new SqlIdempotencyStore(database),
    webSessions: new SqlWebSessionStore(database),
    signInLinks: new SqlSignInLinkStore(database),
  };
}

function observe({ log, onStatement }: DatabaseUse): (event: LogEvent) => void {
  return ({ query, queryDurationMillis }) => {
    onStatement?.(query.sql, queryDurationMillis);
    if (queryDurationMillis > SLOW_STATEMENT) {
      log.warn({ statement: query.sql, milliseconds: Math.round(queryDurationMillis) }, 'The database was slow');
    }
  };
}

function unlessUnavailable(error: unknown): void {
  if (!(error instanceof DatabaseUnavailable)) throw error;
}

function databaseOn(
  kysely: Kysely<Schema>,
  serverTime: Database['serverTime'],
  writeNothing: (transaction: Kysely<Schema>) => Promise<void>,
): Database {
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    // Connections are handed on in turn, so this waits for what has begun on the one of SQLite, a transaction included.
    // A server that is away has nothing under way, and keeps nobody from closing.
    await kysely
      .connection()
      .execute(async () => {})
      .catch(unlessUnavailable);
    await kysely.destroy();
  };
  return {
    ...storesOn(kysely),
    transact: (work) => atomically(kysely, (transaction) => work(storesOn(transaction))),
    look: (work) => consistently(kysely, (transaction) => work(storesOn(transaction))),
    serverTime,
    tryStoring: () => atomically(kysely, writeNothing),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

async function openSqlite(
  options: { readonly file: string } & DatabaseUse,
  use: SqliteUse,
  prepare: (database: Kysely<Schema>) => Promise<void>,
): Promise<Database> {
  const file = openSqliteFile(options.file, options.busyTimeout ?? BUSY_TIMEOUT, use);
  const kysely = new Kysely<Schema>({ dialect: new BuiltInSqliteDialect(file), log: observe(options) });
  try {
    await prepare(kysely);
    return databaseOn(kysely, async () => undefined, writeNothingTo);
  } catch (error) {
    await kysely.destroy();
    const refusal = refusalOf(error);
    throw refusal === undefined ? error : new DatabaseRefused(refusal, options.file, error);
  }
}

async function openOnServer(options: PostgresPlace & DatabaseUse, use: PostgresUse): Promise<Database> {
  const kysely = await openPostgres(options, use, options.clock, options.log, observe(options));
  return databaseOn(kysely, () => serverTimeOf(kysely), writeNothing);
}

/**
 * Opens the database, or makes it, and brings its tables up to date: for the service.
 *
 * @throws DatabaseRefused, saying what to do, when the file is damaged, another program's, from a newer version, not
 *   writable, or locked, or the server has no such database, or does not let this user in or change it; it then is as it
 *   was.
 */
export function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  if ('server' in options) return openOnServer(options, 'make');
  const migrations = migrationsFor('sqlite', options.clock);
  return openSqlite(options, 'make', (database) => migrate(database, migrations, options.file, options.log));
}

/**
 * Opens a database that is there and up to date: for tools, beside a service that may be running.
 *
 * @param use whether it may be changed; with `read`, every change throws.
 * @throws DatabaseRefused, saying what to do, as {@link openDatabase} does, and when the file is not there or its tables
 *   are not up to date; neither is changed.
 */
export function openExistingDatabase(options: OpenDatabaseOptions, use: 'change' | 'read'): Promise<Database> {
  if ('server' in options) return openOnServer(options, use);
  const migrations = migrationsFor('sqlite', options.clock);
  return openSqlite(options, use, (database) => requireMigrated(database, migrations, options.file));
}
