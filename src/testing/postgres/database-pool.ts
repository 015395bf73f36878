import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { openDatabase } from '../../storage/open-database.ts';
import { parsePostgresUrl } from '../../storage/postgres-url.ts';
import { systemClock } from '../../system-clock.ts';
import { CapturedLog } from '../captured-log.ts';

/** The database that the others are copies of. */
const TEMPLATE = 'touchtone_template';

type Connect = (database: string) => Promise<pg.Client>;

/** What a migration has put into a table is there again when its rows are removed. */
const FIRST_ROWS = "insert into audit_head (id, sequence, key_id, mac) values (1, 0, '', '')";

/**
 * Databases for tests, each with all tables and nothing in them. Emptying one that was used is far quicker than making
 * another.
 */
export class DatabasePool {
  readonly #connect: Connect;
  readonly #server: pg.Client;
  /** The end of the last statement to the server; one connection takes one at a time. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #clean: string[] = [];
  readonly #underWay = new Set<Promise<void>>();

  private constructor(connect: Connect, server: pg.Client) {
    this.#connect = connect;
    this.#server = server;
  }

  /** @param connect connects to a database of a cluster as its owner. */
  static async on(connect: Connect): Promise<DatabasePool> {
    const server = await connect('postgres');
    await server.query(`create database ${TEMPLATE}`);
    const { host, port } = server;
    const place = parsePostgresUrl(`postgres://test@${host}:${port}/${TEMPLATE}`);
    if (place === undefined) throw new Error('The cluster has no URL');
    await (await openDatabase({ server: place, log: new CapturedLog(), clock: systemClock })).close();
    return new DatabasePool(connect, server);
  }

  /** The name of a database that nobody else has. */
  async take(): Promise<string> {
    const name = this.#clean.pop();
    if (name !== undefined) return name;
    const made = `test_${randomBytes(8).toString('hex')}`;
    // Copying the files is quicker than the default since PostgreSQL 15, where nothing has to reach the disk.
    await this.#run(`create database ${made} template ${TEMPLATE} strategy file_copy`);
    return made;
  }

  /** @param isAltered whether there may be more different in it than its rows. */
  giveBack(name: string, isAltered: boolean): void {
    const done = (isAltered ? this.#drop(name) : this.#empty(name).catch(() => this.#drop(name))).then(() => {
      this.#underWay.delete(done);
    });
    this.#underWay.add(done);
  }

  async #empty(name: string): Promise<void> {
    const client = await this.#connect(name);
    try {
      // Processes of a test may have been killed a moment ago.
      await client.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      const { rows } = await client.query<{ name: string }>(
        "select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'kysely%'",
      );
      const deletions = rows.map((row) => `delete from ${pg.escapeIdentifier(row.name)}`);
      // Nothing refers to anything while all of it goes.
      await client.query(['set session_replication_role = replica', ...deletions, FIRST_ROWS].join('; '));
      this.#clean.push(name);
    } finally {
      await client.end();
    }
  }

  async #drop(name: string): Promise<void> {
    await this.#run(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
  }

  async #run(statement: string): Promise<void> {
    const done = this.#last.then(() => this.#server.query(statement));
    this.#last = done.catch(() => undefined);
    await done;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#server.end();
  }
}
