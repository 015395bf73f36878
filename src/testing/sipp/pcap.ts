/** A datagram of a capture: when it was sent, in milliseconds from the first one, and what was in it. */
export interface CapturedDatagram {
  readonly atMs: number;
  readonly payload: Uint8Array;
}

const MAGIC = 0xa1b2c3d4;
const LINK_ETHERNET = 1;
const ETHERNET_BYTES = 14;
const IP_BYTES = 20;
const UDP_BYTES = 8;
const ETHERTYPE_IPV4 = 0x0800;
const PROTOCOL_UDP = 17;
const PORT = 4000;
const LOOPBACK = [127, 0, 0, 1];

/**
 * Writes datagrams as a capture file in the classic pcap format, microseconds, Ethernet: the one SIPp plays. Addresses
 * and ports in it mean nothing, because SIPp puts those of the call in their place.
 */
export function writePcap(datagrams: readonly CapturedDatagram[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(LINK_ETHERNET, 20);
  return Buffer.concat([header, ...datagrams.flatMap((datagram) => [recordHeader(datagram), frame(datagram.payload)])]);
}

function recordHeader({ atMs, payload }: CapturedDatagram): Buffer {
  const record = Buffer.alloc(16);
  const microseconds = Math.round(atMs * 1_000);
  const length = ETHERNET_BYTES + IP_BYTES + UDP_BYTES + payload.length;
  record.writeUInt32LE(Math.floor(microseconds / 1_000_000), 0);
  record.writeUInt32LE(microseconds % 1_000_000, 4);
  record.writeUInt32LE(length, 8);
  record.writeUInt32LE(length, 12);
  return record;
}

/** An Ethernet frame with an IPv4 packet (RFC 791) with a UDP datagram (RFC 768). */
function frame(payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(ETHERNET_BYTES + IP_BYTES + UDP_BYTES + payload.length);
  bytes.writeUInt16BE(ETHERTYPE_IPV4, 12);
  const ip = bytes.subarray(ETHERNET_BYTES, ETHERNET_BYTES + IP_BYTES);
  ip[0] = 0x45;
  ip.writeUInt16BE(IP_BYTES + UDP_BYTES + payload.length, 2);
  ip[8] = 64;
  ip[9] = PROTOCOL_UDP;
  ip.set(LOOPBACK, 12);
  ip.set(LOOPBACK, 16);
  ip.writeUInt16BE(internetChecksum(ip), 10);
  const udp = bytes.subarray(ETHERNET_BYTES + IP_BYTES);
  udp.writeUInt16BE(PORT, 0);
  udp.writeUInt16BE(PORT, 2);
  udp.writeUInt16BE(UDP_BYTES + payload.length, 4);
  // A UDP checksum of 0 says that there is none (RFC 768).
  udp.set(payload, UDP_BYTES);
  return bytes;
}

/** The ones' complement of the ones' complement sum of 16-bit words (RFC 1071). */
function internetChecksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
