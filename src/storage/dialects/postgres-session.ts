import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailable } from '../database-unavailable.ts';
import { isConnectionSpent, translated } from './postgres-errors.ts';
import type { Pool, PoolClient } from './postgres-pool.ts';

/** How long it is tried to get a connection to a server that answers, and can be written to, in milliseconds. */
const PATIENCE = 3_000;
const PAUSE = 150;

/** What is known of a connection. */
export interface ServerFacts {
  /**
   * The same for all connections to one server, until it crashes; and another one after a standby has taken over. Where
   * it is the same, no transaction's number was given out twice in between.
   */
  readonly history: string;
}

interface FactsRow {
  readonly read_only: boolean;
  readonly history: string | null;
}

/**
 * A standby can say neither where it writes nor be written to. The timeline is a new one when a standby takes over; a
 * crash throws the statistics away (PostgreSQL's manual, "The Cumulative Statistics System"), which an ordered restart
 * keeps, so since when these are collected tells the one from the other.
 */
const FACTS = `select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as read_only,
  case when not pg_is_in_recovery() then concat(substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), ' ',
    extract(epoch from pg_stat_get_bgwriter_stat_reset_time())) end as history`;

/** Connections to a primary. */
export class PostgresSessions {
  readonly #pool: Pool;
  readonly #facts = new WeakMap<PoolClient, ServerFacts>();
  readonly #isReader: boolean;
  /**
   * Whether the last who began a transaction to store something was kept waiting in vain. Until somebody has not been,
   * nobody else need wait for long: a caller hears of it sooner.
   */
  isStuck = false;

  /** @param isReader whether a server that cannot be written to will do, too. */
  constructor(pool: Pool, isReader: boolean) {
    this.#pool = pool;
    this.#isReader = isReader;
  }

  factsOf(client: PoolClient): ServerFacts | undefined {
    return this.#facts.get(client);
  }

  /**
   * Waits for a connection; when the server is away, starts, or gives way to another one, for three seconds.
   *
   * @throws DatabaseUnavailable when there is none then, and at once what cannot be mended by waiting.
   */
  async acquire(): Promise<PoolClient> {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      try {
        return await this.#connect();
      } catch (error) {
        const isLost = error instanceof DatabaseUnavailable && error.interruption === 'undone';
        if (!isLost || performance.now() >= deadline) throw error;
        await sleep(PAUSE);
      }
    }
  }

  async #connect(): Promise<PoolClient> {
    let client: PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw connectFailure(error);
    }
    if (this.#facts.has(client)) return client;
    try {
      await this.#inspect(client);
      return client;
    } catch (error) {
      client.release(true);
      throw translated(error, true);
    }
  }

  async #inspect(client: PoolClient): Promise<void> {
    const { rows } = await client.query<FactsRow>(FACTS);
    const [row] = rows;
    if (row === undefined || (row.read_only && !this.#isReader)) {
      throw new DatabaseUnavailable('The server of the database is a standby, which can only be read', 'undone');
    }
    this.#facts.set(client, { history: row.history ?? '' });
  }

  release(client: PoolClient, isSpent: boolean): void {
    client.release(isSpent);
  }
}

/** States of a server that pass: it starts, stops, or has too many connections (PostgreSQL's manual, appendix A). */
const PASSING: ReadonlySet<unknown> = new Set(['57P01', '57P02', '57P03', '53300']);

/** What the server itself refuses, but for what passes, is for the operator to mend: waiting is of no use. */
function connectFailure(error: unknown): DatabaseUnavailable {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isSqlState = isConnectionSpent(error) && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
  const isRefusal = isSqlState && 'severity' in (error as object) && !PASSING.has(code);
  if (isRefusal)
    return new DatabaseUnavailable('The server of the database does not let the service in', 'refused', error);
  return new DatabaseUnavailable('The server of the database cannot be reached', 'undone', error);
}
