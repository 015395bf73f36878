/**
 * Keeps a throw-away cluster of PostgreSQL for as long as whoever started it lives: when its standard input ends, the
 * cluster is stopped and all of it removed. A process of its own, so that a run of tests that is killed leaves nothing.
 * Says `ready` when the cluster can be used. Arguments: the folder of the programs, the folder to use, the port, and
 * settings for the server.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [programs = '', folder = '', port = '', ...settings] = process.argv.slice(2);
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

function initialise(): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid);
  const options = ['--no-sync', '--encoding=UTF8', '--locale=C.UTF-8', '--auth=trust', '--username=test'];
  const made = spawnSync(join(programs, 'initdb'), [...options, '-D', data], { ...as, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb has failed: ${made.stderr}`);
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

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  // Immediate shutdown: what is in the cluster is thrown away.
  server.kill('SIGQUIT');
  await gone;
}

// Whatever ends a run of tests from a terminal reaches this process, too; it ends when its input does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

try {
  initialise();
  let server = startServer();
  await untilReady(server);
  process.stdout.write('ready\n');
  for await (const chunk of process.stdin) {
    // One letter restarts the server, as a failure or an operator does: `r` for an ordered restart, `k` for a crash.
    for (const letter of String(chunk).trim()) {
      const gone = once(server, 'exit');
      server.kill(letter === 'k' ? 'SIGQUIT' : 'SIGINT');
      await gone;
      if (letter === 's') continue;
      server = startServer();
      await untilReady(server);
      process.stdout.write('ready\n');
    }
  }
  await stop(server);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
