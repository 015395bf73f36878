import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createConnection, createServer, isIPv6, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

/** An IP address, an IPv6 one without brackets, and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export type Transport = 'udp' | 'tcp' | 'tls';

/** How connections are made. */
export interface WireOptions {
  /** For TLS: the authority that the far side's certificate must come from, as PEM; those that Node knows when absent. */
  readonly authority?: string | undefined;
  /** Where everything is sent, whatever address it is for; absent, to that address. */
  readonly through?: Address | undefined;
}

/** An address as it stands in SIP messages: `127.0.0.1:5060`, `[::1]:5060`. */
export function written({ host, port }: Address): string {
  return `${hostText(host)}:${port}`;
}

/** A host as it stands in SIP messages: an IPv6 address in brackets (RFC 3261 §25.1). */
export function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** What carries a phone's messages. */
export interface Wire {
  readonly transport: Transport;
  readonly local: Address;
  /** Sends one message; what cannot be sent is lost, as on a network. */
  send(bytes: Buffer, to: Address): void;
  /** Resolves when no socket is left. */
  close(): Promise<void>;
}

type OnMessage = (bytes: Buffer, from: Address) => void;

/** Opens a wire; port 0 is any free one. Rejects when the port is taken. */
export function openWire(
  transport: Transport,
  local: Address,
  onMessage: OnMessage,
  options: WireOptions = {},
): Promise<Wire> {
  return transport === 'udp' ? openUdp(local, onMessage) : StreamWire.open(transport, local, onMessage, options);
}

async function openUdp({ host, port }: Address, onMessage: OnMessage): Promise<Wire> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  socket.bind(port, host);
  await once(socket, 'listening');
  socket.on('message', (bytes, from) => onMessage(bytes, { host: from.address, port: from.port }));
  socket.on('error', () => undefined);
  return {
    transport: 'udp',
    local: { host, port: socket.address().port },
    send: (bytes, to) => socket.send(bytes, to.port, to.host),
    close: async () => {
      const gone = once(socket, 'close');
      socket.close();
      await gone;
    },
  };
}

/**
 * SIP over TCP or TLS (RFC 3261 §18): a connection with everybody it speaks to, and over TCP a port for who comes back;
 * over TLS nobody can, for a phone has no certificate.
 */
class StreamWire implements Wire {
  readonly transport: 'tcp' | 'tls';
  readonly local: Address;
  readonly #connections = new Map<string, Socket>();
  readonly #onMessage: OnMessage;
  readonly #stop: () => Promise<void>;
  readonly #options: WireOptions;

  private constructor(
    transport: 'tcp' | 'tls',
    local: Address,
    onMessage: OnMessage,
    options: WireOptions,
    stop: () => Promise<void>,
  ) {
    this.transport = transport;
    this.#options = options;
    this.local = local;
    this.#onMessage = onMessage;
    this.#stop = stop;
  }

  static async open(
    transport: 'tcp' | 'tls',
    { host, port }: Address,
    onMessage: OnMessage,
    options: WireOptions,
  ): Promise<StreamWire> {
    const server = createServer();
    server.listen(port, host);
    await once(server, 'listening');
    const bound = server.address();
    const local = { host, port: typeof bound === 'object' && bound !== null ? bound.port : port };
    const stop = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
    const wire = new StreamWire(transport, local, onMessage, options, stop);
    server.on('connection', (socket) => {
      if (transport === 'tls') {
        socket.destroy();
        return;
      }
      wire.#take(socket, { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 });
    });
    return wire;
  }

  send(bytes: Buffer, wanted: Address): void {
    const to = this.#options.through ?? wanted;
    const there = this.#connections.get(written(to));
    (there ?? this.#take(this.#connect(to), to)).write(bytes);
  }

  #connect({ host, port }: Address): Socket {
    const to = { host, port, localAddress: this.local.host };
    if (this.transport === 'tcp') return createConnection(to);
    const { authority } = this.#options;
    return connectSecurely({ ...to, ...(authority === undefined ? {} : { ca: authority }) });
  }

  async close(): Promise<void> {
    const gone = [...this.#connections.values()].map((socket) => once(socket, 'close'));
    for (const socket of this.#connections.values()) socket.destroy();
    await Promise.all([...gone, this.#stop()]);
  }

  #take(socket: Socket, from: Address): Socket {
    const key = written(from);
    this.#connections.set(key, socket);
    let pending: Buffer<ArrayBufferLike> = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (let end = endOfMessage(pending); end !== undefined; end = endOfMessage(pending)) {
        this.#onMessage(pending.subarray(0, end), from);
        pending = pending.subarray(end);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#connections.delete(key));
    return socket;
  }
}

/** Where the first message ends, by its Content-Length (RFC 3261 §18.3); undefined while it is not whole. */
function endOfMessage(bytes: Buffer): number | undefined {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = /^(?:content-length|l)\s*:\s*(\d+)/im.exec(bytes.toString('latin1', 0, head))?.[1];
  const end = head + 4 + Number(length ?? 0);
  return bytes.length < end ? undefined : end;
}
