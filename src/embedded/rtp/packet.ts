/** RTP's fixed header, without contributing sources (RFC 3550 §5.1). */
export const rtpHeaderBytes = 12;

/** What was wrong with a datagram that is no usable RTP packet. */
export type RtpFault = 'short' | 'version' | 'padding' | 'extension' | 'rtcp';

/** The parts of an RTP packet. One object is filled again for each packet, so that receiving allocates nothing here. */
export interface RtpPacket {
  payloadType: number;
  marker: boolean;
  /** 16 bits. */
  sequence: number;
  /** 32 bits, unsigned. */
  timestamp: number;
  /** 32 bits, unsigned. */
  ssrc: number;
  /** Where the payload begins in the datagram, after sources and extension. */
  payloadStart: number;
  /** Where it ends, before padding. */
  payloadEnd: number;
}

/** A packet to be filled by {@link readPacket}. */
export function emptyPacket(): RtpPacket {
  return { payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0, payloadStart: 0, payloadEnd: 0 };
}

/** Whether a datagram is a control packet: types 192 to 223 look like marked RTP packets of payload types 64 to 95 (RFC 5761 §4). */
export function isRtcp(datagram: Uint8Array): boolean {
  const type = datagram[1] ?? 0;
  return type >= 192 && type <= 223;
}

/**
 * Checks a datagram as RFC 3550 §5.1 and A.1 say and fills `packet` from it.
 *
 * @returns `undefined` when the packet is good, else what is wrong with it; `packet` is then not to be used.
 */
export function readPacket(datagram: Uint8Array, packet: RtpPacket): RtpFault | undefined {
  const length = datagram.length;
  if (length < rtpHeaderBytes) return 'short';
  const first = datagram[0] as number;
  if (first >> 6 !== 2) return 'version';
  const second = datagram[1] as number;
  if (isRtcp(datagram)) return 'rtcp';
  let start = rtpHeaderBytes + 4 * (first & 0x0f);
  if (first & 0x10) {
    if (start + 4 > length) return 'extension';
    start += 4 + 4 * (((datagram[start + 2] as number) << 8) | (datagram[start + 3] as number));
    if (start > length) return 'extension';
  }
  if (start > length) return 'short';
  let end = length;
  if (first & 0x20) {
    const padding = datagram[length - 1] as number;
    if (padding === 0 || start + padding > length) return 'padding';
    end -= padding;
  }
  packet.marker = (second & 0x80) !== 0;
  packet.payloadType = second & 0x7f;
  packet.sequence = ((datagram[2] as number) << 8) | (datagram[3] as number);
  packet.timestamp = readUint32(datagram, 4);
  packet.ssrc = readUint32(datagram, 8);
  packet.payloadStart = start;
  packet.payloadEnd = end;
  return undefined;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** Writes the parts of the header that change from packet to packet; see {@link writeFixedHeader} for the others. */
export function writeChangingHeader(
  bytes: Uint8Array,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
): void {
  bytes[1] = (marker ? 0x80 : 0) | payloadType;
  bytes[2] = sequence >>> 8;
  bytes[3] = sequence & 0xff;
  bytes[4] = timestamp >>> 24;
  bytes[5] = (timestamp >>> 16) & 0xff;
  bytes[6] = (timestamp >>> 8) & 0xff;
  bytes[7] = timestamp & 0xff;
}

/** Writes what a stream's packets have in common: version 2, no padding, extension or sources, and the SSRC. */
export function writeFixedHeader(bytes: Uint8Array, ssrc: number): void {
  bytes[0] = 0x80;
  bytes[8] = ssrc >>> 24;
  bytes[9] = (ssrc >>> 16) & 0xff;
  bytes[10] = (ssrc >>> 8) & 0xff;
  bytes[11] = ssrc & 0xff;
}
