import { type Command, parseCommand } from '../../embedded/drachtio-server/command.ts';
import { FrameReader } from '../../embedded/drachtio-server/frame-reader.ts';
import { CommandFraming, type EslCommand } from '../../embedded/media-server/command-framing.ts';
import { makeTones } from '../../embedded/media-server/tone-script.ts';
import { readWav } from '../../embedded/media-server/wav.ts';
import { answerOffer, readAnswer } from '../../embedded/rtp/sdp.ts';
import { makeOwnKeys } from '../../embedded/rtp/srtp/sdes.ts';
import { responseTo, serialise } from '../../embedded/sip/message.ts';
import { parseMessage } from '../../embedded/sip/parse-message.ts';
import { TransactionLayer } from '../../embedded/sip/transaction-layer.ts';
import { answerForCaller, hasSrtp, needsDtls, offerForMediaServer } from '../../telephony/media-security.ts';
import { agreesOnTelephoneEvent, factsOf, fitDescription } from '../../telephony/session-description.ts';
import { examineMessage } from '../../telephony/wire-guard.ts';
import { CapturedLog } from '../captured-log.ts';
import { FakeClock } from '../clock.ts';
import { MemoryTransport } from '../edge/memory-transport.ts';
import { atEventSocket } from './event-socket-target.ts';
import { drachtioFrame, eslCommand, sessionDescription, sipMessage } from './grammar.ts';
import { rtp } from './media-target.ts';
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

const LOCAL = { address: '192.0.2.10', port: 20_000, sessionId: 1, version: 1, keys: makeOwnKeys() };

const sdp: Target = {
  name: 'sdp',
  cost: 1,
  limit: () => LIMIT,
  tokens: [
    'm=audio',
    'RTP/AVP',
    'RTP/SAVP',
    'AES_CM_128_HMAC_SHA1_80',
    'AEAD_AES_256_GCM',
    'inline:',
    '|2^20|1:4',
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
      hold(/^m=audio \d+ RTP\/S?AVP \d+/m.test(answer), 'an answer has an audio line');
      hold(
        !/[^\x20-\x7e\r\n]/.test(answer) || /[^\x20-\x7e\r\n]/.test(text),
        'an answer has no character of its own that is none of ASCII',
      );
      agreesOnTelephoneEvent(text, answer);
    }
    readAnswer(text, LOCAL);
    readAnswer(text, LOCAL, true);
    const fit = fitDescription(text);
    if (fit !== undefined) {
      hold(!fit.includes('%'), 'no description with an escape is passed on');
      factsOf(fit);
      needsDtls(fit);
      hasSrtp(fit);
      answerForCaller(fit, offerForMediaServer(fit));
    }
    return [];
  },
};

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
