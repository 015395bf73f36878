import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** A packet as it came. */
export interface HeardPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
  /** When it came, in milliseconds of the machine's monotonic clock. */
  readonly at: number;
}

/** Real time after which what should have come has not come. */
const patience = 5_000;

/** The media of a phone as a UDP socket: notes what comes and sends what it is told, with nothing of the product's code. */
export class RtpPeer {
  readonly #socket: Socket;
  readonly #host: string;
  readonly heard: HeardPacket[] = [];
  readonly #waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  sequence = 100;
  timestamp = 1_000;
  ssrc = 0x1234;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on('message', (bytes) => {
      this.heard.push({
        payloadType: (bytes[1] as number) & 0x7f,
        marker: ((bytes[1] as number) & 0x80) !== 0,
        sequence: bytes.readUInt16BE(2),
        timestamp: bytes.readUInt32BE(4),
        ssrc: bytes.readUInt32BE(8),
        payload: Buffer.from(bytes.subarray(12)),
        at: performance.now(),
      });
      for (const waiter of this.#waiters.filter(({ count }) => count <= this.heard.length)) waiter.resolve();
    });
  }

  /** A peer at an IPv4 or IPv6 address of this host; port 0 is any. Rejects when the port is taken. */
  static async start(host = '127.0.0.1', port = 0): Promise<RtpPeer> {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => socket.once('error', reject).bind(port, host, resolve));
    return new RtpPeer(socket, host);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** An offer of this peer; lines are added to it, and a connection line of theirs replaces its own. */
  offer(lines: readonly string[] = [], payloads = '0 8 101'): string {
    const own = lines.some((line) => line.startsWith('c=')) ? [] : ['c=IN IP4 127.0.0.1'];
    const all = [
      'v=0',
      'o=peer 1 1 IN IP4 127.0.0.1',
      's=-',
      ...own,
      ...lines.filter((line) => line.startsWith('c=')),
      't=0 0',
    ];
    return [
      ...all,
      `m=audio ${this.port} RTP/AVP ${payloads}`,
      'a=rtpmap:101 telephone-event/8000',
      ...lines.filter((line) => !line.startsWith('c=')),
      '',
    ].join('\n');
  }

  /** Waits until so many packets have come in all. Rejects after 5 s. */
  has(count: number): Promise<void> {
    if (this.heard.length >= count) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.heard.length} of ${count} packets came`)), patience);
      this.#waiters.push({
        count,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
    });
  }

  /** Sends bytes as they are. */
  sendBytes(port: number, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) =>
      this.#socket.send(bytes, port, isIPv6(this.#host) ? '::1' : '127.0.0.1', () => resolve()),
    );
  }

  /** Sends one packet. */
  send(port: number, payloadType: number, payload: Uint8Array, marker = false): Promise<void> {
    const bytes = Buffer.alloc(12 + payload.length);
    bytes[0] = 0x80;
    bytes[1] = (marker ? 0x80 : 0) | payloadType;
    bytes.writeUInt16BE(this.sequence++ & 0xffff, 2);
    bytes.writeUInt32BE(this.timestamp, 4);
    bytes.writeUInt32BE(this.ssrc, 8);
    bytes.set(payload, 12);
    return this.sendBytes(port, bytes);
  }

  /** Sends a frame of G.711 audio. */
  async speak(port: number): Promise<void> {
    await this.send(port, 0, Buffer.alloc(160, 0xff));
    this.timestamp += 160;
  }

  /** Presses a key: three updates and three ends. */
  async press(port: number, key: string, payloadType = 101): Promise<void> {
    const code = '0123456789*#ABCD'.indexOf(key);
    for (let packet = 1; packet <= 6; packet++) {
      const duration = 160 * Math.min(packet, 3);
      const end = packet > 3 ? 0x80 : 0;
      await this.send(port, payloadType, Uint8Array.of(code, end | 10, duration >> 8, duration & 0xff), packet === 1);
    }
    this.timestamp += 960;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}
