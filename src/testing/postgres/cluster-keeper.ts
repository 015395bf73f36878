/**
 * Keeps a throw-away cluster of PostgreSQL for as long as whoever started it lives: when its standard input ends, the
 * cluster is stopped and all of it removed. A process of its own, so that a run of tests that is killed leaves nothing.
 * Says `done` when the cluster can be used, and after each line that it is told: `stop`, as an operator does; `kill`, as
 * a machine that loses its power; `start`. Arguments: the folder of the programs, the folder to use, the port, the port of
 * the cluster that this one is to follow as its standby or nothing, and settings for the server.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const [programs = '', folder = '', port = '', followed = '', ...settings] = process.argv.slice(2);
const data = join(folder, 'data');

/** How long a start may take on a busy machine, in milliseconds. */
const START_DEADLINE = 60_000;

/** PostgreSQL does not run as root; as nobody, who has a name in every system, it does. */
function whoRuns(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const [, , uid = '', gid = ''] =
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((line) => line.startsWith('nobody:'))
      ?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

const as = { ...whoRuns(), cwd: folder };

const NEW: readonly string[] = ['--encoding=UTF8', '--locale=C.UTF-8', '--auth=trust', '--username=test'];

/** As deploy/README.md has standbys made. */
const FOLLOWER: readonly string[] = [
  `--dbname=host=127.0.0.1 port=${followed} user=test application_name=standby1`,
  ...['--checkpoint=fast', '--write-recovery-conf'],
];

function initialise(): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid);
  const [program, options] = followed === '' ? ['initdb', NEW] : ['pg_basebackup', FOLLOWER];
  const made = spawnSync(join(programs, program), [...options, '--no-sync', '-D', data], { ...as, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`${program} has failed: ${made.stderr}`);
}

function startServer(): ChildProcess {
  const network = ['-c', 'listen_addresses=127.0.0.1', '-c', `port=${port}`, '-c', `unix_socket_directories=${folder}`];
  const own = settings.flatMap((setting) => ['-c', setting]);
  return spawn(join(programs, 'postgres'), ['-D', data, ...network, ...own], {
    ...as,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function answers(): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port: Number(port) });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The server has written its port there when it takes connections (PostgreSQL's manual, "pg_ctl"). */
function isReady(): boolean {
  const file = join(data, 'postmaster.pid');
  return existsSync(file) && readFileSync(file, 'utf8').split('\n')[7]?.trim() === 'ready';
}

async function untilReady(server: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_DEADLINE;
  while (!(isReady() && (await answers()))) {
    if (server.exitCode !== null || performance.now() > deadline) throw new Error('PostgreSQL has not started');
    await sleep(20);
  }
}

/** The processes of a server are its children, each in a session of its own (proc(5), `stat`: what is behind the name). */
function childrenOf(parent: number): readonly number[] {
  const isChild = (id: string): boolean => {
    try {
      const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(parent);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isChild(name))
    .map(Number);
}

/** None of its processes does anything more: the first is stopped, so that it starts no others while these are looked for. */
function killAll(server: ChildProcess): void {
  const { pid } = server;
  if (pid === undefined) return;
  server.kill('SIGSTOP');
  for (const child of childrenOf(pid)) process.kill(child, 'SIGKILL');
  server.kill('SIGKILL');
}

const ENDS: Readonly<Record<string, (server: ChildProcess) => void>> = {
  // Fast shutdown: connections are ended, what they have not committed is undone.
  stop: (server) => server.kill('SIGINT'),
  kill: killAll,
};

async function end(server: ChildProcess, how: (server: ChildProcess) => void): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  how(server);
  await gone;
}

/** A server that was killed has left its piece of shared memory (the manual's "postmaster.pid": line 7, its key and id). */
function freeSharedMemory(): void {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const [, id] = (readFileSync(file, 'utf8').split('\n')[6] ?? '').trim().split(/\s+/);
  if (id !== undefined) spawnSync('ipcrm', ['--shmem-id', id], as);
}

// Whatever ends a run of tests from a terminal reaches this process, too; it ends when its input does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

try {
  initialise();
  let server = startServer();
  await untilReady(server);
  process.stdout.write('done\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const ending = ENDS[line];
    if (ending === undefined) {
      server = startServer();
      await untilReady(server);
    } else await end(server, ending);
    process.stdout.write('done\n');
  }
  // Immediate shutdown: what is in the cluster is thrown away.
  await end(server, (running) => running.kill('SIGQUIT'));
  freeSharedMemory();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
