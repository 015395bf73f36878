import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readReport, reportOf } from '../../testing/media/rtcp-peer.ts';
import { emptyPacket } from './packet.ts';
import { Reception } from './reception.ts';
import { longestReport, readCompound, writeCompound } from './rtcp-packet.ts';

const ours = 0x1234_5678;
const name = Buffer.from('a name');

describe('reading', () => {
  it('finds in a sender report its time and what it says of us', () => {
    const bytes = reportOf({ ssrc: 7, ntp: [0x1111_2222, 0x3333_4444], about: [ours, 64, -3, 80] });
    expect(readCompound(bytes, ours)).toEqual({
      ssrc: 7,
      sentAt: 0x2222_3333,
      aboutUs: { fractionLost: 0.25, lost: -3, jitter: 80 },
      bye: false,
    });
  });

  it('finds in a receiver report nothing of others, and a goodbye', () => {
    const bytes = reportOf({ ssrc: 7, about: [ours + 1, 1, 1, 1], bye: true });
    expect(readCompound(bytes, ours)).toEqual({ ssrc: 7, sentAt: undefined, aboutUs: undefined, bye: true });
  });

  it.each([
    ['an application packet alone', '80cc0003dc71ec6f50494e47504f4e47', false],
    ['a goodbye before the name', '81cb0003dc71ec6f0441646a6f00000081ca0003dc71ec6f01057369703a7800', true],
  ])('takes %s', (_, hex, bye) => {
    const report = { ssrc: 0xdc71_ec6f, sentAt: undefined, aboutUs: undefined, bye };
    expect(readCompound(Buffer.from(hex, 'hex'), ours)).toEqual(report);
  });

  const good = reportOf({ ssrc: 7, about: [ours, 0, 0, 0] });
  const changed = (at: number, value: number) => Buffer.from(good).fill(value, at, at + 1);
  it.each([
    ['nothing', Buffer.alloc(0), 'short'],
    ['half a word too much', Buffer.concat([good, Buffer.alloc(2)]), 'short'],
    ['more than a packet of Ethernet', Buffer.concat([good, Buffer.alloc(1_600)]), 'short'],
    ['version 1', changed(0, 0x41), 'version'],
    ['more blocks than there are', changed(0, 0x9f), 'format'],
    ['a type that is none', changed(1, 199), 'format'],
    ['another such', changed(1, 208), 'format'],
    ['a length beyond the end', changed(3, 200), 'format'],
    ['a second packet of another version', changed(32, 0x41), 'format'],
  ])('refuses %s', (_, bytes, fault) => {
    expect(readCompound(bytes, ours)).toBe(fault);
  });

  it('survives all bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (bytes, at) => {
        const broken = Buffer.from(good);
        if (bytes[0] !== undefined) broken[at % broken.length] = bytes[0];
        const dressed = Buffer.concat([Buffer.from([0x80 | (at & 0x3f), 200 + (at % 4)]), bytes]);
        for (const each of [bytes, broken, dressed])
          expect(['string', 'object']).toContain(typeof readCompound(each, ours));
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('writing', () => {
  it('writes a receiver report with the name', () => {
    const reception = new Reception();
    reception.receive({ ...emptyPacket(), sequence: 5, ssrc: 9 }, 0, true);
    const bytes = Buffer.alloc(longestReport, 0xee);
    const report = { ssrc: ours, sender: undefined, reception, monotonic: 0, name, bye: false };
    const length = writeCompound(bytes, report);
    expect(readReport(bytes.subarray(0, length))).toMatchObject({
      kind: 'receiver',
      ssrc: ours,
      name: 'a name',
      bye: false,
      blocks: [{ ssrc: 9, highest: 5 }],
    });
  });

  it('writes a sender report with the time in both clocks, and a goodbye', () => {
    const bytes = Buffer.alloc(longestReport, 0xee);
    const sender = { now: Date.UTC(2026, 0, 1) + 250, timestamp: 0xffff_fff0, packets: 3, octets: 480 };
    const reception = new Reception();
    const length = writeCompound(bytes, { ssrc: ours, sender, reception, monotonic: 0, name, bye: true });
    const seconds = Date.UTC(2026, 0, 1) / 1_000 - Date.UTC(1900, 0, 1) / 1_000;
    expect(readReport(bytes.subarray(0, length))).toMatchObject({
      kind: 'sender',
      sender: [seconds, 2 ** 30, 0xffff_fff0, 3, 480],
      bye: true,
    });
  });

  it.each([1, 2, 3, 4, 5, 16, 32])('ends the name of %i bytes as RFC 3550 §6.5 asks, within its room', (length) => {
    const reception = new Reception();
    for (const ssrc of [1, 2, 3, 4]) reception.receive({ ...emptyPacket(), ssrc }, 0, true);
    const bytes = Buffer.alloc(longestReport, 0xee);
    const sender = { now: 0, timestamp: 0, packets: 1, octets: 1 };
    const long = Buffer.alloc(length, 'n');
    const end = writeCompound(bytes, { ssrc: ours, sender, reception, monotonic: 0, name: long, bye: true });
    const heard = readReport(bytes.subarray(0, end));
    expect([heard.name.length, heard.blocks.length, heard.bye]).toEqual([length, 4, true]);
    expect(bytes[28 + 96 + 10 + length]).toBe(0);
  });
});
