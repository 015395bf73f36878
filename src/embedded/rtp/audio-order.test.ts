import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { AudioOrder } from './audio-order.ts';
import { g711Levels } from './g711.ts';

let told: string[];
let order: AudioOrder;

/** Tells pieces by their first byte. */
beforeEach(() => {
  told = [];
  order = new AudioOrder({
    take: (codes, start, end) => told.push(end > start ? `${codes[start]}` : 'empty'),
    lose: (samples) => told.push(`lost ${samples}`),
    pause: (samples) => told.push(`pause ${samples}`),
    reset: () => told.push('reset'),
  });
});

interface Packet {
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly samples: number;
  readonly audio: boolean;
}

/** The packet with this number in a stream of 20 ms packets that wraps round soon. */
function packet(number: number, change: Partial<Packet> = {}): void {
  const one = { sequence: 65_534 + number, timestamp: 0xffff_ff00 + 160 * number, ssrc: 1, samples: 160, audio: true };
  const { sequence, timestamp, ssrc, samples, audio } = { ...one, ...change };
  const datagram = new Uint8Array(12 + samples).fill(number);
  order.receive(
    datagram,
    {
      sequence: sequence & 0xffff,
      timestamp: timestamp >>> 0,
      ssrc,
      payloadStart: 12,
      payloadEnd: datagram.length,
    },
    audio ? g711Levels.PCMU : undefined,
  );
}

const send = (...numbers: readonly number[]) => {
  for (const number of numbers) packet(number);
};

describe('the order of audio', () => {
  it('hands on what comes in order at once', () => {
    send(0, 1, 2, 3);
    expect(told).toEqual(['reset', '0', '1', '2', '3']);
  });

  it('waits for what was overtaken', () => {
    send(0, 2, 3);
    expect(told).toEqual(['reset', '0']);
    send(1, 4);
    expect(told).toEqual(['reset', '0', '1', '2', '3', '4']);
  });

  it('gives up what does not come, and knows how long it was', () => {
    send(0, 2, 3, 4);
    expect(told).toEqual(['reset', '0']);
    send(5);
    expect(told).toEqual(['reset', '0', 'lost 160', '2', '3', '4', '5']);
    send(8, 9, 10, 12);
    expect(told.slice(7)).toEqual(['lost 320', '8', '9', '10']);
  });

  it('drops copies and what comes too late', () => {
    send(0, 0, 1, 1, 3, 3, 4, 5, 6, 2, 7);
    expect(told).toEqual(['reset', '0', '1', 'lost 160', '3', '4', '5', '6', '7']);
  });

  it('takes a jump of the timestamp without a loss for a pause of the sender', () => {
    send(0);
    packet(1, { timestamp: 0xffff_ff00 + 1_600 });
    expect(told).toEqual(['reset', '0', 'pause 1440', '1']);
  });

  it('keeps the place of packets without audio', () => {
    send(0);
    packet(1, { audio: false, samples: 4, timestamp: 5 });
    packet(2, { timestamp: 0xffff_ff00 + 160 });
    expect(told).toEqual(['reset', '0', '2']);
  });

  it('begins anew with another source, and with a sender that begins anew', () => {
    send(0, 1);
    packet(2, { ssrc: 2, sequence: 9, timestamp: 9 });
    packet(3, { ssrc: 2, sequence: 40_000, timestamp: 0 });
    packet(4, { ssrc: 2, sequence: 40_001, timestamp: 0xf000_0000 });
    expect(told).toEqual(['reset', '0', '1', 'reset', '2', 'reset', '3', 'reset', '4']);
  });

  it('follows a sender that counts its samples wrongly', () => {
    send(0);
    packet(1, { timestamp: 0xffff_ff00 + 80 });
    expect(told).toEqual(['reset', '0', '1']);
  });

  it('hands on each piece at most once and in order, whatever happens to the packets', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 6 }), { maxLength: 80 }), (steps) => {
        told.length = 0;
        let at = 10;
        for (const step of steps) {
          at = Math.max(0, at + step);
          packet(at, { sequence: at, timestamp: 160 * at, ssrc: 99 });
        }
        const pieces = told.filter((what) => /^\d+$/.test(what)).map(Number);
        expect(pieces).toEqual([...new Set(pieces)].sort((a, b) => a - b));
        const missed = told.filter((what) => what.startsWith('lost')).length;
        expect(missed).toBeLessThanOrEqual(pieces.length);
      }),
    );
  });
});
