import type { Socket } from 'node:net';
import { connect, createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import type { Cancel, Clock } from '../clock.ts';
import type { TlsCredentials } from './tls-credentials.ts';
import type { TlsIdentity } from './tls-identity.ts';

export interface TlsCounters {
  /** Connections on which TLS was agreed, those of ours included. */
  secured: number;
  /** Those on which it was not: plain text, an old version, no certificate where one is asked for, too slow. */
  failed: number;
}

interface Handshake {
  readonly onSecured: (socket: TLSSocket) => void;
  readonly cancel: Cancel;
}

/** Node has a limit of its own; it is by the real clock, and ours comes first. */
const lastResort = 120_000;

/** TLS for the connections of one transport, both those that peers make and those that we make (RFC 3261 §26.3.1). */
export class TlsSecurity {
  readonly counters: TlsCounters = { secured: 0, failed: 0 };
  readonly #credentials: TlsCredentials;
  readonly #clock: Clock;
  readonly #patience: number;
  readonly #server: Server;
  readonly #handshakes = new Map<string, Handshake>();

  /** @param patience milliseconds within which TLS is to be agreed on a connection that a peer has made. */
  constructor(credentials: TlsCredentials, clock: Clock, patience: number) {
    this.#credentials = credentials;
    this.#clock = clock;
    this.#patience = patience;
    const { current } = credentials;
    const asks = current.authorities !== undefined;
    this.#server = createServer({
      ...contextOf(current),
      requestCert: asks,
      rejectUnauthorized: asks,
      handshakeTimeout: lastResort,
    });
    this.#server.on('secureConnection', (socket) => this.#onSecured(socket));
    // The socket is destroyed by Node then, and its end is what is looked at here.
    this.#server.on('tlsClientError', () => {});
    credentials.onChange((identity) => this.#server.setSecureContext(contextOf(identity)));
  }

  /** Handshakes that are not over. */
  get pending(): number {
    return this.#handshakes.size;
  }

  /** Agrees on TLS with a peer that has connected; calls back unless the connection ends before. */
  accept(raw: Socket, onSecured: (socket: TLSSocket) => void): void {
    const key = keyOf(raw);
    const cancel = this.#clock.after(this.#patience, () => raw.destroy());
    this.#handshakes.set(key, { onSecured, cancel });
    raw.on('error', () => {});
    raw.once('close', () => {
      cancel();
      if (this.#handshakes.delete(key)) this.counters.failed++;
    });
    this.#server.emit('connection', raw);
  }

  /**
   * Connects to a peer. Its certificate must come from an authority that is trusted; for which name it was issued is not
   * asked, for here only an address is known.
   */
  connect(to: { readonly host: string; readonly port: number; readonly localAddress?: string }): TLSSocket {
    const socket = connect({
      ...contextOf(this.#credentials.current),
      ...to,
      rejectUnauthorized: true,
      checkServerIdentity: () => undefined,
    });
    socket.once('secureConnect', () => {
      this.counters.secured++;
    });
    return socket;
  }

  #onSecured(socket: TLSSocket): void {
    const key = keyOf(socket);
    const handshake = this.#handshakes.get(key);
    if (handshake === undefined) {
      socket.destroy();
      return;
    }
    this.#handshakes.delete(key);
    handshake.cancel();
    // A peer that asks for new keys again and again would have us calculate for nothing.
    socket.disableRenegotiation();
    this.counters.secured++;
    handshake.onSecured(socket);
  }
}

function contextOf({ cert, key, authorities }: TlsIdentity): SecureContextOptions {
  // RFC 8996 ends the older versions.
  return { cert, key, minVersion: 'TLSv1.2', ...(authorities === undefined ? {} : { ca: authorities }) };
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
