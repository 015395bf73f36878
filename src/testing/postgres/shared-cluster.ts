import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { type Cluster, startCluster, UNSAFE } from './cluster.ts';
import { DatabasePool } from './database-pool.ts';

/** What has the path of the socket by which the processes of a run ask for databases. */
const SOCKET = 'TOUCHTONE_TEST_CLUSTER';

/** What is asked: for a database, with all tables and nothing in them, or that one be taken back. */
export type Request =
  | { readonly kind: 'take' }
  /** `isAltered` when there may be more different than its rows. */
  | { readonly kind: 'give-back'; readonly name: string; readonly isAltered: boolean };

/** What a test gets; `name` is empty where nothing was asked for. */
export interface Lent {
  readonly name: string;
  readonly port: number;
  /** Where PostgreSQL's programs are. */
  readonly programs: string;
}

/** Where a database of a cluster on this machine is. */
export function clusterUrl({ port }: Pick<Lent, 'port'>, database: string): string {
  return `postgres://test@127.0.0.1:${port}/${database}`;
}

/** Opens a connection as the owner of the cluster, for what no part of the program does. */
export async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // A server that is restarted by a test ends it.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

interface Started {
  readonly cluster: Cluster;
  readonly pool: DatabasePool;
}

async function start(): Promise<Started> {
  const cluster = await startCluster(UNSAFE);
  try {
    return { cluster, pool: await DatabasePool.on((database) => connectTo(cluster.url(database))) };
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

async function answer({ cluster: { port, programs }, pool }: Started, request: Request): Promise<Lent> {
  if (request.kind === 'take') return { name: await pool.take(), port, programs };
  pool.giveBack(request.name, request.isAltered);
  return { name: '', port, programs };
}

/**
 * Run by vitest before the tests: lets them have databases, in a cluster that is started when the first of them asks for
 * one. What it returns takes the cluster away; a run that is killed takes it along.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  let started: Promise<Started> | undefined;
  const broker = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (chunk) => {
      started ??= start();
      started
        .then((running) => answer(running, JSON.parse(String(chunk)) as Request))
        .catch((error: unknown) => ({ fault: String(error) }))
        .then((answered) => socket.end(JSON.stringify(answered)));
    });
  });
  const path = join(tmpdir(), `touchtone-cluster-${process.pid}.sock`);
  broker.listen(path);
  await once(broker, 'listening');
  // Nothing but a test that waits for an answer keeps the run going.
  broker.unref();
  process.env[SOCKET] = path;
  return async () => {
    broker.close();
    const running = await started?.catch(() => undefined);
    await running?.pool.close();
    await running?.cluster[Symbol.asyncDispose]();
  };
}

/** Asks for a database of this run's cluster, or gives one back. Rejects, saying why, when there is no cluster. */
export async function askCluster(request: Request): Promise<Lent> {
  const path = process.env[SOCKET];
  if (path === undefined) throw new Error('There is a cluster in runs of vitest only');
  const socket = createConnection(path);
  socket.write(JSON.stringify(request));
  const answered = JSON.parse(await text(socket)) as Lent | { readonly fault: string };
  if ('fault' in answered) throw new Error(answered.fault);
  return answered;
}
