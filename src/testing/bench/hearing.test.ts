import { describe, expect, it } from 'vitest';
import type { ArrivedPacket } from '../phone/timings.ts';
import { findDisorder } from './hearing.ts';

/** Packets of 160 samples with these timestamps, 20 ms apart. */
const packets = (timestamps: readonly number[]): ArrivedPacket[] =>
  timestamps.map((timestamp, index) => ({ at: index * 20, audible: true, timestamp, length: 160 }));

describe('the order of packets', () => {
  it.each([
    ['none', []],
    ['one', [7]],
    ['some', [0, 160, 320]],
    ['some around the wrap of timestamps', [2 ** 32 - 160, 0, 160]],
  ])('is right with %s', (_, timestamps) => {
    expect(findDisorder(packets(timestamps), 1_000)).toBeUndefined();
  });

  it.each([
    ['one is missing', [0, 160, 480]],
    ['one comes twice', [0, 160, 160]],
    ['two are exchanged', [0, 320, 160]],
    ['the numbering begins anew', [160, 320, 0]],
  ])('is wrong when %s', (_, timestamps) => {
    expect(findDisorder(packets(timestamps), 1_000)).toMatch(/^Packet [12] /);
  });

  it('does not matter after the time that is looked at', () => {
    expect(findDisorder(packets([0, 160, 160]), 20)).toBeUndefined();
  });
});
