import { describe, expect, it } from 'vitest';
import { emptyPacket } from './packet.ts';
import { mostSources, Reception, reportBlockBytes } from './reception.ts';

interface Block {
  readonly ssrc: number;
  readonly fraction: number;
  readonly lost: number;
  readonly highest: number;
  readonly jitter: number;
  readonly lastReport: number;
  readonly delay: number;
}

function reports(reception: Reception, now = 0): Block[] {
  const view = new DataView(new ArrayBuffer(mostSources * reportBlockBytes));
  const count = reception.writeReports(view, 0, now);
  return Array.from({ length: count }, (_, index) => {
    const at = index * reportBlockBytes;
    return {
      ssrc: view.getUint32(at),
      fraction: view.getUint8(at + 4),
      lost: (view.getUint32(at + 4) << 8) >> 8,
      highest: view.getUint32(at + 8),
      jitter: view.getUint32(at + 12),
      lastReport: view.getUint32(at + 16),
      delay: view.getUint32(at + 20),
    };
  });
}

/** Packets with these sequence numbers, each 20 ms after the one before in both clocks, and so much late. */
function receive(
  reception: Reception,
  sequences: readonly number[],
  { ssrc = 1, late = () => 0 }: { readonly ssrc?: number; readonly late?: (sequence: number) => number } = {},
): void {
  for (const sequence of sequences) {
    const packet = { ...emptyPacket(), sequence: sequence & 0xffff, timestamp: (160 * sequence) >>> 0, ssrc };
    reception.receive(packet, 20 * sequence + late(sequence), true);
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('what arrives', () => {
  it('is counted against what was sent, in all and since the last report', () => {
    const reception = new Reception();
    receive(reception, [...range(1, 50), ...range(76, 100)]);
    expect(reports(reception)).toMatchObject([{ ssrc: 1, fraction: 64, lost: 25, highest: 100 }]);
    receive(reception, range(101, 200));
    expect(reports(reception)).toMatchObject([{ fraction: 0, lost: 25, highest: 200 }]);
    expect(reception.facts.lost).toBe(25);
  });

  it('is not lost when it comes late, and copies count against losses', () => {
    const reception = new Reception();
    receive(reception, [10, 12, 11, 13, 13, 14]);
    expect(reports(reception)).toMatchObject([{ fraction: 0, lost: -1, highest: 14 }]);
    expect(reception.facts.lost).toBe(0);
  });

  it('goes round with the sequence number', () => {
    const reception = new Reception();
    receive(reception, range(65_530, 65_545));
    expect(reports(reception)).toMatchObject([{ lost: 0, highest: 65_545 }]);
  });

  it('begins anew at the second packet in a row from elsewhere, and not at the first', () => {
    const reception = new Reception();
    receive(reception, [...range(1, 20), 40_000, ...range(21, 30)]);
    expect(reports(reception)).toMatchObject([{ lost: 0, highest: 30 }]);
    receive(reception, range(50_001, 50_010));
    expect(reports(reception)).toMatchObject([{ lost: 0, highest: 50_010 }]);
  });

  it('has the jitter of RFC 3550 A.8', () => {
    const reception = new Reception();
    receive(reception, range(1, 200));
    expect(reception.facts.jitter).toBe(0);
    // Each second packet is 10 ms late: the deviation is 10 ms from one to the next.
    receive(reception, range(201, 600), { late: (sequence) => (sequence % 2 === 0 ? 10 : 0) });
    expect(reception.facts.jitter).toBeCloseTo(10, 1);
    expect(reports(reception)[0]?.jitter).toBeGreaterThanOrEqual(79);
    // A clock that was set is no jitter.
    receive(reception, [601], { late: () => 5_000 });
    expect(reception.facts.jitter).toBeLessThan(10.1);
  });

  it('does not take repeated telephone events for jitter', () => {
    const reception = new Reception();
    receive(reception, range(1, 100));
    for (let sequence = 101; sequence < 150; sequence++) {
      reception.receive({ ...emptyPacket(), sequence, timestamp: 16_000, ssrc: 1 }, 20 * sequence, false);
    }
    expect(reception.facts).toEqual({ lost: 0, jitter: 0 });
  });

  it('is reported of the sources that were heard since, with their last reports', () => {
    const reception = new Reception();
    receive(reception, range(1, 10));
    receive(reception, range(7, 9), { ssrc: 2 });
    reception.reported(2, 0xabcd_1234, 1_000);
    reception.reported(99, 1, 1_000);
    expect(reports(reception, 3_500)).toMatchObject([
      { ssrc: 2, lastReport: 0xabcd_1234, delay: 2.5 * 65_536 },
      { ssrc: 1, lastReport: 0, delay: 0 },
    ]);
    receive(reception, [11]);
    expect(reports(reception, 3_500).map(({ ssrc }) => ssrc)).toEqual([1]);
    expect(reports(reception, 3_500)).toEqual([]);
  });

  it('remembers four sources, and the losses of those that are forgotten', () => {
    const reception = new Reception();
    for (let ssrc = 1; ssrc <= 100; ssrc++) receive(reception, [1, 3], { ssrc });
    expect(reports(reception).map(({ ssrc }) => ssrc)).toEqual([100, 99, 98, 97]);
    expect(reception.facts.lost).toBe(100);
  });
});
