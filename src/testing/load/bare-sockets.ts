/**
 * What it takes this machine to move so many calls' packets at all: sockets of Node, each sending 20 ms of audio to itself
 * and reading it, fifty times a second, and nothing else. Run as a process with the number of calls and the seconds to
 * measure; says in one line how many seconds of CPU a call took in a second. Whatever a media server written in Node
 * does besides comes on top of this.
 */
import { fork } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';
const PACKET = Buffer.alloc(172, 0x55);
const PACKET_MS = 20;
const TURNS = 10;
const WARM_UP_MS = 2_000;

/** Cores that a call's packets take both ways, measured in a process of its own. Rejects when that process fails. */
export async function measureBareSockets(calls: number, seconds: number): Promise<number> {
  const child = fork(import.meta.filename, [String(calls), String(seconds)], { execPath: process.execPath });
  const [cores] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('The process with bare sockets has died');
    }),
  ])) as [number];
  return cores / calls;
}

async function run(calls: number, seconds: number): Promise<number> {
  const sockets: { readonly socket: Socket; readonly port: number }[] = [];
  for (let index = 0; index < calls; index++) {
    const socket = createSocket({ type: 'udp4', lookup: (address, _options, callback) => callback(null, address, 4) });
    const listening = once(socket, 'listening');
    socket.bind(0, HOST);
    await listening;
    socket.on('message', () => undefined);
    sockets.push({ socket, port: socket.address().port });
  }
  let turn = 0;
  let dueAt = performance.now();
  const pace = (): void => {
    for (; dueAt <= performance.now(); dueAt += PACKET_MS / TURNS) {
      for (let index = turn; index < sockets.length; index += TURNS) {
        const placed = sockets[index];
        placed?.socket.send(PACKET, placed.port, HOST);
      }
      turn = (turn + 1) % TURNS;
    }
    setTimeout(pace, Math.max(0, dueAt - performance.now()));
  };
  pace();
  await sleep(WARM_UP_MS);
  const [cpu, at] = [process.cpuUsage(), performance.now()];
  await sleep(1_000 * seconds);
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / 1_000 / (performance.now() - at);
}

if (import.meta.main) {
  const [calls, seconds] = process.argv.slice(2).map(Number);
  process.send?.(await run(calls ?? 1, seconds ?? 1));
  process.exit();
}
