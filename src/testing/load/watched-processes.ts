import { readdir, readFile, readlink } from 'node:fs/promises';
import { processSeconds } from '../bench/load-meter.ts';
import { readMemory } from '../bench/memory.ts';

/** What some processes together have used and hold. */
export interface ProcessReading {
  readonly at: number;
  readonly cpuSeconds: number;
  /** MiB. */
  readonly resident: number;
  /** MiB of it that are no pages of programs and files. */
  readonly own: number;
  /** Datagrams that the system threw away because a socket of theirs was full (`drops` in /proc/net/udp). */
  readonly drops: number;
  readonly descriptors: number;
}

/** Inodes of the sockets that a process has open. */
async function socketsOf(pid: number): Promise<{ readonly inodes: ReadonlySet<string>; readonly descriptors: number }> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  const inodes = links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
  return { inodes: new Set(inodes), descriptors: names.length };
}

async function tableOf(name: 'tcp' | 'tcp6' | 'udp' | 'udp6'): Promise<readonly (readonly string[])[]> {
  const text = await readFile(`/proc/net/${name}`, 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
}

/** Reads what processes hold and have used; a process that is gone counts for nothing. Linux only. */
export async function readProcesses(pids: readonly number[]): Promise<ProcessReading> {
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)));
  const at = performance.now();
  const memories = await Promise.all(pids.map((pid) => readMemory(pid)));
  const sockets = await Promise.all(pids.map(socketsOf));
  const rows = [...(await tableOf('udp')), ...(await tableOf('udp6'))];
  // proc(5): the inode is the tenth field, the number of drops the last one.
  const ownSockets = rows.filter(([, , , , , , , , , inode = '']) => sockets.some(({ inodes }) => inodes.has(inode)));
  return {
    at,
    cpuSeconds: stats.reduce((sum, stat) => sum + (stat === undefined ? 0 : processSeconds(stat)), 0),
    resident: memories.reduce((sum, memory) => sum + (memory?.resident ?? 0), 0),
    own: memories.reduce((sum, memory) => sum + (memory?.own ?? 0), 0),
    drops: ownSockets.reduce((sum, row) => sum + Number(row.at(-1)), 0),
    descriptors: sockets.reduce((sum, { descriptors }) => sum + descriptors, 0),
  };
}

/** The process that listens on a TCP port of this machine; undefined when there is none, or it may not be looked at. */
export async function processListeningOn(port: number): Promise<number | undefined> {
  const LISTEN = '0A';
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = [...(await tableOf('tcp')), ...(await tableOf('tcp6'))];
  const inodes = rows.flatMap(([, local = '', , state, , , , , , inode = '']) =>
    state === LISTEN && local.endsWith(`:${wanted}`) ? inode : [],
  );
  const names = await readdir('/proc');
  for (const pid of names.filter((name) => /^\d+$/.test(name)).map(Number)) {
    const { inodes: own } = await socketsOf(pid);
    if (inodes.some((inode) => own.has(inode))) return pid;
  }
  return undefined;
}
