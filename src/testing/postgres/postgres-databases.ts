import pg from 'pg';
import type { StoredRow } from '../stored-row.ts';
import { askCluster, clusterUrl, connectTo } from './shared-cluster.ts';

/** A database of its own in the cluster of the run, with all tables and nothing in them. */
export interface ScratchDatabase {
  readonly url: string;
  /** Where PostgreSQL's programs are. */
  readonly programs: string;
  /** Says that more is changed in it than rows, so that nobody else gets it. */
  alter(): void;
  /** Gives it back; whoever is connected to it then is cut off. */
  giveBack(): Promise<void>;
}

/** Takes one; whoever does gives it back. */
export async function takeScratch(): Promise<ScratchDatabase> {
  const lent = await askCluster({ kind: 'take' });
  const { name, programs } = lent;
  let isAltered = false;
  return {
    url: clusterUrl(lent, name),
    programs,
    alter: () => {
      isAltered = true;
    },
    giveBack: async () => {
      await askCluster({ kind: 'give-back', name, isAltered });
    },
  };
}

/** PostgreSQL's number of its type `bigint` (pg_type.oid). */
const BIGINT = 20;

/** Runs statements past the program. */
export async function runOn(url: string, statements: string): Promise<void> {
  const client = await connectTo(url);
  try {
    await client.query(statements);
  } finally {
    await client.end();
  }
}

/** All rows of all tables, in the order in which they were written, as far as there is one. */
export async function rowsIn(url: string): Promise<StoredRow[]> {
  const client = await connectTo(url);
  client.setTypeParser(BIGINT, Number);
  try {
    const tables = await client.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public' order by tablename",
    );
    const found: StoredRow[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<StoredRow['values']>(`select * from ${pg.escapeIdentifier(name)}`);
      found.push(...rows.map((values) => ({ table: name, values })));
    }
    return found;
  } finally {
    await client.end();
  }
}
