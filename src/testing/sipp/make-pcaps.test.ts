import { describe, expect, it } from 'vitest';
import { type RtpPacket, readRtp } from '../phone/rtp.ts';
import { type Capture, LONGEST_KEYS_MS, makePcaps } from './make-pcaps.ts';

interface Captured extends RtpPacket {
  readonly atMs: number;
}

/** Reads a capture as its format says (pcap, Ethernet, RFC 791, RFC 768), without the writer's help. */
function readCapture(bytes: Buffer): Captured[] {
  expect(bytes.subarray(0, 4).toString('hex')).toBe('d4c3b2a1');
  expect(bytes.readUInt32LE(20)).toBe(1);
  const packets: Captured[] = [];
  for (let at = 24; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8);
    expect(bytes.readUInt32LE(at + 12)).toBe(length);
    const atMs = bytes.readUInt32LE(at) * 1_000 + bytes.readUInt32LE(at + 4) / 1_000;
    const frame = bytes.subarray(at + 16, at + 16 + length);
    expect(frame.readUInt16BE(12)).toBe(0x0800);
    const ip = frame.subarray(14);
    expect(ip[0]).toBe(0x45);
    expect(ip[9]).toBe(17);
    expect(ip.readUInt16BE(2)).toBe(ip.length);
    let sum = 0;
    for (let i = 0; i < 20; i += 2) sum += ip.readUInt16BE(i);
    expect((sum & 0xffff) + (sum >>> 16)).toBe(0xffff);
    const udp = ip.subarray(20);
    expect(udp.readUInt16BE(4)).toBe(udp.length);
    const packet = readRtp(udp.subarray(8));
    if (packet === undefined) throw new Error('not RTP');
    packets.push({ ...packet, atMs });
    at += 16 + length;
  }
  return packets;
}

const CAPTURES: readonly Capture[] = [
  { kind: 'keys', keys: '51234#' },
  { kind: 'silence', ms: 500 },
  { kind: 'keys', keys: '99*' },
];

describe('captures', () => {
  const captures = makePcaps(CAPTURES, 96).map(readCapture);
  const all = captures.flat();

  it('number their packets upwards, from each capture to the next', () => {
    expect(all.map((packet) => packet.sequence)).toEqual(all.map((_, i) => (all[0]?.sequence ?? 0) + i));
    for (const [i, packet] of all.entries()) {
      expect(packet.timestamp).toBeGreaterThanOrEqual(all[i - 1]?.timestamp ?? 0);
    }
    expect(new Set(all.map((packet) => packet.ssrc)).size).toBe(1);
  });

  it('hold the keys, each an event of its own with its last packet three times', () => {
    const keys = captures.map((packets) =>
      packets.filter((packet) => packet.payloadType === 96 && packet.marker).map((packet) => packet.payload[0]),
    );
    expect(keys).toEqual([[5, 1, 2, 3, 4, 11], [], [9, 9, 10]]);
    const nines = captures[2]?.filter((packet) => packet.payload[0] === 9) ?? [];
    expect(new Set(nines.map((packet) => packet.timestamp)).size).toBe(2);
    expect(nines.filter((packet) => ((packet.payload[1] ?? 0) & 0x80) !== 0)).toHaveLength(6);
  });

  it('are paced like a phone', () => {
    const [keys, silence] = captures;
    expect(silence?.map((packet) => packet.atMs)).toEqual(Array.from({ length: 25 }, (_, i) => 20 * i));
    const starts = keys?.filter((packet) => packet.marker).map((packet) => packet.atMs) ?? [];
    expect(starts).toEqual(starts.map((_, i) => 120 * i));
  });

  it('of the longest PIN are over before the shortest pause that follows one', () => {
    const [longest] = makePcaps([{ kind: 'keys', keys: `${'1'.repeat(24)}#` }], 101).map(readCapture);
    expect(longest?.at(-1)?.atMs).toBeLessThan(LONGEST_KEYS_MS);
    expect(LONGEST_KEYS_MS).toBeLessThan(4_000);
  });
});
