import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyPacket, readPacket, writeChangingHeader, writeFixedHeader } from './packet.ts';
import { TelephoneEventReceiver } from './telephone-event.ts';

const codes = '0123456789*#ABCD';

interface Sent {
  readonly press: number;
  /** When it was sent, in packets of the stream. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

interface PacketOptions {
  readonly key: string;
  readonly sequence: number;
  readonly timestamp: number;
  readonly duration?: number;
  readonly end?: boolean;
  readonly marker?: boolean;
  readonly ssrc?: number;
}

function eventPacket(options: PacketOptions): Uint8Array {
  const { key, sequence, timestamp, duration = 160, end = false, marker = false, ssrc = 7 } = options;
  const bytes = new Uint8Array(16);
  writeFixedHeader(bytes, ssrc);
  writeChangingHeader(bytes, 101, marker, sequence & 0xffff, timestamp >>> 0);
  bytes[12] = codes.indexOf(key);
  bytes[13] = (end ? 0x80 : 0) | 10;
  bytes[14] = duration >> 8;
  bytes[15] = duration & 0xff;
  return bytes;
}

/** A sender that behaves as RFC 4733 asks: updates each 20 ms, the end three times, segments for long tones. */
class Sender {
  readonly ssrc: number;
  sequence: number;
  timestamp: number;
  #presses = 0;

  constructor({ ssrc = 7, sequence = 65_530, timestamp = 0xffff_f000 } = {}) {
    this.ssrc = ssrc;
    this.sequence = sequence;
    this.timestamp = timestamp;
  }

  press(key: string, updates: number, ends = 3): Sent[] {
    const press = this.#presses++;
    const sent: Sent[] = [];
    let segment = this.timestamp;
    let duration = 0;
    const send = (end: boolean) =>
      sent.push({
        press,
        at: this.sequence,
        bytes: eventPacket({
          key,
          sequence: this.sequence++,
          timestamp: segment,
          duration,
          end,
          marker: sent.length === 0,
          ssrc: this.ssrc,
        }),
      });
    for (let update = 1; update <= updates; update++) {
      duration += 160;
      if (duration > 0xffff) {
        segment += 0xffff;
        duration -= 0xffff;
      }
      send(false);
    }
    for (let end = 0; end < ends; end++) send(true);
    this.timestamp = segment + duration + 400;
    return sent;
  }

