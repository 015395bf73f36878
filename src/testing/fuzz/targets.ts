import { createSocket, type Socket } from 'node:dgram';
import { type Command, parseCommand } from '../../embedded/drachtio-server/command.ts';
import { FrameReader } from '../../embedded/drachtio-server/frame-reader.ts';
import { CommandFraming, type EslCommand } from '../../embedded/media-server/command-framing.ts';
import { makeTones } from '../../embedded/media-server/tone-script.ts';
import { readWav } from '../../embedded/media-server/wav.ts';
import { zeroCounters } from '../../embedded/rtp/counters.ts';
import { Pacer } from '../../embedded/rtp/pacer.ts';
import { RtpSession } from '../../embedded/rtp/rtp-session.ts';
import { answerOffer, readAnswer } from '../../embedded/rtp/sdp.ts';
import { responseTo, serialise } from '../../embedded/sip/message.ts';
import { parseMessage } from '../../embedded/sip/parse-message.ts';
import { TransactionLayer } from '../../embedded/sip/transaction-layer.ts';
import { agreesOnTelephoneEvent, factsOf, fitDescription, isEncrypted } from '../../telephony/session-description.ts';
import { examineMessage } from '../../telephony/wire-guard.ts';
import { CapturedLog } from '../captured-log.ts';
import { FakeClock } from '../clock.ts';
import { MemoryTransport } from '../edge/memory-transport.ts';
import { atEventSocket } from './event-socket-target.ts';
import { drachtioFrame, eslCommand, sessionDescription, sipMessage } from './grammar.ts';
import { stream } from './stream-target.ts';
import { hold, LIMIT, pieces, type Target, withoutErrors } from './target.ts';

const sip: Target = {
  name: 'sip',
  cost: 2,
  limit: () => LIMIT,
  tokens: [
    'Via:',
    'SIP/2.0',
    ';branch=z9hG4bK',
    'Content-Length:',
    'multipart/mixed',
    '%50-Asserted-Identity',
    ';tag=',
    ';lr',
    'Replaces:',
  ],
  generate: (random) => Buffer.from(sipMessage(random)),
  run: (input) => {
    const parsed = parseMessage(input);
    if (parsed.kind === 'message') {
      const written = serialise(parsed.message);
      const again = parseMessage(written);
      hold(again.kind === 'message', 'what was accepted can be written and read again');
      if (again.kind === 'message') hold(serialise(again.message).equals(written), 'it is the same when written again');
    }
    atTransactions(input, parsed.kind === 'message');
    const raw = input.toString('utf8');
    return parsed.kind === 'message' && examineMessage(raw) === 'sound' ? [raw] : [];
  },
};

/**
 * A malformed request is refused in its own words (RFC 3261 §8.2.6.2), so the refusal is as malformed; but it is one
 * response, whose lines are all whole.
 */
class RefusingTransport extends MemoryTransport {
  override send(bytes: Buffer): void {
    const text = bytes.toString('latin1');
    hold(/^SIP\/2\.0 [45]\d\d [^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n$/.test(text), 'a refusal is one response');
  }
}

/** The transaction layer with a user that answers everything, over a network without one. */
function atTransactions(input: Buffer, isSound: boolean): void {
  const clock = new FakeClock();
  const log = new CapturedLog();
  const Wire = isSound ? MemoryTransport : RefusingTransport;
  const transport = new Wire(() => clock.monotonic());
  new TransactionLayer({
    transports: [transport],
    clock,
    log,
    onRequest: (transaction) => {
      const { message } = transaction.received;
      transaction.respond(responseTo(message, message.method === 'INVITE' ? 180 : 200, { toTag: 'fuzz' }));
      if (message.method === 'INVITE') transaction.respond(responseTo(message, 200, { toTag: 'fuzz' }));
    },
    onAck: () => undefined,
  });
  // Twice, so that the second one meets what the first has left.
  transport.receive(input);
  transport.receive(input);
  withoutErrors(log);
}

const LOCAL = { address: '192.0.2.10', port: 20_000, sessionId: 1, version: 1 };

const sdp: Target = {
  name: 'sdp',
  cost: 1,
  limit: () => LIMIT,
  tokens: [
    'm=audio',
    'RTP/AVP',
    'a=rtpmap:101',
    'telephone-event/8000',
    'c=IN IP4',
    'a=ptime:',
    'a=inactive',
    'a=crypto:',
    'm=audio 0',
  ],
  generate: (random) => Buffer.from(sessionDescription(random)),
  run: (input) => {
    const text = input.toString('utf8');
    const result = answerOffer(text, LOCAL);
    if (result.kind === 'agreed') {
      const { media, answer } = result;
      hold(media.port >= 0 && media.port <= 65_535, 'an agreed port is one');
      hold(media.ptime >= 10 && media.ptime <= 60, 'an agreed packet time can be sent');
      hold(/^m=audio \d+ RTP\/AVP \d+/m.test(answer), 'an answer has an audio line');
      hold(
        !/[^\x20-\x7e\r\n]/.test(answer) || /[^\x20-\x7e\r\n]/.test(text),
        'an answer has no character of its own that is none of ASCII',
      );
      agreesOnTelephoneEvent(text, answer);
    }
    readAnswer(text, { address: '192.0.2.10' });
    const fit = fitDescription(text);
    if (fit !== undefined) {
      hold(!fit.includes('%'), 'no description with an escape is passed on');
      factsOf(fit);
      isEncrypted(fit);
    }
    return [];
  },
};

const PEER = { address: '192.0.2.20', family: 'IPv4' as const, port: 4_000, size: 0 };
const STRANGER = { ...PEER, address: '198.51.100.1' };

/** Packets one after the other, each behind a byte that is its length, odd for one from a stranger. */
const rtp: Target = {
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
    return [];
  },
};

