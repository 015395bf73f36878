import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/clock.ts';
import { RtcpPeer, reportOf } from '../../testing/media/rtcp-peer.ts';
import { RtpPeer } from '../../testing/media/rtp-peer.ts';
import { SilenceSource } from './audio-source.ts';
import { type RtpCounters, zeroCounters } from './counters.ts';
import { Pacer } from './pacer.ts';
import { PortPool } from './port-pool.ts';
import { RtpSession } from './rtp-session.ts';
import type { AgreedMedia } from './sdp.ts';

let clock: FakeClock;
let pool: PortPool;
let session: RtpSession;
let peer: RtpPeer;
let control: RtcpPeer;
let counters: RtpCounters;

const media = (change: Partial<AgreedMedia> = {}): AgreedMedia => ({
  law: 'PCMU',
  payloadType: 0,
  telephoneEvent: undefined,
  payloads: new Map([[0, 'PCMU']]),
  ptime: 20,
  direction: 'sendrecv',
  address: '127.0.0.1',
  port: peer.port,
  rtcpPort: control.port,
  rtcpMux: false,
  security: undefined,
  ...change,
});

async function startSession(): Promise<RtpSession> {
  const port = await pool.lease();
  if (port === undefined) throw new Error('No port');
  const pacer = new Pacer(clock, (error) => {
    throw error;
  });
  return new RtpSession({ port, pacer, clock, counters, onKey: () => {} });
}

beforeEach(async () => {
  clock = new FakeClock();
  pool = new PortPool({ host: '127.0.0.1', portMin: 22_000, portMax: 29_999, drain: 100, clock });
  counters = zeroCounters();
  session = await startSession();
  peer = await RtpPeer.start();
  control = await RtcpPeer.start(0);
});

afterEach(async () => {
  session.close();
  pool.close();
  await peer.close();
  await control.close();
  expect([clock.pending, pool.bound]).toEqual([0, 0]);
});

const received = (count: number) => expect.poll(() => counters.rtcp.received).toBe(count);
const foreign = (count: number) => expect.poll(() => counters.rtcp.dropped.foreign).toBe(count);

/** Sends silence for so long. */
async function play(milliseconds: number): Promise<void> {
  session.feed({ next: () => new SilenceSource(160) });
  for (let elapsed = 0; elapsed < milliseconds; elapsed += 20) await clock.advance(20);
  session.feed(undefined);
}

describe('reports', () => {
  it('go out at random times around five seconds, the first sooner', async () => {
    session.agree(media(), undefined);
    const times: number[] = [];
    for (let elapsed = 0; elapsed < 200_000; elapsed += 10) {
      const before = counters.rtcp.sent;
      await clock.advance(10);
      if (counters.rtcp.sent > before) times.push(clock.monotonic());
    }
    // RFC 3550 §6.3.1: from half to one and a half of the interval, divided by e − 3/2.
    expect(times[0]).toBeGreaterThanOrEqual(1_020);
    expect(times[0]).toBeLessThanOrEqual(3_090);
    const gaps = times.slice(1).map((at, index) => at - (times[index] as number));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2_040);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(6_170);
    expect(new Set(gaps).size).toBeGreaterThan(5);
  });

  it('are those of a receiver until something is sent, and again when nothing is', async () => {
    session.agree(media(), undefined);
    await clock.advance(3_100);
    await control.has(1);
    await play(4_000);
    await clock.advance(40_000);
    await control.has(counters.rtcp.sent);
    const kinds = control.heard.map(({ kind }) => kind);
    expect(kinds[0]).toBe('receiver');
    expect(kinds).toContain('sender');
    expect(kinds.at(-1)).toBe('receiver');
    const sender = control.heard.findLast(({ kind }) => kind === 'sender');
    expect(sender?.ssrc).toBe(session.ssrc);
    expect(sender?.sender.slice(3)).toEqual([counters.sent, 160 * counters.sent]);
    // What the timestamp would have been then goes on with the time.
    await peer.has(counters.sent);
    const last = peer.heard.at(-1);
    const ahead = ((sender?.sender[2] ?? 0) - (last?.timestamp ?? 0)) >>> 0;
    expect(ahead).toBeGreaterThanOrEqual(160);
    expect(ahead % 8).toBe(0);
  });

  it('tell the peer what of its packets arrives, and when its report came', async () => {
    session.agree(media(), undefined);
    for (const sequence of [1, 2, 3, 5]) {
      peer.sequence = sequence;
      await peer.speak(session.localPort);
    }
    await expect.poll(() => counters.received).toBe(4);
    await control.sendBytes(
      session.localPort + 1,
      reportOf({ ssrc: peer.ssrc, ntp: [1, 0x8000_0000], about: [session.ssrc, 128, 10, 16] }),
    );
    await received(1);
    expect(session.peerReport).toEqual({ fractionLost: 0.5, lost: 10, jitter: 16 });
    await clock.advance(3_100);
    await control.has(1);
    const [block] = control.heard[0]?.blocks ?? [];
    expect(block).toMatchObject({ ssrc: peer.ssrc, fractionLost: 51, lost: 1, highest: 5, lastReport: 0x1_8000 });
    expect(block?.delay).toBeGreaterThan(65_536);
    expect(session.reception.lost).toBe(1);
    session.close();
    expect(counters.lost).toBe(1);
  });

  it('carry a name that is made up for each call', async () => {
    session.agree(media(), undefined);
    await clock.advance(10_000);
    const other = await startSession();
    other.agree(media(), undefined);
    await clock.advance(4_000);
    await control.has(counters.rtcp.sent);
    const names = new Map(control.heard.map(({ ssrc, name }) => [ssrc, name]));
    expect(names.size).toBe(2);
    for (const name of names.values()) expect(name).toMatch(/^[A-Za-z0-9+/]{16}$/);
    expect(new Set(names.values()).size).toBe(2);
    other.close();
  });

  it('end with a goodbye, if there was ever anything', async () => {
    session.agree(media(), undefined);
    session.close();
    expect(counters.rtcp.sent).toBe(0);
    await clock.advance(100);
    session = await startSession();
    session.agree(media(), undefined);
    await play(60);
    session.close();
    session.close();
    await control.has(1);
    expect(control.heard).toMatchObject([{ kind: 'sender', bye: true }]);
    await clock.advance(20_000);
    expect(counters.rtcp.sent).toBe(1);
  });
});

