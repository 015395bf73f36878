import { Kysely, type LogEvent, sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import { errorCode } from '../domain/error-code.ts';
import type { Log } from '../domain/log.ts';
import { type DatabaseRefusal, DatabaseRefused } from './database-refused.ts';
import { DatabaseUnavailable } from './database-unavailable.ts';
import { SerialPostgresDialect } from './dialects/postgres-dialect.ts';
import { isBroken } from './dialects/postgres-errors.ts';
import { openPostgresPool, SERVICE_NAME } from './dialects/postgres-pool.ts';
import { migrate, requireMigrated } from './migrate.ts';
import { migrationsFor } from './migrations/migrations.ts';
import { describeServer, type PostgresServer } from './postgres-url.ts';
import type { Schema } from './schema.ts';

/** A database of PostgreSQL. */
export interface PostgresPlace {
  readonly server: PostgresServer;
  /** A file whose first line is the password, in place of one in the URL; read anew for every connection. */
  readonly passwordFile?: string | undefined;
}

/** What a database is opened for: to be filled where it is empty, to be changed, or to be read alone. */
export type PostgresUse = 'make' | 'change' | 'read';

/** PostgreSQL's own number of its version 14. */
const OLDEST_VERSION = 140_000;

/** Several instances may start at once: the first brings the tables up to date, and the others wait for it. Any number. */
const MIGRATION_LOCK = '6076572541327208052';

/** What the first migration is called: a database without it is not ours. */
const FIRST_MIGRATION = '0001-directory';

/** SQLSTATEs (PostgreSQL's manual, appendix A). */
const REFUSAL_BY_STATE: ReadonlyMap<string, DatabaseRefusal> = new Map([
  ['28000', 'login'],
  ['28P01', 'login'],
  ['3D000', 'absent'],
  ['42501', 'forbidden'],
  ['53100', 'full'],
]);

/** Codes of OpenSSL and Node.js for certificates that are not to be trusted begin so, or are one of these. */
const CERTIFICATE = /^(CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH)/;

const FILE_CODES: ReadonlySet<string> = new Set(['EACCES', 'EISDIR', 'ENOENT', 'EPERM']);

/** The refusal that an error while opening stands for; undefined when it is a fault of another kind. */
function refusalOf(error: unknown): DatabaseRefusal | undefined {
  const cause = error instanceof DatabaseUnavailable ? error.cause : error;
  const code = errorCode(cause) ?? '';
  const byState = REFUSAL_BY_STATE.get(code);
  if (byState !== undefined) return byState;
  if (CERTIFICATE.test(code)) return 'untrusted';
  if (FILE_CODES.has(code)) return 'unreadable';
  // The driver has no code for it.
  if (cause instanceof Error && cause.message === 'The server does not support SSL connections') return 'untrusted';
  const isAway = error instanceof DatabaseUnavailable && !isBroken(cause);
  return isAway ? 'unreachable' : undefined;
}

interface ServerFacts {
  readonly version: number;
  readonly encoding: string;
  readonly tables: number;
  readonly migrations: boolean;
}

/** Tables of other programs in the schema that ours are, or are to be, in. */
async function inspect(database: Kysely<Schema>, name: string): Promise<void> {
  const { rows } = await sql<ServerFacts>`
    select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
      (select count(*) from pg_catalog.pg_tables where schemaname = current_schema())::int as tables,
      to_regclass('kysely_migration') is not null as migrations`.execute(database);
  const [facts] = rows;
  if (facts === undefined) throw new Error('PostgreSQL says nothing of itself');
  if (facts.version < OLDEST_VERSION) throw new DatabaseRefused('server-too-old', name);
  if (facts.encoding !== 'UTF8') throw new DatabaseRefused('encoding', name, undefined, facts.encoding);
  if (facts.tables > 0 && !(facts.migrations && (await hasFirstMigration(database)))) {
    throw new DatabaseRefused('not-ours', name);
  }
}

async function hasFirstMigration(database: Kysely<Schema>): Promise<boolean> {
  const { rows } = await sql<{ readonly known: boolean }>`
    select count(*) = 0 or bool_or(name = ${FIRST_MIGRATION}) as known from kysely_migration`.execute(database);
  return rows[0]?.known === true;
}

/** Brings the tables up to date on a connection of its own, on which nothing is cut short: that may take its time. */
async function bringUpToDate(place: PostgresPlace, clock: Pick<Clock, 'now'>, log: Log): Promise<void> {
  const name = describeServer(place.server);
  const pool = await openPostgresPool({ ...place, isUnhurried: true });
  const database = new Kysely<Schema>({ dialect: new SerialPostgresDialect(pool, false) });
  try {
    await database.connection().execute(async (connection) => {
      await sql`select pg_advisory_lock(${sql.lit(MIGRATION_LOCK)}::bigint)`.execute(connection);
      await inspect(connection, name);
      await migrate(connection, migrationsFor('postgres', clock), name, log);
    });
  } finally {
    // The lock goes with the connection.
    await database.destroy();
  }
}

/**
 * Opens a database of PostgreSQL, for one of several processes on it.
 *
 * @throws DatabaseRefused, saying what to do, when it cannot be used; it then is as it was.
 */
export async function openPostgres(
  place: PostgresPlace,
  use: PostgresUse,
  clock: Pick<Clock, 'now'>,
  log: Log,
  observe: (event: LogEvent) => void,
): Promise<Kysely<Schema>> {
  const name = describeServer(place.server);
  let database: Kysely<Schema> | undefined;
  try {
    if (use === 'make') await bringUpToDate(place, clock, log);
    const pool = await openPostgresPool({ ...place, isTool: use !== 'make', isReader: use === 'read' });
    database = new Kysely<Schema>({ dialect: new SerialPostgresDialect(pool, use === 'read'), log: observe });
    if (use !== 'make') {
      await inspect(database, name);
      await requireMigrated(database, migrationsFor('postgres', clock), name);
    }
    return database;
  } catch (error) {
    await database?.destroy();
    const refusal = refusalOf(error);
    throw refusal === undefined ? error : new DatabaseRefused(refusal, name, error);
  }
}

/**
 * Makes sure that no service is connected to the database.
 *
 * @throws DatabaseRefused when one is, or the server cannot be asked.
 */
export async function requireUnused(place: PostgresPlace): Promise<void> {
  const name = describeServer(place.server);
  let database: Kysely<Schema> | undefined;
  try {
    const pool = await openPostgresPool({ ...place, isTool: true });
    database = new Kysely<Schema>({ dialect: new SerialPostgresDialect(pool, true) });
    const { rows } = await sql<{ readonly services: number }>`
      select count(*)::int as services from pg_catalog.pg_stat_activity
      where datname = current_database() and application_name = ${SERVICE_NAME}`.execute(database);
    if (rows[0]?.services !== 0) throw new DatabaseRefused('in-use', name);
  } catch (error) {
    const refusal = refusalOf(error);
    throw refusal === undefined ? error : new DatabaseRefused(refusal, name, error);
  } finally {
    await database?.destroy();
  }
}

/** In a transaction: leaves a note in the log of the server (WAL), and nothing else; a commit then waits as any other does. */
export async function writeNothing(transaction: Kysely<Schema>): Promise<void> {
  await sql`select pg_logical_emit_message(true, ${SERVICE_NAME}, '')`.execute(transaction);
}

/** What the server's clock says, in milliseconds since 1970. */
export async function serverTimeOf(database: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ readonly now: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(database);
  const [row] = rows;
  if (row === undefined) throw new Error('The database does not know the time');
  return row.now;
}
