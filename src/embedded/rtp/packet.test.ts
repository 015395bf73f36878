import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyPacket, readPacket, writeChangingHeader, writeFixedHeader } from './packet.ts';

const header = [0x80, 0x65, 0xab, 0xcd, 0xff, 0xfe, 0xfd, 0xfc, 0x80, 0, 0, 1];
const read = (...bytes: number[]) => {
  const packet = emptyPacket();
  const fault = readPacket(Uint8Array.from(bytes), packet);
  return fault ?? packet;
};
const withFirst = (first: number) => [first, ...header.slice(1)];

describe('reading RTP packets', () => {
  it('reads the fields in network order, unsigned', () => {
    expect(read(...header, 1, 2, 3)).toEqual({
      payloadType: 101,
      marker: false,
      sequence: 0xabcd,
      timestamp: 0xfffefdfc,
      ssrc: 0x80000001,
      payloadStart: 12,
      payloadEnd: 15,
    });
    expect(read(0x80, 0x80, ...header.slice(2))).toMatchObject({ payloadType: 0, marker: true, payloadEnd: 12 });
  });

  it('passes over sources and an extension, and leaves padding out', () => {
    expect(read(...withFirst(0x82), ...Array(8).fill(9), 1)).toMatchObject({ payloadStart: 20, payloadEnd: 21 });
    expect(read(...withFirst(0x91), 9, 9, 9, 9, 0, 0, 0, 1, 9, 9, 9, 9, 7)).toMatchObject({
      payloadStart: 24,
      payloadEnd: 25,
    });
    expect(read(...withFirst(0xa0), 5, 0, 2)).toMatchObject({ payloadStart: 12, payloadEnd: 13 });
  });

  it.each([
    ['short', header.slice(0, 11)],
    ['short', withFirst(0x8f)],
    ['version', withFirst(0x40)],
    ['version', withFirst(0x00)],
    ['extension', [...withFirst(0x90), 0, 0]],
    ['extension', [...withFirst(0x90), 0, 0, 0xff, 0xff, 1, 2]],
    ['padding', [...withFirst(0xa0), 5, 0]],
    ['padding', [...withFirst(0xa0), 5, 3]],
    ['padding', [...withFirst(0xb0), 0, 0, 0, 0, 1, 4]],
    ['rtcp', [0x80, 200, ...header.slice(2)]],
    ['rtcp', [0x81, 201, ...header.slice(2)]],
  ])('refuses a packet because of: %s', (fault, bytes) => {
    expect(read(...bytes)).toBe(fault);
  });

  it('reads back what is written, and never throws or leaves the datagram', () => {
    fc.assert(
      fc.property(fc.nat(127), fc.boolean(), fc.nat(0xffff), fc.nat(0xffffffff), fc.nat(0xffffffff), (...fields) => {
        const [payloadType, marker, sequence, timestamp, ssrc] = fields;
        fc.pre(!marker || payloadType < 64 || payloadType > 95);
        const bytes = new Uint8Array(12);
        writeFixedHeader(bytes, ssrc);
        writeChangingHeader(bytes, payloadType, marker, sequence, timestamp);
        expect(read(...bytes)).toMatchObject({ payloadType, marker, sequence, timestamp, ssrc });
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const packet = emptyPacket();
        if (readPacket(bytes, packet) !== undefined) return;
        expect(packet.payloadStart).toBeGreaterThanOrEqual(12);
        expect(packet.payloadEnd).toBeGreaterThanOrEqual(packet.payloadStart);
        expect(packet.payloadEnd).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 3_000 },
    );
  });
});
