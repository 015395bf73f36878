import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
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
  /** Shuts the server down as an operator does, or lets it crash, and starts it again; resolves when it answers. */
  restart(how: 'ordered' | 'crash'): Promise<void>;
}

/** A port that nobody has at this moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

type Keeper = ChildProcessByStdio<Writable, Readable, null>;

async function nextReady(lines: AsyncIterator<string, unknown>): Promise<void> {
  const line = await lines.next();
  if (line.done === true) throw new Error('PostgreSQL cannot be started; what it says is above');
}

/**
 * Starts a cluster. It is gone with the last reference to it or with this process, however that ends.
 * Rejects, saying what to do, where there is no PostgreSQL.
 *
 * @param settings `name=value` for the server.
 */
export async function startCluster(settings: readonly string[]): Promise<Cluster> {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error('There is no PostgreSQL; on Debian, apt-get install postgresql');
  const folder = await mkdtemp(join(tmpdir(), 'touchtone-postgres-'));
  const port = await freePort();
  const script = join(import.meta.dirname, 'cluster-keeper.ts');
  const keeper: Keeper = spawn(process.execPath, [script, programs, folder, String(port), ...QUIET, ...settings], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(keeper, 'exit');
  const lines = createInterface({ input: keeper.stdout })[Symbol.asyncIterator]();
  await nextReady(lines);
  return {
    port,
    programs,
    url: (database) => `postgres://test@127.0.0.1:${port}/${database}`,
    restart: async (how) => {
      keeper.stdin.write(how === 'crash' ? 'k' : 'r');
      await nextReady(lines);
    },
    [Symbol.asyncDispose]: async () => {
      keeper.stdin.end();
      await gone;
    },
  };
}
