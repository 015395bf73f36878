import { mostSources, type Reception, reportBlockBytes } from './reception.ts';

/** What was wrong with a datagram that is no usable RTCP. */
export type RtcpFault = 'short' | 'version' | 'format';

/** What the peer says of our packets in a report block (RFC 3550 §6.4.1). */
export interface PeerReport {
  /** The share of packets lost since its last report, 0 to 255/256. */
  readonly fractionLost: number;
  /** Packets lost in all; below 0 when copies arrived. */
  readonly lost: number;
  /** In timestamp units of 125 µs. */
  readonly jitter: number;
}

/** What is of interest in a compound packet. */
export interface RtcpReport {
  readonly ssrc: number;
  /** The middle 32 bits of the NTP time of a sender report; `undefined` in a receiver report. */
  readonly sentAt: number | undefined;
  /** What it says of our packets, if anything. */
  readonly aboutUs: PeerReport | undefined;
  /** Whether a source said goodbye. */
  readonly bye: boolean;
}

const senderReport = 200;
const receiverReport = 201;
const sourceDescription = 202;
const goodbye = 203;
/** Of those that are in use (RFC 3611): beyond are none that a phone sends. */
const lastType = 207;
const canonicalName = 1;
const senderInfoBytes = 20;
/** Compound packets that peers send are some hundred bytes; nothing longer than a packet of Ethernet is read. */
const longestCompound = 1_500;

/**
 * Reads a compound packet after checking all of it: version 2 and a known type throughout, lengths that add up to the
 * datagram's, reports with all their blocks. RFC 3550 A.2 also asks for a report in front; phones are about that begin
 * with a packet of another type, or send it alone (as RFC 5506 lets those that have agreed on it), and they mean well.
 *
 * @param ours our own SSRC.
 */
export function readCompound(datagram: Uint8Array, ours: number): RtcpReport | RtcpFault {
  const { length } = datagram;
  if (length < 8 || length % 4 !== 0 || length > longestCompound) return 'short';
  const view = new DataView(datagram.buffer, datagram.byteOffset, length);
  if (view.getUint8(0) >> 6 !== 2) return 'version';
  let sentAt: number | undefined;
  let aboutUs: PeerReport | undefined;
  let bye = false;
  for (let at = 0; at < length; at += lengthAt(view, at)) {
    if (!isWhole(view, at)) return 'format';
    const type = view.getUint8(at + 1);
    if (type === senderReport) sentAt = ((view.getUint16(at + 10) << 16) | view.getUint16(at + 12)) >>> 0;
    if (type === senderReport || type === receiverReport) aboutUs ??= findReport(view, at, ours);
    bye ||= type === goodbye;
  }
  return { ssrc: view.getUint32(4), sentAt, aboutUs, bye };
}

/** Whether a packet begins there that ends in the datagram and has room for what it says it has. */
function isWhole(view: DataView, at: number): boolean {
  const first = view.getUint8(at);
  const type = view.getUint8(at + 1);
  if (first >> 6 !== 2 || type < senderReport || type > lastType) return false;
  if (at + lengthAt(view, at) > view.byteLength) return false;
  if (type !== senderReport && type !== receiverReport) return true;
  return lengthAt(view, at) >= blocksAt(view, at) - at + (first & 0x1f) * reportBlockBytes;
}

/** Where the report blocks of the report that begins there are. */
function blocksAt(view: DataView, at: number): number {
  return at + 8 + (view.getUint8(at + 1) === senderReport ? senderInfoBytes : 0);
}

/** The length of the packet that begins there, in bytes: at least 4, so that reading goes on. */
function lengthAt(view: DataView, at: number): number {
  return 4 * (view.getUint16(at + 2) + 1);
}

function findReport(view: DataView, packet: number, ours: number): PeerReport | undefined {
  const blocks = view.getUint8(packet) & 0x1f;
  const start = blocksAt(view, packet);
  for (let at = start; at < start + blocks * reportBlockBytes; at += reportBlockBytes) {
    if (view.getUint32(at) !== ours) continue;
    return {
      fractionLost: view.getUint8(at + 4) / 256,
      lost: (view.getUint32(at + 4) << 8) >> 8,
      jitter: view.getUint32(at + 12),
    };
  }
  return undefined;
}

/** What a sender report says of our stream (RFC 3550 §6.4.1). */
export interface SenderFacts {
  /** The wall clock in milliseconds since 1970. */
  readonly now: number;
  /** What our timestamp would be now. */
  readonly timestamp: number;
  /** Packets and bytes of payload sent so far. */
  readonly packets: number;
  readonly octets: number;
}

export interface OutgoingReport {
  readonly ssrc: number;
  /** `undefined` when nothing was sent lately: it is then a receiver report. */
  readonly sender: SenderFacts | undefined;
  readonly reception: Reception;
  /** Monotonic milliseconds. */
  readonly monotonic: number;
  readonly name: Uint8Array;
  readonly bye: boolean;
}

/** Seconds from 1900, where NTP begins, to 1970. */
const ntpOffset = 2_208_988_800;
/** Room for the longest report that {@link writeCompound} writes with a name of up to 32 bytes. */
export const longestReport = 8 + senderInfoBytes + mostSources * reportBlockBytes + 8 + 2 + 32 + 4 + 8;

/** Writes a compound packet: a report, the name, and at the end a goodbye (RFC 3550 §6.1). Returns its length. */
export function writeCompound(bytes: Uint8Array, report: OutgoingReport): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { ssrc, sender, reception, monotonic } = report;
  view.setUint32(4, ssrc);
  if (sender !== undefined) writeSender(view, sender);
  const start = sender === undefined ? 8 : 8 + senderInfoBytes;
  const blocks = reception.writeReports(view, start, monotonic);
  let end = start + blocks * reportBlockBytes;
  writeHead(view, 0, blocks, sender === undefined ? receiverReport : senderReport, end);
  end += writeName(bytes, view, end, ssrc, report.name);
  if (!report.bye) return end;
  writeHead(view, end, 1, goodbye, 8);
  view.setUint32(end + 4, ssrc);
  return end + 8;
}

function writeHead(view: DataView, at: number, count: number, type: number, length: number): void {
  view.setUint8(at, 0x80 | count);
  view.setUint8(at + 1, type);
  view.setUint16(at + 2, length / 4 - 1);
}

function writeSender(view: DataView, { now, timestamp, packets, octets }: SenderFacts): void {
  const seconds = Math.floor(now / 1_000);
  view.setUint32(8, (seconds + ntpOffset) >>> 0);
  view.setUint32(12, Math.floor((now / 1_000 - seconds) * 2 ** 32) >>> 0);
  view.setUint32(16, timestamp);
  view.setUint32(20, packets >>> 0);
  view.setUint32(24, octets >>> 0);
}

/** A source description with nothing but the canonical name; its items end with one to four zeros (RFC 3550 §6.5). */
function writeName(bytes: Uint8Array, view: DataView, at: number, ssrc: number, name: Uint8Array): number {
  const items = 2 + name.length;
  const length = 8 + 4 * Math.floor(items / 4 + 1);
  writeHead(view, at, 1, sourceDescription, length);
  view.setUint32(at + 4, ssrc);
  bytes.fill(0, at + 8, at + length);
  bytes[at + 8] = canonicalName;
  bytes[at + 9] = name.length;
  bytes.set(name, at + 10);
  return length;
}
