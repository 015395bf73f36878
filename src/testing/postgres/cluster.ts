import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { freePort } from '../free-ports.ts';
import { postgresPrograms } from './programs.ts';

/** Settings of a cluster whose contents nobody misses when the machine fails. */
export const UNSAFE: readonly string[] = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];

/** It says nothing of what tests make it refuse. */
const QUIET: readonly string[] = ['log_min_messages=panic', 'log_min_error_statement=panic'];

/** A PostgreSQL server with a folder of its own, on loopback; its user is called `test` and needs no password. */
export interface Cluster extends AsyncDisposable {
  readonly port: number;
  /** Where its programs are. */
  readonly programs: string;
  /** The URL of one of its databases. */
  url(database: string): string;
  /** Shuts the server down as an operator does, or kills all of its processes at once; resolves when they are gone. */
  stop(how: 'ordered' | 'kill'): Promise<void>;
  /** Starts it again on what it has stored; resolves when it answers. */
  start(): Promise<void>;
}

type Keeper = ChildProcessByStdio<Writable, Readable, null>;

async function done(lines: AsyncIterator<string, unknown>): Promise<void> {
  const line = await lines.next();
  if (line.done === true) throw new Error('PostgreSQL cannot be used; what it says is above');
}

/**
 * Starts a cluster. It is gone with the last reference to it or with this process, however that ends.
 * Rejects, saying what to do, where there is no PostgreSQL.
 *
 * @param settings `name=value` for the server.
 * @param followed another cluster, which this one copies and follows as its standby.
 */
export async function startCluster(settings: readonly string[], followed?: Cluster): Promise<Cluster> {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error('There is no PostgreSQL; on Debian, apt-get install postgresql');
  const folder = await mkdtemp(join(tmpdir(), 'touchtone-postgres-'));
  const port = await freePort();
  const script = join(import.meta.dirname, 'cluster-keeper.ts');
  const place = [programs, folder, String(port), String(followed?.port ?? '')];
  const keeper: Keeper = spawn(process.execPath, [script, ...place, ...QUIET, ...settings], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(keeper, 'exit');
  const lines = createInterface({ input: keeper.stdout })[Symbol.asyncIterator]();
  await done(lines);
  return {
    port,
    programs,
    url: (database) => `postgres://test@127.0.0.1:${port}/${database}`,
    stop: async (how) => {
      keeper.stdin.write(how === 'kill' ? 'kill\n' : 'stop\n');
      await done(lines);
    },
    start: async () => {
      keeper.stdin.write('start\n');
      await done(lines);
    },
    [Symbol.asyncDispose]: async () => {
      keeper.stdin.end();
      await gone;
    },
  };
}