  /** Audio between the presses uses up sequence numbers and time. */
  speak(packets: number): void {
    this.sequence += packets;
    this.timestamp += 160 * packets;
  }
}

function keysFrom(packets: readonly Uint8Array[], receiver = new TelephoneEventReceiver(), interval = 20): string {
  const packet = emptyPacket();
  let keys = '';
  let now = 1_000;
  for (const bytes of packets) {
    expect(readPacket(bytes, packet)).toBeUndefined();
    const result = receiver.receive(bytes, packet, now);
    if (typeof result === 'object') keys += result.key;
    now += interval;
  }
  return keys;
}

const bytesOf = (sent: readonly Sent[]) => sent.map(({ bytes }) => bytes);

describe('the receiver of telephone events', () => {
  it('tells every key at its first packet, with what is known of its length', () => {
    const receiver = new TelephoneEventReceiver();
    const packet = emptyPacket();
    const told: unknown[] = [];
    for (const key of codes) {
      const sender = new Sender({ ssrc: codes.indexOf(key) });
      const [first] = sender.press(key, 5);
      readPacket((first as Sent).bytes, packet);
      told.push(receiver.receive((first as Sent).bytes, packet, 0));
    }
    expect(told).toEqual([...codes].map((key, ssrc) => ({ key, duration: 160, ssrc, timestamp: 0xffff_f000 })));
  });

  it.each([
    ['whole', (sent: Sent[]) => sent],
    ['without its end packets', (sent: Sent[]) => sent.slice(0, 5)],
    ['without its beginning', (sent: Sent[]) => sent.slice(3)],
    ['with nothing but end packets', (sent: Sent[]) => sent.slice(-3)],
    ['with nothing but one end packet', (sent: Sent[]) => sent.slice(-1)],
    ['with nothing but its first packet', (sent: Sent[]) => sent.slice(0, 1)],
    ['with every packet twice', (sent: Sent[]) => sent.flatMap((one) => [one, one])],
    ['backwards', (sent: Sent[]) => sent.toReversed()],
    ['with its end before its beginning', (sent: Sent[]) => [...sent.slice(-3), ...sent.slice(0, 5)]],
  ])('counts a press that arrives %s once', (_, change) => {
    const sender = new Sender();
    const sent = [sender.press('5', 5), sender.press('5', 5), sender.press('9', 5), sender.press('5', 5)];
    expect(keysFrom(bytesOf(sent.flatMap((press) => change(press))))).toBe('5595');
  });

  it('takes a new timestamp before the end of the previous press for a new press', () => {
    const sender = new Sender();
    const sent = [...sender.press('1', 4, 0), ...sender.press('1', 4, 0), ...sender.press('2', 4)];
    expect(keysFrom(bytesOf(sent))).toBe('112');
  });

  it.each([1, 2, 3])('counts a tone of %i full segments once, whatever is lost at the borders', (segments) => {
    const updates = 410 * segments + 20;
    for (const lost of [0, 1, 3, 20, 45]) {
      const sender = new Sender();
      const sent = sender.press('7', updates).filter((_, index) => (index + 10) % 410 >= lost);
      expect(keysFrom([...bytesOf(sent), ...bytesOf(sender.press('7', 5))])).toBe('77');
    }
  });

  it('counts a long tone once when packets change places at the border of its segments', () => {
    const sender = new Sender();
    const sent = bytesOf(sender.press('7', 500));
    for (let at = 400; at < 420; at += 2) sent.splice(at, 2, sent[at + 1] as Uint8Array, sent[at] as Uint8Array);
    expect(keysFrom(sent)).toBe('7');
  });

  it('counts a long tone once whose sender lets the duration run over under one timestamp', () => {
    const packets = Array.from({ length: 900 }, (_, index) =>
      eventPacket({
        key: '3',
        sequence: index,
        timestamp: 5_000,
        duration: (index * 160) & 0xffff,
        marker: index === 0,
        end: index > 896,
      }),
    );
    expect(keysFrom(packets)).toBe('3');
  });

  it('takes the same key a full segment later for a second press when the first was short or ended', () => {
    const first = { key: '4', sequence: 1, timestamp: 1_000, duration: 320 };
    const later = { key: '4', sequence: 500, timestamp: 1_000 + 0xffff };
    expect(keysFrom([eventPacket(first), eventPacket(later)])).toBe('44');
    const long = { ...first, duration: 0xfff0 };
    expect(keysFrom([eventPacket(long), eventPacket(later)])).toBe('4');
    expect(keysFrom([eventPacket({ ...long, end: true }), eventPacket(later)])).toBe('44');
    expect(keysFrom([eventPacket(long), eventPacket({ ...later, marker: true })])).toBe('44');
  });

  it('counts presses of a sender that stamps every event alike', () => {
    let sequence = 100;
    const packets = ['1', '1', '2', '1'].flatMap((key) =>
      [0, 1, 2, 3, 4].map((index) =>
        eventPacket({
          key,
          sequence: sequence++,
          timestamp: 0,
          duration: 160 * (index + 1),
          marker: index === 0,
          end: index > 2,
        }),
      ),
    );
    expect(keysFrom(packets)).toBe('1121');
  });

  it('hears a press after so much audio that the sequence number has gone round', () => {
    const sender = new Sender();
    const receiver = new TelephoneEventReceiver();
    const packet = emptyPacket();
    const told: string[] = [];
    for (const [key, pause] of [
      ['1', 0],
      ['2', 40_000],
      ['3', 65_536 - 200],
      ['4', 65_536 * 3 - 4_000],
    ] as const) {
      sender.speak(pause);
      const [first] = sender.press(key, 3);
      readPacket((first as Sent).bytes, packet);
      const result = receiver.receive((first as Sent).bytes, packet, told.length * 1_000_000);
      told.push(typeof result === 'object' ? result.key : result);
    }
    expect(told).toEqual(['1', '2', '3', '4']);
  });

  it('believes a sender that starts again far behind at its second packet', () => {
    const before = new Sender({ sequence: 40_000 });
    const after = new Sender({ sequence: 1_000, timestamp: 77 });
    expect(keysFrom([...bytesOf(before.press('1', 3)), ...bytesOf(after.press('2', 3))])).toBe('12');
  });

  it.each([1_000, 39_000, 45_000])('does not let a single packet from far away in (%i)', (sequence) => {
    const sender = new Sender({ sequence: 40_000 });
    const stray = eventPacket({ key: '9', sequence, timestamp: 99 });
    const sent = bytesOf(sender.press('1', 3));
    expect(keysFrom([...sent, stray, ...bytesOf(sender.press('2', 3))])).toBe('12');
  });

  it('goes on with a press when the SSRC changes in the middle, and counts a new one that begins', () => {
    const first = new Sender({ ssrc: 1 });
    const second = new Sender({ ssrc: 2, sequence: 9, timestamp: 5 });
    const before = bytesOf(first.press('6', 6, 0)).slice(0, 3);
    expect(keysFrom([...before, ...bytesOf(second.press('6', 6)).slice(3)])).toBe('6');
    const other = new Sender({ ssrc: 3, sequence: 9, timestamp: 5 });
    expect(keysFrom([...before, ...bytesOf(other.press('6', 6))])).toBe('66');
  });

  it('keeps sources apart that take turns', () => {
    const one = new Sender({ ssrc: 1, sequence: 10 });
    const two = new Sender({ ssrc: 2, sequence: 60_000 });
    const ones = bytesOf([...one.press('1', 4), ...one.press('3', 4)]);
    const twos = bytesOf([...two.press('2', 4), ...two.press('4', 4)]);
    expect(keysFrom(ones.flatMap((bytes, index) => [bytes, twos[index] as Uint8Array]))).toBe('1234');
  });

  it('leaves events alone that are no keys, and refuses a payload that is too short', () => {
    const receiver = new TelephoneEventReceiver();
    const packet = emptyPacket();
    for (const code of [16, 32, 64, 255]) {
      const bytes = eventPacket({ key: '1', sequence: 1, timestamp: 1 });
      bytes[12] = code;
      readPacket(bytes, packet);
      expect(receiver.receive(bytes, packet, 0)).toBe('ignored');
    }
    const short = eventPacket({ key: '1', sequence: 1, timestamp: 1 }).subarray(0, 15);
    readPacket(short, packet);
    expect(receiver.receive(short, packet, 0)).toBe('malformed');
  });

  it('tells exactly the presses of which something arrived, in the order of their first arrivals', () => {
    const press = fc.record({
      key: fc.constantFrom(...codes),
      updates: fc.integer({ min: 1, max: 12 }),
      ends: fc.integer({ min: 0, max: 3 }),
      pause: fc.integer({ min: 0, max: 60 }),
    });
    // Each packet's fate: lost, or delivered once or several times, each copy delayed by some packets.
    const fate = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(press, { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fate),
        fc.nat(0xffff),
        fc.nat(0xffff_ffff),
        (presses, fates, sequence, timestamp) => {
          const sender = new Sender({ sequence, timestamp });
          const sent = presses.flatMap(({ key, updates, ends, pause }) => {
            const packets = sender.press(key, updates, ends);
            sender.speak(pause);
            return packets;
          });
          const arrivals = sent
            .flatMap((one) => (fates.next().value as number[]).map((delay) => ({ one, at: one.at + delay })))
            .toSorted((a, b) => a.at - b.at)
            .map(({ one }) => one);
          const order = [...new Set(arrivals.map((arrival) => arrival.press))];
          const expected = order.map((index) => presses[index]?.key).join('');
          expect(keysFrom(bytesOf(arrivals))).toBe(expected);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
