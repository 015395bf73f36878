import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Linux begins there unless it is told otherwise, and other systems not before 49152 (RFC 6335 §6). */
const USUAL_BEGIN = 32_768;
/** Below are ports that well-known programs, and things browsers keep away from, have. */
const FIRST = 12_000;
/** So many ports behind the first one can be asked for. */
const MOST_BEHIND = 16;

/** The first port that the system gives to those who ask for any: thousands of calls of other tests do, at any time. */
function beginOfGivenOut(): number {
  try {
    const begin = Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
    return begin > FIRST + 2 * MOST_BEHIND ? begin : USUAL_BEGIN;
  } catch {
    return USUAL_BEGIN;
  }
}

async function isFree(host: string, port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const server = createServer();
  try {
    socket.bind(port, host);
    await once(socket, 'listening');
    server.listen(port, host);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
    server.close();
  }
}

/**
 * A port that is free now, of UDP and of TCP, for a program that must be told one. It is of those that the system gives
 * to nobody by itself, so that it is still free when the program has started.
 *
 * @param behind which ports behind it have to be free as well, each from 1 to 16. The port is even.
 */
export async function freePort(host = '127.0.0.1', behind: readonly number[] = []): Promise<number> {
  const end = beginOfGivenOut() - MOST_BEHIND;
  for (;;) {
    const port = 2 * randomInt(FIRST / 2, Math.floor(end / 2));
    const free = await Promise.all([0, ...behind].map((offset) => isFree(host, port + offset)));
    if (free.every(Boolean)) return port;
  }
}
