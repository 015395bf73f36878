import { createConnection, createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { type ConnectionCounts, ConnectionPlaces, defaultCounts } from './connection-places.ts';
import { defaultLimits, type MessageLimits } from './limits.ts';
import { LocalAddresses } from './local-addresses.ts';
import type { StreamFlaw } from './stream-framer.ts';
import { type ConnectionBounds, defaultBounds, TcpConnection } from './tcp-connection.ts';
import type { TlsCredentials } from './tls-credentials.ts';
import { type TlsCounters, TlsSecurity } from './tls-security.ts';
import type { SocketAddress, Transport, TransportHandlers } from './transport.ts';

export interface TcpTransportOptions {
  /** A literal address; "0.0.0.0" and "::" mean all of the family. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Said to peers that are neither private nor local instead of our own address (NAT). */
  readonly advertisedAddress?: string | undefined;
  readonly clock: Clock;
  /** Shared between transports; read anew unless given. */
  readonly addresses?: LocalAddresses | undefined;
  readonly limits?: MessageLimits | undefined;
  readonly bounds?: Partial<ConnectionBounds> | undefined;
  readonly counts?: Partial<ConnectionCounts> | undefined;
  /** Whether somebody at this address may be expected to call. Default: everybody. */
  readonly isExpected?: ((address: string) => boolean) | undefined;
  /** With them it is SIP over TLS. */
  readonly credentials?: TlsCredentials | undefined;
}

/** What came of connections, since the start. */
export interface TcpCounters {
  /** Connections that peers have made. */
  accepted: number;
  /** Connections that were not taken, because there were too many. */
  turnedAway: number;
  /** Connections without TLS that began with a greeting of TLS. */
  tlsOnPlainPort: number;
}

/** Handshakes cost some milliseconds of the thread that all signalling is on. */
const tlsPace = { perSecond: 50, burst: 200 };

/**
 * SIP over TCP, and over TLS on top of it (RFC 3261 §18, §26.2). What is sent to a peer goes over the connection that there is with it, whichever side
 * opened it; else one is opened. Peers are told apart by address and port, so a response finds the connection on which
 * its request came, and so does a request to where the peer's own messages come from.
 */
export class TcpTransport implements Transport {
  readonly protocol: 'TCP' | 'TLS';
  readonly reliable = true;
  readonly local: SocketAddress;
  readonly counters: TcpCounters = { accepted: 0, turnedAway: 0, tlsOnPlainPort: 0 };
  readonly #options: TcpTransportOptions;
  readonly #server: Server;
  readonly #addresses: LocalAddresses;
  readonly #counts: ConnectionCounts;
  readonly #bounds: ConnectionBounds;
  readonly #all = new Set<TcpConnection>();
  readonly #byPeer = new Map<string, TcpConnection>();
  /** Connections on which TLS is being agreed. */
  readonly #unsecured = new Set<Socket>();
  readonly #places: ConnectionPlaces;
  readonly #security: TlsSecurity | undefined;
  #handlers: TransportHandlers | undefined;
  #closed: Promise<void> | undefined;

  private constructor(options: TcpTransportOptions, server: Server, addresses: LocalAddresses) {
    this.#options = options;
    this.#server = server;
    this.#addresses = addresses;
    const { clock, credentials, isExpected } = options;
    this.protocol = credentials === undefined ? 'TCP' : 'TLS';
    this.#counts = { ...defaultCounts, ...(credentials === undefined ? {} : tlsPace), ...options.counts };
    this.#bounds = { ...defaultBounds, ...options.bounds };
    this.#places = new ConnectionPlaces(this.#counts, clock, isExpected);
    this.#security = credentials && new TlsSecurity(credentials, clock, this.#bounds.connect);
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : options.port;
    this.local = { family: isIPv6(options.host) ? 'IPv6' : 'IPv4', address: options.host, port };
    server.on('connection', (socket) => this.#onConnection(socket));
    // An error after listening concerns one connection that could not be taken.
    server.on('error', (error) => this.#handlers?.onSendError(error, this.local));
  }

  /** Listens. Rejects with the system's error when the address is taken or not ours. */
  static async listen(options: TcpTransportOptions): Promise<TcpTransport> {
    const { host, port, clock } = options;
    const addresses = options.addresses ?? (await LocalAddresses.create(() => clock.monotonic()));
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, ipv6Only: true }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return new TcpTransport(options, server, addresses);
  }

  /** Connections at the moment, those that are being opened included. */
  get connections(): number {
    return this.#all.size + this.#unsecured.size;
  }

  /** What came of TLS; `undefined` without it. */
  get tlsCounters(): Readonly<TlsCounters> | undefined {
    return this.#security?.counters;
  }

  addressToward(remote: SocketAddress): SocketAddress {
    return this.#addresses.ownToward(remote, this.local, this.#options.advertisedAddress);
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
  }

  send(bytes: Buffer, remote: SocketAddress, connectTo: SocketAddress = remote): void {
    if (this.#closed !== undefined) return;
    const there = this.#open(remote) ?? this.#open(connectTo);
    if (there !== undefined) there.send(bytes);
    else this.#connect(connectTo)?.send(bytes);
  }

  hasConnection(remote: SocketAddress): boolean {
    return this.#open(remote) !== undefined;
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const all = [...this.#all];
    for (const connection of [...all, ...this.#unsecured]) connection.destroy();
    await Promise.all(all.map((connection) => connection.closed));
    await stopped;
  }

  #open(remote: SocketAddress): TcpConnection | undefined {
    const connection = this.#byPeer.get(peerKey(remote));
    return connection?.open === true ? connection : undefined;
  }

  #onConnection(socket: Socket): void {
    const { remoteAddress: address, remotePort: port } = socket;
    if (this.#closed !== undefined || address === undefined || port === undefined) {
      socket.destroy();
      return;
    }
    const remote: SocketAddress = { family: this.local.family, address, port };
    const giveBack = this.connections < this.#counts.total ? this.#places.take(address) : undefined;
    if (giveBack === undefined) {
      this.counters.turnedAway++;
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.counters.accepted++;
    socket.once('close', giveBack);
    if (this.#security === undefined) {
      this.#add(socket, remote, 'accepted');
      return;
    }
    this.#unsecured.add(socket);
    socket.once('close', () => this.#unsecured.delete(socket));
    this.#security.accept(socket, (secured) => {
      this.#unsecured.delete(socket);
      this.#add(secured, remote, 'accepted');
    });
  }

  #connect(remote: SocketAddress): TcpConnection | undefined {
    if (this.connections >= this.#counts.total) {
      this.#report(new Error('There are too many connections'), remote);
      return undefined;
    }
    const { address } = this.local;
    const isConcrete = address !== '0.0.0.0' && address !== '::';
    try {
      const to = { host: remote.address, port: remote.port, ...(isConcrete ? { localAddress: address } : {}) };
      return this.#add(this.#security?.connect(to) ?? createConnection(to), remote, 'opened');
    } catch (error) {
      this.#report(error instanceof Error ? error : new Error(String(error)), remote);
      return undefined;
    }
  }

  #add(socket: Socket, remote: SocketAddress, side: 'accepted' | 'opened'): TcpConnection {
    const key = peerKey(remote);
    const connection: TcpConnection = new TcpConnection({
      socket,
      remote,
      side,
      clock: this.#options.clock,
      limits: this.#options.limits ?? defaultLimits,
      bounds: this.#bounds,
      onMessage: (bytes, flaw) => this.#onMessage(bytes, remote, flaw),
      onTlsGreeting: () => {
        this.counters.tlsOnPlainPort++;
      },
      onClosed: (error) => {
        this.#all.delete(connection);
        if (this.#byPeer.get(key) === connection) this.#byPeer.delete(key);
        if (error !== undefined && this.#closed === undefined) this.#handlers?.onSendError(error, remote);
      },
    });
    this.#all.add(connection);
    this.#byPeer.set(key, connection);
    return connection;
  }

  #onMessage(bytes: Buffer, remote: SocketAddress, flaw: StreamFlaw | undefined): void {
    const arrival = { transport: this, bytes, remote, local: this.addressToward(remote) };
    this.#handlers?.onMessage(flaw === undefined ? arrival : { ...arrival, flaw });
  }

  /** Never before `send` has returned, as everything else that the network says. */
  #report(error: Error, remote: SocketAddress): void {
    queueMicrotask(() => {
      if (this.#closed === undefined) this.#handlers?.onSendError(error, remote);
    });
  }
}

function peerKey({ address, port }: SocketAddress): string {
  return `${address} ${port}`;
}
