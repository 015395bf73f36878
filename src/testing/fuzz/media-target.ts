import { createSocket, type Socket } from 'node:dgram';
import { zeroCounters } from '../../embedded/rtp/counters.ts';
import { Pacer } from '../../embedded/rtp/pacer.ts';
import { RtpSession } from '../../embedded/rtp/rtp-session.ts';
import { answerCrypto, makeOwnKeys } from '../../embedded/rtp/srtp/sdes.ts';
import { FakeClock } from '../clock.ts';
import { hold, LIMIT, type Target } from './target.ts';

/** Never bound: packets are handed over by its event, and nothing is sent while the clock stands still. */
const RTP_SOCKET: Socket = createSocket('udp4');
const RTCP_SOCKET: Socket = createSocket('udp4');

const PEER = { address: '192.0.2.20', family: 'IPv4' as const, port: 4_000, size: 0 };
const STRANGER = { ...PEER, address: '198.51.100.1' };

/** Packets one after the other, each behind a byte that is its length, odd for one from a stranger. */
export const rtp: Target = {
  name: 'rtp',
  cost: 1,
  limit: () => LIMIT,
  tokens: ['\x80\x00', '\x80\x65', '\x80\xe5', '\x80\xc8', '\xb0\x65', '\x05\x8a\x03\x20'],
  generate: (random) => {
    const packets: Buffer[] = [];
    let [sequence, timestamp] = [random.below(65_536), random.bits()];
    for (let count = 1 + random.below(20); count > 0; count--) {
      sequence = (sequence + random.pick([1, 1, 1, 0, 2, -1, 500, 40_000])) & 0xffff;
      timestamp = (timestamp + random.pick([160, 0, 0, 800, -160, 0x80000000])) >>> 0;
      const body = random.chance(3) ? 20 : 4;
      const packet = Buffer.alloc(12 + body, random.below(256));
      packet[0] = random.pick([0x80, 0x80, 0x80, 0x90, 0xa0, 0x8f, 0x40, random.below(256)]);
      packet[1] = random.pick([101, 101, 0xe5, 0, 8, 13, 200, 201, 202, random.below(256)]);
      packet.writeUInt16BE(sequence, 2);
      packet.writeUInt32BE(timestamp, 4);
      packet.writeUInt32BE(random.pick([1, 1, 1, 2, random.bits()]), 8);
      packet[12] = random.below(18);
      packet[13] = random.pick([0x0a, 0x8a]);
      packet.writeUInt16BE(random.pick([160, 320, 800, 65_535, 0]), 14);
      // Reports count their length in words (RFC 3550 §6.4), which is what lets several of them stand in one packet.
      if ((packet[1] as number) >= 200 && (packet[1] as number) <= 207 && !random.chance(4)) {
        packet.writeUInt16BE(random.pick([packet.length / 4 - 1, 1, 0, 6]), 2);
      }
      packets.push(Buffer.from([2 * packet.length + Number(random.chance(10))]), packet);
    }
    return Buffer.concat(packets);
  },
  run: (input) => {
    feedRtp(input, false);
    const { received, keys } = feedRtp(input, true);
    hold(received === 0 && keys === 0, 'nothing counts that is not authentic');
    return [];
  },
};

const KEY = Buffer.alloc(30, 1).toString('base64');
const SECURED = answerCrypto(
  [{ tag: 1, suite: 'AES_CM_128_HMAC_SHA1_80', keys: `inline:${KEY}`, parameters: [] }],
  makeOwnKeys(),
)?.security;

/** Gives packets to a session, with SRTP or without, and says what it made of them. */
function feedRtp(input: Buffer, isSecured: boolean): { readonly received: number; readonly keys: number } {
  const counters = zeroCounters();
  const clock = new FakeClock();
  const pacer = new Pacer(clock, (error) => {
    throw error;
  });
  let keys = 0;
  const port = { port: 20_000, socket: RTP_SOCKET, rtcp: RTCP_SOCKET, release: () => undefined };
  const session = new RtpSession({ port, pacer, clock, counters, onKey: () => keys++ });
  session.agree(
    {
      law: 'PCMU',
      payloadType: 0,
      telephoneEvent: 101,
      payloads: new Map([
        [0, 'PCMU'],
        [8, 'PCMA'],
        [13, 'comfort-noise'],
        [101, 'telephone-event'],
      ]),
      ptime: 20,
      direction: 'sendrecv',
      address: PEER.address,
      port: PEER.port,
      rtcpPort: PEER.port + 1,
      rtcpMux: false,
      security: isSecured ? SECURED : undefined,
    },
    undefined,
  );
  let given = 0;
  for (let at = 0; at < input.length; ) {
    const length = input[at] ?? 0;
    const packet = input.subarray(at + 1, at + 1 + (length >> 1));
    at += 1 + packet.length;
    given += 1;
    const source = (length & 1) === 1 ? STRANGER : PEER;
    RTP_SOCKET.emit('message', packet, source);
    // What may be a report comes to the other port as well.
    if (packet.length > 1 && (packet[1] as number) >= 192) {
      RTCP_SOCKET.emit('message', packet, { ...source, port: source.port + 1 });
    }
  }
  session.close();
  const dropped = Object.values(counters.dropped).reduce((sum, count) => sum + count, 0);
  hold(counters.keys === keys && keys <= given, 'each key is of a packet, and counted');
  hold(counters.received <= given && counters.received + dropped >= given, 'each packet is counted');
  return { received: counters.received, keys };
}