describe('where reports go and come from', () => {
  it('is the port that the description names', async () => {
    session.agree(media(), undefined);
    await clock.advance(3_100);
    await control.has(1);
  });

  it('is the port beside the one that the audio comes from, when that is not the described one', async () => {
    session.agree(media({ port: 9, rtcpPort: 10 }), undefined);
    const mapped = await pairOf();
    await mapped.peer.speak(session.localPort);
    await expect.poll(() => counters.received).toBe(1);
    await clock.advance(3_100);
    await mapped.control.has(1);
    await mapped.close();
  });

  it('is where the first report came from, and nowhere else until the next agreement', async () => {
    session.agree(media({ rtcpPort: 10 }), undefined);
    const stranger = await RtcpPeer.start(0, '127.0.0.9');
    await stranger.sendBytes(session.localPort + 1, reportOf({ ssrc: 5 }));
    await foreign(1);
    await control.sendBytes(session.localPort + 1, Buffer.alloc(16));
    await expect.poll(() => counters.rtcp.dropped.version).toBe(1);
    await control.sendBytes(session.localPort + 1, reportOf({ ssrc: 5 }));
    await received(1);
    const second = await RtcpPeer.start(0);
    await second.sendBytes(session.localPort + 1, reportOf({ ssrc: 5 }));
    await foreign(2);
    await clock.advance(3_100);
    await control.has(1);
    session.agree(media({ port: 9, rtcpPort: 10 }), undefined);
    await second.sendBytes(session.localPort + 1, reportOf({ ssrc: 5 }));
    await received(2);
    expect([stranger.heard.length, second.heard.length]).toEqual([0, 0]);
    await stranger.close();
    await second.close();
  });

  it('is nowhere when the description names another host, or none', async () => {
    session.agree(media({ rtcpPort: undefined }), undefined);
    await clock.advance(20_000);
    session.agree(media({ address: '0.0.0.0', direction: 'recvonly' }), undefined);
    await clock.advance(20_000);
    expect(counters.rtcp.sent).toBe(0);
  });

  it('is the port of the audio when both share it', async () => {
    session.agree(media({ rtcpMux: true }), undefined);
    await peer.sendBytes(session.localPort, reportOf({ ssrc: 5, about: [session.ssrc, 0, 4, 0] }));
    await received(1);
    expect(session.peerReport?.lost).toBe(4);
    await clock.advance(3_100);
    await peer.has(1);
    // The peer notes RTP: of a report's type, 201, all but the first bit.
    expect(peer.heard[0]?.payloadType).toBe(201 - 128);
    expect(control.heard).toEqual([]);
    session.agree(media(), undefined);
    await peer.sendBytes(session.localPort, reportOf({ ssrc: 5 }));
    await expect.poll(() => counters.dropped.rtcp).toBe(1);
  });
});

it('hears the peer by its reports', async () => {
  session.agree(media(), undefined);
  await clock.advance(30_000);
  expect(session.lastHeard).toBe(0);
  await control.sendBytes(session.localPort + 1, reportOf({ ssrc: 5, bye: true }));
  await received(1);
  expect(session.lastHeard).toBe(30_000);
});

/** A phone whose two ports lie side by side. */
async function pairOf() {
  for (;;) {
    const one = await RtpPeer.start();
    const two = await RtcpPeer.start(one.port + 1).catch(() => undefined);
    if (two === undefined) {
      await one.close();
      continue;
    }
    return {
      peer: one,
      control: two,
      close: async () => {
        await one.close();
        await two.close();
      },
    };
  }
}
