import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeClock } from '../../testing/clock.ts';
import { RtpPeer } from '../../testing/media/rtp-peer.ts';
import { SilenceSource } from './audio-source.ts';
import { type RtpCounters, zeroCounters } from './counters.ts';
import { Pacer } from './pacer.ts';
import { PortPool } from './port-pool.ts';
import { RtpSession } from './rtp-session.ts';
import type { AgreedMedia } from './sdp.ts';
import { type AgreedSecurity, MediaSecurity } from './srtp/media-security.ts';
import { mostOverhead, type SrtpSuite, suites } from './srtp/suites.ts';

let clock: FakeClock;
let pool: PortPool;
let session: RtpSession;
let peer: RtpPeer;
let control: RtpPeer;
let counters: RtpCounters;
let keys: string;
let theirs: MediaSecurity;

const suite = suites.find(({ name }) => name === 'AES_CM_128_HMAC_SHA1_80') as SrtpSuite;

/** Agrees on SRTP, both here and at the peer. */
function agree(change: Partial<AgreedMedia> = {}): void {
  const [ours, others] = [0, 1].map(() => ({ key: randomBytes(16), salt: randomBytes(14) }));
  if (ours === undefined || others === undefined) throw new Error('There are two');
  const inbound = (master: typeof ours) => ({ suite, keys: [{ master, mki: Buffer.alloc(0) }], mkiBytes: 0 });
  const security: AgreedSecurity = { ours: { suite, master: ours }, theirs: inbound(others) };
  theirs.agree({ ours: { suite, master: others }, theirs: inbound(ours) });
  session.agree(
    {
      law: 'PCMU',
      payloadType: 0,
      telephoneEvent: 101,
      ptime: 20,
      direction: 'sendrecv',
      address: '127.0.0.1',
      port: peer.port,
      rtcpPort: control.port,
      rtcpMux: false,
      security,
      payloads: new Map([
        [0, 'PCMU'],
        [101, 'telephone-event'],
      ]),
      ...change,
    },
    undefined,
  );
}

beforeEach(async () => {
  clock = new FakeClock();
  pool = new PortPool({ host: '127.0.0.1', portMin: 22_000, portMax: 29_999, drain: 100, clock });
  const port = await pool.lease();
  if (port === undefined) throw new Error('No port');
  peer = await RtpPeer.start();
  control = await RtpPeer.start();
  counters = zeroCounters();
  keys = '';
  theirs = new MediaSecurity();
  const pacer = new Pacer(clock, (error) => {
    throw error;
  });
  session = new RtpSession({ port, pacer, clock, counters, onKey: ({ key }) => (keys += key) });
});

afterEach(async () => {
  session.close();
  pool.close();
  await peer.close();
  await control.close();
  expect([clock.pending, pool.bound]).toEqual([0, 0]);
});

/** One packet of a key, in the clear. */
function keyPacket(sequence: number, key: number): Buffer {
  const bytes = Buffer.alloc(16 + mostOverhead);
  bytes.writeUInt16BE(0x8000 + 101, 0);
  bytes.writeUInt16BE(sequence, 2);
  bytes.writeUInt32BE(800 * sequence, 4);
  bytes.writeUInt32BE(9, 8);
  bytes.set([key, 0x8a, 1, 0x90], 12);
  return bytes;
}

async function press(sequence: number, key: number): Promise<Buffer> {
  const bytes = keyPacket(sequence, key);
  const sent = bytes.subarray(0, theirs.protectRtp(bytes, 16));
  await peer.sendBytes(session.localPort, sent);
  return sent;
}

const dropped = (reason: keyof RtpCounters['dropped'], count: number) =>
  expect.poll(() => counters.dropped[reason]).toBe(count);

it('hears keys that are protected, each once, and none that is not', async () => {
  agree();
  const stranger = await RtpPeer.start();
  // Nobody who has not the keys fixes where the call's media comes from.
  await stranger.press(session.localPort, '9');
  await dropped('unauthenticated', 6);
  const first = await press(1, 4);
  await expect.poll(() => keys).toBe('4');
  await peer.sendBytes(session.localPort, first);
  await dropped('replayed', 1);
  await peer.press(session.localPort, '9');
  await dropped('unauthenticated', 12);
  await press(2, 5);
  await expect.poll(() => keys).toBe('45');
  expect(session.packetsReceived).toBe(2);
  await stranger.close();
});

it('does not take silence for life when what comes is not authentic', async () => {
  agree();
  const before = session.lastHeard;
  await clock.advance(1_000);
  await peer.speak(session.localPort);
  await dropped('unauthenticated', 1);
  expect(session.lastHeard).toBe(before);
});

it('sends nothing in the clear, and what the peer can open', async () => {
  agree();
  session.feed({ next: () => new SilenceSource(160) });
  for (let elapsed = 0; elapsed < 200; elapsed += 20) await clock.advance(20);
  await peer.has(10);
  for (const { payload, sequence, timestamp, ssrc } of peer.heard.slice(0, 10)) {
    expect(payload.length).toBe(170);
    expect(payload.includes(Buffer.alloc(8, 0xff))).toBe(false);
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16BE(0x8000 + (sequence === peer.heard[0]?.sequence ? 0x80 : 0), 0);
    bytes.writeUInt16BE(sequence, 2);
    bytes.writeUInt32BE(timestamp, 4);
    bytes.writeUInt32BE(ssrc, 8);
    expect(Buffer.from(theirs.openRtp(Buffer.concat([bytes, payload])).slice(12))).toEqual(Buffer.alloc(160, 0xff));
  }
});

it.each([false, true])(
  'protects its reports, and reads only those that are (on the port of RTP: %s)',
  async (rtcpMux) => {
    agree({ rtcpMux });
    const plain = Buffer.concat([Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 9]), Buffer.alloc(0)]);
    const description = Buffer.from([0x81, 202, 0, 2, 0, 0, 0, 9, 1, 1, 0x78, 0]);
    const report = Buffer.concat([plain, description]);
    const room = Buffer.concat([report, Buffer.alloc(mostOverhead)]);
    const sealed = room.subarray(0, theirs.protectRtcp(room, report.length));
    const port = session.localPort + (rtcpMux ? 0 : 1);
    await peer.sendBytes(port, report);
    await expect.poll(() => counters.rtcp.dropped.unauthenticated + counters.rtcp.dropped.short).toBe(1);
    await peer.sendBytes(port, sealed);
    await expect.poll(() => counters.rtcp.received).toBe(1);
    await peer.sendBytes(port, sealed);
    await expect.poll(() => counters.rtcp.dropped.replayed).toBe(1);
  },
);

it('takes up new keys in the middle of a call', async () => {
  agree();
  await press(1, 1);
  await expect.poll(() => keys).toBe('1');
  agree();
  await press(2, 2);
  await expect.poll(() => keys).toBe('12');
  agree({ security: undefined });
  await peer.press(session.localPort, '3');
  await expect.poll(() => keys).toBe('123');
});
