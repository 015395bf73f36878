/** One RTP packet (RFC 3550 §5.1), as far as a phone looks at it. */
export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  /** 0–65535, one more for each packet sent, wrapping. */
  readonly sequence: number;
  /** 0–2³²−1 in units of 1/8000 s, wrapping. */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 12;
const VERSION = 2;

/** Writes a packet without padding, extension or contributing sources (RFC 3550 §5.1). Numbers are taken modulo their fields. */
export function writeRtp(packet: RtpPacket): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + packet.payload.length);
  bytes[0] = VERSION << 6;
  bytes[1] = (packet.marker ? 0x80 : 0) | (packet.payloadType & 0x7f);
  bytes.writeUInt16BE(packet.sequence & 0xffff, 2);
  bytes.writeUInt32BE(packet.timestamp >>> 0, 4);
  bytes.writeUInt32BE(packet.ssrc >>> 0, 8);
  bytes.set(packet.payload, HEADER_BYTES);
  return bytes;
}

/** Reads a packet (RFC 3550 §5.1, with CSRC list, extension and padding); undefined when the bytes are not RTP version 2. */
export function readRtp(bytes: Buffer): RtpPacket | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const first = bytes.readUInt8(0);
  if (first >> 6 !== VERSION) return undefined;
  const second = bytes.readUInt8(1);
  let start = HEADER_BYTES + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (bytes.length < start + 4) return undefined;
    start += 4 + 4 * bytes.readUInt16BE(start + 2);
  }
  const padding = (first & 0x20) === 0 ? 0 : bytes.readUInt8(bytes.length - 1);
  const end = bytes.length - padding;
  if (end < start) return undefined;
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    payload: new Uint8Array(bytes.subarray(start, end)),
  };
}
