import { readFile } from 'node:fs/promises';
import pg, { type ClientConfig, type Pool, type PoolClient } from 'pg';
import type { PostgresServer } from '../postgres-url.ts';

/** Connections of one process: a transaction that writes waits for those of every process, so more would only wait. */
const MOST_CONNECTIONS = 10;

/** How long making a connection may take, in milliseconds. */
const CONNECT_TIMEOUT = 3_000;

/** How long a place among the connections is waited for, in milliseconds. */
const QUEUE_TIMEOUT = 20_000;

/** Longest wait for another transaction, in milliseconds. */
const LOCK_TIMEOUT = 10_000;

/** Longest statement, in milliseconds, its wait for others included. */
const STATEMENT_TIMEOUT = 15_000;

/** How long to wait for an answer from a server that may be gone without a word, in milliseconds. */
const ANSWER_TIMEOUT = 20_000;

/** How long a transaction may stand still, in milliseconds: every process waits for one that hangs. */
const IDLE_IN_TRANSACTION_TIMEOUT = 5_000;

/** What the server knows services by, and tools beside them. */
export const SERVICE_NAME = 'touchtone';
const TOOL_NAME = 'touchtone-tool';

/** PostgreSQL's number of its type `bigint` (pg_type.oid). */
const BIGINT = 20;

export interface PostgresPoolOptions {
  readonly server: PostgresServer;
  /** A file whose first line is the password, read anew for every connection; in place of one in the URL. */
  readonly passwordFile?: string | undefined;
  /** Whether it is of a tool, which the server is told by another name than the services. */
  readonly isTool?: boolean;
  /** Whether nothing can be changed by it. */
  readonly isReader?: boolean;
  /** Whether statements may take as long as they need: for migrations. */
  readonly isUnhurried?: boolean;
}

/** Counts and moments, all of which are below 2^53, come as numbers. */
function toNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('The database has a number that is too large');
  return value;
}

const TYPES: NonNullable<ClientConfig['types']> = {
  getTypeParser: (id: number, format?: 'text' | 'binary') =>
    id === BIGINT && format !== 'binary' ? toNumber : pg.types.getTypeParser(id, format),
};

async function tlsOf({ host, tls, rootCertificates }: PostgresServer): Promise<ClientConfig['ssl']> {
  if (tls === 'disable') return false;
  return {
    // What the certificate is compared with; the driver says it for names only, not for addresses.
    host,
    rejectUnauthorized: tls !== 'require',
    ...(rootCertificates === undefined ? {} : { ca: await readFile(rootCertificates, 'utf8') }),
    ...(tls === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

/** Its own, for that of the pool is about waiting for a place in it, too. */
class PromptClient extends pg.Client {
  constructor(config?: ClientConfig) {
    super({ ...config, ...passwordIn(config), connectionTimeoutMillis: CONNECT_TIMEOUT });
  }
}

/** The pool hides it from whoever lists its options. */
function passwordIn(config: ClientConfig | undefined): Pick<ClientConfig, 'password'> {
  return config?.password === undefined ? {} : { password: config.password };
}

function timeoutsOf(isUnhurried: boolean): ClientConfig {
  if (isUnhurried) return {};
  return {
    lock_timeout: LOCK_TIMEOUT,
    statement_timeout: STATEMENT_TIMEOUT,
    query_timeout: ANSWER_TIMEOUT,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT,
  };
}

/** The first line of a file, for editors and `echo` put an end of line behind it. */
async function firstLineOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
}

/** Makes a pool, which has no connection yet. Rejects when the file of certificates or that of the password cannot be read. */
export async function openPostgresPool(options: PostgresPoolOptions): Promise<Pool> {
  const { server, passwordFile, isTool = false, isReader = false, isUnhurried = false } = options;
  const { host, port, user, database, password } = server;
  // Whether a server asks for it is seen at some connection only; that it cannot be had, at once.
  if (passwordFile !== undefined) await firstLineOf(passwordFile);
  const pool = new pg.Pool({
    Client: PromptClient,
    max: isUnhurried ? 1 : MOST_CONNECTIONS,
    // By this one, a service is seen to be there.
    min: isTool || isUnhurried ? 0 : 1,
    connectionTimeoutMillis: QUEUE_TIMEOUT,
    application_name: isTool ? TOOL_NAME : SERVICE_NAME,
    keepAlive: true,
    host,
    port,
    user,
    database,
    ...(passwordFile === undefined ? { password: password ?? '' } : { password: () => firstLineOf(passwordFile) }),
    ...(isReader ? { options: '-c default_transaction_read_only=on' } : {}),
    ssl: (await tlsOf(server)) ?? false,
    types: TYPES,
    ...timeoutsOf(isUnhurried),
  });
  // A connection that dies while nobody uses it is replaced by the next that is needed; whoever uses one is told so by
  // the answer, and an event that nobody listens to would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

export type { Pool, PoolClient };
