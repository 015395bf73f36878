import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { LocalAddresses } from './local-addresses.ts';
import type { SocketAddress, Transport, TransportHandlers } from './transport.ts';

export interface UdpTransportOptions {
  /** A literal address; "0.0.0.0" and "::" mean all of the family. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Said to peers that are neither private nor local instead of our own address (NAT). */
  readonly advertisedAddress?: string | undefined;
  /** The clock's monotonic time in milliseconds. */
  readonly monotonic: () => number;
  /** Shared between transports; read anew unless given. */
  readonly addresses?: LocalAddresses | undefined;
}

/** Large enough for a burst of INVITEs while the event loop is busy; the system may grant less. */
const receiveBufferBytes = 1_048_576;

/** SIP over UDP (RFC 3261 §18): one datagram, one message. */
export class UdpTransport implements Transport {
  readonly protocol = 'UDP';
  readonly reliable = false;
  readonly local: SocketAddress;
  readonly #socket: Socket;
  readonly #addresses: LocalAddresses;
  readonly #advertisedAddress: string | undefined;
  #handlers: TransportHandlers | undefined;
  #closed: Promise<void> | undefined;

  private constructor(socket: Socket, addresses: LocalAddresses, advertisedAddress: string | undefined) {
    this.#socket = socket;
    this.#addresses = addresses;
    this.#advertisedAddress = advertisedAddress;
    const { address, port } = socket.address();
    this.local = { family: isIPv6(address) ? 'IPv6' : 'IPv4', address, port };
  }

  /** Binds. Rejects with the system's error when the address is taken or not ours. */
  static async bind(options: UdpTransportOptions): Promise<UdpTransport> {
    const addresses = options.addresses ?? (await LocalAddresses.create(options.monotonic));
    const family = isIPv6(options.host) ? 'udp6' : 'udp4';
    const socket = createSocket({ type: family, ipv6Only: family === 'udp6' });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(options.port, options.host, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    try {
      socket.setRecvBufferSize(receiveBufferBytes);
    } catch {
      // Not allowed everywhere; the default size then has to do.
    }
    return new UdpTransport(socket, addresses, options.advertisedAddress);
  }

  addressToward(remote: SocketAddress): SocketAddress {
    return this.#addresses.ownToward(remote, this.local, this.#advertisedAddress);
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#socket.on('message', (bytes: Buffer, info: RemoteInfo) => {
      // A port of 0 can be forged but not be answered.
      if (info.port === 0) return;
      const remote: SocketAddress = { family: info.family, address: info.address, port: info.port };
      handlers.onMessage({ transport: this, bytes, remote, local: this.addressToward(remote) });
    });
    // A socket error after binding concerns one datagram (an ICMP answer, say), never the socket as a whole.
    this.#socket.on('error', (error) => handlers.onSendError(error, this.local));
  }

  send(bytes: Buffer, remote: SocketAddress): void {
    if (this.#closed !== undefined) return;
    const report = (error: Error | null) => {
      if (error !== null && this.#closed === undefined) this.#handlers?.onSendError(error, remote);
    };
    try {
      this.#socket.send(bytes, remote.port, remote.address, report);
    } catch (error) {
      report(error instanceof Error ? error : new Error(String(error)));
    }
  }

  hasConnection(): boolean {
    return false;
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#socket.close(() => resolve()));
    return this.#closed;
  }
}
