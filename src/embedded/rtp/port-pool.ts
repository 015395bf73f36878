import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Clock } from '../clock.ts';

export interface PortPoolOptions {
  /** The literal address to bind to. */
  readonly host: string;
  /** RTP takes the even ports of this range and RTCP the odd one after each (RFC 3550 §11): half as many calls as ports. */
  readonly portMin: number;
  readonly portMax: number;
  /** How long a released port stays bound and its packets are thrown away, in milliseconds. */
  readonly drain: number;
  readonly clock: Clock;
}

/** A bound pair of ports. Whoever has it must release it. */
export interface RtpPort {
  /** The even one. */
  readonly port: number;
  readonly socket: Socket;
  /** The socket of the odd one after it. */
  readonly rtcp: Socket;
  /**
   * Gives the pair back: what still arrives is thrown away for the drain time, so that the next caller hears nothing
   * of the last one. Calling it again does nothing.
   */
  release(): void;
}

/** Hands out pairs of ports for RTP and RTCP. The order is random, because a port that can be guessed can be aimed at. */
export class PortPool {
  readonly #options: PortPoolOptions;
  /** The even ports of pairs that nobody has, the longest unused first. */
  readonly #free: number[] = [];
  readonly #bound = new Set<number>();
  readonly #draining = new Set<() => void>();
  #closed = false;

  constructor(options: PortPoolOptions) {
    this.#options = options;
    for (let port = options.portMin + (options.portMin % 2); port + 1 <= options.portMax; port += 2) {
      this.#free.push(port);
    }
    for (let at = this.#free.length - 1; at > 0; at--) {
      const other = randomInt(at + 1);
      const swapped = this.#free[at] as number;
      this.#free[at] = this.#free[other] as number;
      this.#free[other] = swapped;
    }
  }

  /** Pairs that are bound now, those that drain included. */
  get bound(): number {
    return this.#bound.size;
  }

  /** Pairs that drain now. */
  get draining(): number {
    return this.#draining.size;
  }

  /** Binds a pair; resolves with `undefined` when none of the range can be had, and after `close`. */
  async lease(): Promise<RtpPort | undefined> {
    for (let tries = this.#free.length; tries > 0 && !this.#closed; tries--) {
      const port = this.#free.shift();
      if (port === undefined) return undefined;
      const { host } = this.#options;
      const [socket, rtcp] = await Promise.all([bind(port, host), bind(port + 1, host)]);
      if (typeof socket === 'object' && typeof rtcp === 'object' && !this.#closed) {
        this.#bound.add(port);
        return this.#port(port, socket, rtcp);
      }
      // Taken by another program: it goes to the end of the queue and may be free later.
      this.#free.push(port);
      for (const each of [socket, rtcp]) if (typeof each === 'object') each.close();
      // Where no socket can be had at all, trying every port would only take long.
      if (socket === 'refused' || rtcp === 'refused') return undefined;
    }
    return undefined;
  }

  /** Closes the ports that drain, and lets no more be taken; ports that are still leased close when released. */
  close(): void {
    this.#closed = true;
    for (const finish of [...this.#draining]) finish();
  }

  #port(port: number, socket: Socket, rtcp: Socket): RtpPort {
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      for (const each of [socket, rtcp]) {
        each.removeAllListeners('message');
        each.on('message', () => {});
      }
      const finish = () => {
        cancel();
        if (!this.#draining.delete(finish)) return;
        this.#bound.delete(port);
        socket.close();
        rtcp.close();
        this.#free.push(port);
      };
      const cancel = this.#options.clock.after(this.#options.drain, () => finish());
      this.#draining.add(finish);
      if (this.#closed) finish();
    };
    return { port, socket, rtcp, release };
  }
}

/** Whether the system lets sockets be bound to this literal address. */
export async function canBindTo(host: string): Promise<boolean> {
  const socket = await bind(0, host);
  if (typeof socket === 'object') socket.close();
  return socket !== 'refused';
}

/** Resolves with the socket, or with what stands against it: the port is taken, or the system refuses for another reason. */
function bind(port: number, host: string): Promise<Socket | 'taken' | 'refused'> {
  return new Promise((resolve) => {
    const family = isIPv6(host) ? 6 : 4;
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      ipv6Only: family === 6,
      // Addresses are literals; the default look-up would cost a turn of the event loop for every packet.
      lookup: (address, _options, callback) => callback(null, address, family),
    });
    // ICMP errors that come back for packets of ours are no concern: media that stays away ends the call.
    socket.on('error', (error) => {
      if (bound) return;
      socket.close();
      resolve('code' in error && error.code === 'EADDRINUSE' ? 'taken' : 'refused');
    });
    let bound = false;
    socket.bind({ port, address: host, exclusive: true }, () => {
      bound = true;
      resolve(socket);
    });
  });
}
