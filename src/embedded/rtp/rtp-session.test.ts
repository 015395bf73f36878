import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/clock.ts';
import { RtpPeer } from '../../testing/media/rtp-peer.ts';
import { encode } from '../../testing/phone/g711.ts';
import { keyTones } from '../../testing/phone/key-tones.ts';
import { type AudioSource, ClipSource, makeClip, SilenceSource } from './audio-source.ts';
import { type RtpCounters, zeroCounters } from './counters.ts';
import { Pacer } from './pacer.ts';
import { PortPool } from './port-pool.ts';
import { type HeardKey, RtpSession } from './rtp-session.ts';
import type { AgreedMedia, PayloadKind } from './sdp.ts';

let clock: FakeClock;
let pool: PortPool;
let session: RtpSession;
let peer: RtpPeer;
let stranger: RtpPeer;
let counters: RtpCounters;
let keys: string;
let ways: HeardKey['by'][];

const media = (change: Partial<AgreedMedia> = {}): AgreedMedia => ({
  law: 'PCMU',
  payloadType: 0,
  telephoneEvent: 101,
  ptime: 20,
  direction: 'sendrecv',
  address: '127.0.0.1',
  port: peer.port,
  rtcpPort: peer.port + 1,
  rtcpMux: false,
  security: undefined,
  payloads: new Map<number, PayloadKind>([
    [change.payloadType ?? 0, change.law ?? 'PCMU'],
    [13, 'comfort-noise'],
    ...('telephoneEvent' in change && change.telephoneEvent === undefined
      ? []
      : [[change.telephoneEvent ?? 101, 'telephone-event'] as const]),
  ]),
  ...change,
});

beforeEach(async () => {
  clock = new FakeClock();
  pool = new PortPool({ host: '127.0.0.1', portMin: 22_000, portMax: 29_999, drain: 100, clock });
  const port = await pool.lease();
  if (port === undefined) throw new Error('No port');
  peer = await RtpPeer.start();
  // Another address of this host: on loopback every address of 127/8 is a host of its own.
  stranger = await RtpPeer.start('127.0.0.9');
  counters = zeroCounters();
  keys = '';
  ways = [];
  session = new RtpSession({
    port,
    pacer: new Pacer(clock, (error) => {
      throw error;
    }),
    clock,
    counters,
    onKey: ({ key, by }) => {
      keys += key;
      ways.push(by);
    },
  });
});

afterEach(async () => {
  session.close();
  pool.close();
  await peer.close();
  await stranger.close();
  expect([clock.pending, pool.bound]).toEqual([0, 0]);
});

const received = (count: number) => expect.poll(() => counters.received).toBe(count);
const dropped = (reason: keyof RtpCounters['dropped'], count: number) =>
  expect.poll(() => counters.dropped[reason]).toBe(count);