/** Never bound: packets are handed over by its event, and nothing is sent while the clock stands still. */
const RTP_SOCKET: Socket = createSocket('udp4');
const RTCP_SOCKET: Socket = createSocket('udp4');

const esl: Target = {
  name: 'esl',
  cost: 8,
  // Some inputs are thousands of commands.
  limit: (bytes) => LIMIT + bytes / 100,
  tokens: [
    'sendmsg',
    'call-command: execute',
    'execute-app-name: playback',
    'Content-Length:',
    'event json',
    '${',
    '^^:',
    'file_string://',
    '%(',
    'loops: -1',
  ],
  generate: (random) => Buffer.from(Array.from({ length: 1 + random.below(5) }, () => eslCommand(random)).join('')),
  run: (input) => {
    const whole = commandsIn([input]);
    const cut = commandsIn(pieces(input));
    hold(JSON.stringify(whole) === JSON.stringify(cut), 'it does not matter in which pieces commands come');
    withoutErrors(atEventSocket(input));
    return [];
  },
};

function commandsIn(chunks: readonly Buffer[]): unknown {
  const framing = new CommandFraming();
  const commands: unknown[] = [];
  for (const chunk of chunks) {
    const some = framing.push(chunk);
    if (some === 'too-long') return 'too-long';
    commands.push(...some.map((command: EslCommand) => ({ ...command, headers: [...command.headers] })));
  }
  return commands;
}

const tones: Target = {
  name: 'tones',
  cost: 25,
  // A minute of sound takes a dozen milliseconds where code is warm and the core is its own.
  limit: () => 3 * LIMIT,
  tokens: ['%(', 'L=', 'v=', 'd=', 'w=', '>=', '+=', 'l=', ';', ')', '1e9', '-5'],
  generate: (random) => {
    const parts = Array.from({ length: 1 + random.below(4) }, () =>
      random.pick([
        '%(500,250,440,480)',
        'v=-13',
        'L=3',
        'd=10',
        'w=5',
        '15#',
        '>=50',
        '+=3',
        'l=2',
        '1(100,100)',
        '%(20,0,1e9)',
      ]),
    );
    return Buffer.from(parts.join(';'));
  },
  run: (input) => {
    const clip = makeTones(input.toString('utf8'));
    hold(clip === undefined || clip.samples <= 480_000, 'tones last a minute at most');
    return [];
  },
};

const drachtio: Target = {
  name: 'drachtio',
  cost: 1,
  limit: () => LIMIT,
  tokens: ['sip|', '|', '#', 'authenticate|', 'route|invite', 'SIP/2.0 200 OK', '\r\n\r\n'],
  generate: (random) => Buffer.from(Array.from({ length: 1 + random.below(4) }, () => drachtioFrame(random)).join('')),
  run: (input) => {
    const whole = framesIn([input]);
    const cut = framesIn(pieces(input));
    hold(JSON.stringify(whole) === JSON.stringify(cut), 'it does not matter in which pieces frames come');
    for (const payload of whole.frames) {
      const command: Command = parseCommand(Buffer.from(payload, 'latin1'));
      if (command.kind === 'request' || command.kind === 'response') JSON.stringify(command);
    }
    return [];
  },
};

function framesIn(chunks: readonly Buffer[]): { readonly frames: readonly string[]; readonly broken: boolean } {
  const reader = new FrameReader();
  const frames: string[] = [];
  for (const chunk of chunks) {
    const result = reader.push(chunk, 65_536);
    if (result.kind === 'broken') return { frames: [], broken: true };
    frames.push(...result.frames.map((frame) => frame.toString('latin1')));
  }
  return { frames, broken: false };
}

const wav: Target = {
  name: 'wav',
  cost: 1,
  limit: () => LIMIT,
  tokens: ['RIFF', 'WAVE', 'fmt ', 'data', 'LIST', '\x10\x00\x00\x00', '\xff\xff\xff\xff'],
  generate: (random) => {
    const samples = random.below(200);
    const bytes = Buffer.alloc(44 + 2 * samples, random.below(256));
    bytes.write('RIFF\0\0\0\0WAVEfmt ', 'latin1');
    bytes.writeUInt32LE(16, 16);
    bytes.writeUInt16LE(random.pick([1, 6, 7, 0xfffe]), 20);
    bytes.writeUInt16LE(random.pick([1, 1, 2, 0]), 22);
    bytes.writeUInt32LE(random.pick([8_000, 16_000, 44_100, 0]), 24);
    bytes.writeUInt16LE(random.pick([2, 1, 4, 0]), 32);
    bytes.writeUInt16LE(random.pick([16, 8, 24, 0]), 34);
    bytes.write('data', 36, 'latin1');
    bytes.writeUInt32LE(random.pick([2 * samples, 0, 0xffffffff, 3]), 40);
    return bytes;
  },
  run: (input) => {
    const read = readWav(input);
    hold(!(read instanceof Int16Array) || read.length <= 16 * input.length, 'no file is longer than its bytes');
    return [];
  },
};

/** Every part that is fed. */
export const TARGETS: readonly Target[] = [sip, stream, sdp, rtp, esl, tones, drachtio, wav];
