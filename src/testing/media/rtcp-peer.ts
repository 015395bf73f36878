import { createSocket, type Socket } from 'node:dgram';

/** A report block as it came (RFC 3550 §6.4.1). */
export interface HeardBlock {
  readonly ssrc: number;
  /** In 256ths. */
  readonly fractionLost: number;
  readonly lost: number;
  readonly highest: number;
  readonly jitter: number;
  readonly lastReport: number;
  readonly delay: number;
}

/** A compound packet as it came. */
export interface HeardReport {
  readonly bytes: Buffer;
  readonly kind: 'sender' | 'receiver';
  readonly ssrc: number;
  /** Of a sender report: NTP seconds, fraction, RTP timestamp, packets and octets. */
  readonly sender: readonly number[];
  readonly blocks: readonly HeardBlock[];
  readonly name: string;
  readonly bye: boolean;
}

/** Real time after which what should have come has not come. */
const patience = 5_000;

/** Reads a compound packet. Throws for anything that RFC 3550 §6 does not allow. */
export function readReport(bytes: Buffer): HeardReport {
  const packets: { readonly type: number; readonly count: number; readonly body: Buffer }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes.readUInt8(at);
    if (first >> 5 !== 0b100) throw new Error('Wrong version, or padding');
    const end = at + 4 + 4 * bytes.readUInt16BE(at + 2);
    if (end > bytes.length) throw new Error('A packet is longer than the datagram');
    packets.push({ type: bytes.readUInt8(at + 1), count: first & 0x1f, body: bytes.subarray(at + 4, end) });
    at = end;
  }
  const [report, description, bye] = packets;
  if (report === undefined || (report.type !== 200 && report.type !== 201)) throw new Error('No report in front');
  if (description?.type !== 202 || description.body.readUInt8(4) !== 1) throw new Error('No canonical name');
  const kind = report.type === 200 ? 'sender' : 'receiver';
  const start = kind === 'sender' ? 24 : 4;
  return {
    bytes,
    kind,
    ssrc: report.body.readUInt32BE(0),
    sender: kind === 'sender' ? [4, 8, 12, 16, 20].map((at) => report.body.readUInt32BE(at)) : [],
    blocks: Array.from({ length: report.count }, (_, index) => readBlock(report.body, start + 24 * index)),
    name: description.body.toString('latin1', 6, 6 + description.body.readUInt8(5)),
    bye: bye?.type === 203,
  };
}

function readBlock(body: Buffer, at: number): HeardBlock {
  return {
    ssrc: body.readUInt32BE(at),
    fractionLost: body.readUInt8(at + 4),
    lost: body.readIntBE(at + 5, 3),
    highest: body.readUInt32BE(at + 8),
    jitter: body.readUInt32BE(at + 12),
    lastReport: body.readUInt32BE(at + 16),
    delay: body.readUInt32BE(at + 20),
  };
}

/** What a peer reports. */
export interface ReportToSend {
  readonly ssrc: number;
  /** The NTP time of a sender report, 32 bits of seconds and 32 of fraction; without it, it is a receiver report. */
  readonly ntp?: readonly [seconds: number, fraction: number];
  /** A block about this source: 256ths lost, lost in all, jitter. */
  readonly about?: readonly [ssrc: number, fractionLost: number, lost: number, jitter: number];
  readonly bye?: boolean;
}

/** Writes a compound packet with a name. */
export function reportOf({ ssrc, ntp, about, bye = false }: ReportToSend): Buffer {
  const head = (count: number, type: number, body: Buffer) => {
    const bytes = Buffer.alloc(4 + body.length);
    bytes[0] = 0x80 | count;
    bytes[1] = type;
    bytes.writeUInt16BE(body.length / 4, 2);
    body.copy(bytes, 4);
    return bytes;
  };
  const words = (...values: readonly number[]) => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * index);
    return bytes;
  };
  const sender = ntp === undefined ? words() : words(...ntp, 0, 0, 0);
  const [source = 0, fraction = 0, lost = 0, jitter = 0] = about ?? [];
  const block = about === undefined ? words() : words(source, (fraction << 24) | (lost & 0xff_ffff), 0, jitter, 0, 0);
  return Buffer.concat([
    head(about === undefined ? 0 : 1, ntp === undefined ? 201 : 200, Buffer.concat([words(ssrc), sender, block])),
    head(1, 202, Buffer.concat([words(ssrc), Buffer.from([1, 4]), Buffer.from('peer'), Buffer.alloc(2)])),
    ...(bye ? [head(1, 203, words(ssrc))] : []),
  ]);
}

/** The control side of a phone's media as a UDP socket: notes the reports that come, with nothing of the product's code. */
export class RtcpPeer {
  readonly #socket: Socket;
  readonly heard: HeardReport[] = [];
  readonly #waiters: { readonly count: number; readonly resolve: () => void }[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes) => {
      this.heard.push(readReport(bytes));
      for (const waiter of this.#waiters.filter(({ count }) => count <= this.heard.length)) waiter.resolve();
    });
  }

  /** Rejects when the port is taken. */
  static async start(port: number, host = '127.0.0.1'): Promise<RtcpPeer> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => socket.once('error', reject).bind(port, host, resolve));
    return new RtcpPeer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Waits until so many reports have come in all. Rejects after 5 s. */
  has(count: number): Promise<void> {
    if (this.heard.length >= count) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.heard.length} of ${count} reports came`)), patience);
      this.#waiters.push({
        count,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
    });
  }

  sendBytes(port: number, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#socket.send(bytes, port, '127.0.0.1', () => resolve()));
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}