describe('receiving', () => {
  it('drops everything before media is agreed', async () => {
    await peer.speak(session.localPort);
    await dropped('foreign', 1);
    expect(counters.received).toBe(0);
  });

  it('tells keys of the agreed payload number', async () => {
    session.agree(media({ telephoneEvent: 97 }), undefined);
    await peer.press(session.localPort, '7', 97);
    await received(6);
    await peer.press(session.localPort, '8', 101);
    await dropped('payload', 6);
    expect([keys, counters.keys]).toEqual(['7', 1]);
  });

  it('hears the described address only, and there the port that came first', async () => {
    session.agree(media({ port: 9 }), undefined);
    await stranger.press(session.localPort, '9');
    await dropped('foreign', 6);
    await peer.press(session.localPort, '1');
    await received(6);
    const second = await RtpPeer.start();
    await second.press(session.localPort, '2');
    await dropped('foreign', 12);
    await second.close();
    expect(keys).toBe('1');
    // What is sent goes to where the packets came from.
    session.feed({ next: () => new SilenceSource(160) });
    await clock.advance(1);
    await peer.has(1);
  });

  it('hears where the signalling came from, and another port only after a new agreement', async () => {
    session.agree(media({ address: '127.0.0.1' }), '127.0.0.9');
    await stranger.press(session.localPort, '1');
    await received(6);
    await peer.press(session.localPort, '2');
    await dropped('foreign', 6);
    session.agree(media({ address: '127.0.0.1' }), undefined);
    await peer.press(session.localPort, '3');
    await received(12);
    expect(keys).toBe('13');
  });

  it('counts what is no RTP, and is not moved by it', async () => {
    session.agree(media(), undefined);
    await peer.sendBytes(session.localPort, Uint8Array.of(1, 2, 3));
    await dropped('short', 1);
    await peer.sendBytes(session.localPort, new Uint8Array(40));
    await dropped('version', 1);
    await peer.sendBytes(session.localPort, Uint8Array.of(0x80, 200, ...new Uint8Array(40)));
    await dropped('rtcp', 1);
    await peer.send(session.localPort, 3, new Uint8Array(33));
    await dropped('payload', 1);
    await peer.send(session.localPort, 101, new Uint8Array(3));
    await dropped('malformed', 1);
    await peer.send(session.localPort, 13, Uint8Array.of(60));
    await received(2);
  });

  it('finds keys in the audio when it is asked to, whatever the order of the packets', async () => {
    const codes = (key: string) => encode('PCMA', keyTones(key, 80));
    const audio = [...codes('4'), ...new Uint8Array(480).fill(0xd5), ...codes('2'), ...new Uint8Array(640).fill(0xd5)];
    const speak = async () => {
      const first = peer.sequence;
      const frames = Array.from({ length: audio.length / 160 }, (_, at) => audio.slice(160 * at, 160 * (at + 1)));
      const start = peer.timestamp;
      // Every third packet is overtaken by the next.
      const sent = frames.map((_, at) => (at % 3 === 1 ? at + 1 : at % 3 === 2 ? at - 1 : at));
      for (const at of sent.filter((frame) => frame < frames.length)) {
        peer.sequence = first + at;
        peer.timestamp = start + 160 * at;
        await peer.send(session.localPort, 8, Uint8Array.from(frames[at] ?? []));
      }
      peer.sequence = first + frames.length;
      peer.timestamp = start + 160 * frames.length;
    };
    session.agree(media({ law: 'PCMA', payloadType: 8, telephoneEvent: undefined }), undefined);
    const packets = audio.length / 160;
    await speak();
    await received(packets);
    expect(keys).toBe('');
    session.listenForTones(true);
    session.listenForTones(true);
    await speak();
    await received(2 * packets);
    expect([keys, ways, counters.keys]).toEqual(['42', ['tones', 'tones'], 2]);
    session.listenForTones(false);
    await speak();
    await received(3 * packets);
    expect(keys).toBe('42');
  });

  it('knows when the peer was last heard', async () => {
    session.agree(media(), undefined);
    await clock.advance(5_000);
    await stranger.speak(session.localPort);
    await dropped('foreign', 1);
    expect(session.lastHeard).toBe(0);
    await peer.speak(session.localPort);
    await received(1);
    expect(session.lastHeard).toBe(5_000);
    expect(session.expectsMedia).toBe(true);
    session.agree(media({ direction: 'sendonly' }), undefined);
    expect(session.expectsMedia).toBe(false);
  });
});

describe('sending', () => {
  const clip = makeClip(Int16Array.from({ length: 2_400 }, (_, at) => 3_000 + 500 * (at % 37)));

  function play(source: AudioSource): void {
    session.feed({ next: () => (source.ended ? undefined : source) });
  }

  it.each([
    ['PCMU', 10, 30],
    ['PCMA', 20, 15],
    ['PCMU', 30, 10],
    ['PCMA', 40, 8],
    ['PCMU', 60, 5],
  ] as const)('sends %s in packets of %i ms', async (law, ptime, packets) => {
    const payloadType = law === 'PCMU' ? 0 : 8;
    session.agree(media({ law, payloadType, ptime }), undefined);
    play(new ClipSource(clip));
    const sentAt: number[] = [];
    for (let elapsed = 0; elapsed < 400; elapsed += 5) {
      const before = counters.sent;
      await clock.advance(elapsed === 0 ? 0 : 5);
      if (counters.sent > before) sentAt.push(clock.monotonic());
    }
    await peer.has(packets);
    expect(counters.sent).toBe(packets);
    expect(sentAt.slice(1).map((at, index) => at - (sentAt[index] as number))).toEqual(
      Array.from({ length: packets - 1 }, () => ptime),
    );
    expect(
      peer.heard.every((packet) => packet.payloadType === payloadType && packet.payload.length === 8 * ptime),
    ).toBe(true);
    expect(Buffer.concat(peer.heard.map(({ payload }) => payload)).subarray(0, 2_400)).toEqual(
      Buffer.from(clip.codes[law]),
    );
  });

  it('takes up another law and packet length in the middle, the numbers going on', async () => {
    session.agree(media(), undefined);
    play(new ClipSource(clip, 0, 4));
    await clock.advance(100);
    session.agree(media({ law: 'PCMA', payloadType: 8, ptime: 40 }), undefined);
    await clock.advance(200);
    await peer.has(counters.sent);
    const types = peer.heard.map(({ payloadType }) => payloadType);
    expect(types).toEqual([...types].sort((a, b) => a - b));
    expect(new Set(types)).toEqual(new Set([0, 8]));
    for (let at = 1; at < peer.heard.length; at++) {
      const [one, two] = [peer.heard[at - 1], peer.heard[at]];
      expect(((two?.sequence ?? 0) - (one?.sequence ?? 0)) & 0xffff).toBe(1);
      expect(((two?.timestamp ?? 0) - (one?.timestamp ?? 0)) >>> 0).toBe(one?.payload.length);
    }
  });

  it.each(['recvonly', 'inactive'] as const)('sends nothing when the direction is %s', async (direction) => {
    session.agree(media({ direction }), undefined);
    play(new SilenceSource(1_600));
    await clock.advance(300);
    expect(counters.sent).toBe(0);
  });

  it('sends nothing to an address of zeros, and begins when the peer is heard', async () => {
    session.agree(media({ address: '0.0.0.0', direction: 'sendrecv' }), '127.0.0.1');
    play(new SilenceSource(Number.POSITIVE_INFINITY));
    await clock.advance(100);
    expect(counters.sent).toBe(0);
    await peer.speak(session.localPort);
    await received(1);
    await clock.advance(100);
    await peer.has(5);
  });

  it('sends the few packets that are late at once, and leaves out more', async () => {
    session.agree(media(), undefined);
    play(new ClipSource(clip, 0, 100));
    await clock.advance(40);
    const before = counters.sent;
    // The thread was busy: the pacer is called once, late.
    const slow = { now: () => clock.monotonic() + 50 };
    expect(session.tick(slow.now() - 50, slow.now())).toBe(slow.now() - 30);
    expect(counters.slips).toBe(0);
    expect(session.tick(clock.monotonic(), clock.monotonic() + 500)).toBe(clock.monotonic() + 520);
    expect([counters.sent - before, counters.slips]).toEqual([2, 1]);
  });

  it('sends nothing after it is closed, and drains its port', async () => {
    session.agree(media(), undefined);
    play(new SilenceSource(Number.POSITIVE_INFINITY));
    await clock.advance(100);
    const { sent } = counters;
    session.close();
    session.wake();
    session.feed(undefined);
    await clock.advance(50);
    expect([counters.sent, pool.draining]).toEqual([sent, 1]);
    await clock.advance(50);
    expect(pool.bound).toBe(0);
  });
});
