import { isIP, SocketAddress } from 'node:net';
import { type MediaDescription, parse, type SessionDescription, write } from 'sdp-transform';
import type { G711Law } from './g711.ts';
import type { AgreedSecurity, OwnKeys } from './srtp/media-security.ts';
import { acceptCrypto, answerCrypto, offerCrypto, readCrypto, type WrittenCrypto } from './srtp/sdes.ts';

/** Whether media may flow, as the attributes of RFC 4566 §6 name it, each from its own side. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What a packet that may come carries. */
export type PayloadKind = G711Law | 'telephone-event' | 'comfort-noise';

/** What an offer and an answer have settled about the one audio stream. */
export interface AgreedMedia {
  /** What is sent, and the payload number that the peer has given it. */
  readonly law: G711Law;
  readonly payloadType: number;
  /** telephone-event's payload number; `undefined` when the peer knows none. */
  readonly telephoneEvent: number | undefined;
  /**
   * What may come under which payload number: not only what we send, for peers change among all they have offered
   * (RFC 3264 §8.3.2 lets them; most do it without asking).
   */
  readonly payloads: ReadonlyMap<number, PayloadKind>;
  /** How much audio the peer wants in a packet: 10 to 60 ms. */
  readonly ptime: number;
  /** From our side: whether we may send, and whether we may expect anything. */
  readonly direction: Direction;
  /** Where the peer wants its audio. */
  readonly address: string;
  readonly port: number;
  /** Where it wants its control packets (RFC 3605), at the same address; `undefined` when that is not known. */
  readonly rtcpPort: number | undefined;
  /** Whether control packets share the port of the audio (RFC 5761). */
  readonly rtcpMux: boolean;
  /** How both sides protect what they send; `undefined` is plain RTP. */
  readonly security: AgreedSecurity | undefined;
}

/** Our end of the stream, for the session description. */
export interface LocalMedia {
  readonly address: string;
  readonly port: number;
  /** The session's number and its version, which grows with each description that differs (RFC 3264 §8). */
  readonly sessionId: number;
  readonly version: number;
  /** Our keys for SRTP in this call. */
  readonly keys: OwnKeys;
}

/** Why there is no agreement: `malformed` is no usable description, the others are descriptions we cannot serve. */
export type SdpRefusal = 'malformed' | 'no-common-codec' | 'no-crypto' | 'address';

export type Negotiated<T> = { readonly kind: 'agreed' } & T;
export type Refused = { readonly kind: 'refused'; readonly reason: SdpRefusal };

/** The payload number for telephone-event when the choice is ours, as FreeSWITCH's profile has it. */
const ownTelephoneEvent = 101;
const defaultPtime = 20;
const longestDescription = 16_384;
/** Each line costs some microseconds, and all calls of the thread wait meanwhile; real descriptions have a few dozen. */
const mostLines = 512;
const mostMediaLines = 16;
const name = 'Touchtone-Mediaserver';
/** The profiles of RTP and SRTP (RFC 3551, RFC 3711). */
const PLAIN = 'RTP/AVP';
const SECURE = 'RTP/SAVP';

const staticLaws: ReadonlyMap<number, G711Law> = new Map([
  [0, 'PCMU'],
  [8, 'PCMA'],
]);
/** Comfort noise (RFC 3389) has a static number; it comes without having been agreed on, too. */
const staticComfortNoise = 13;

const mirrored: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/**
 * Answers an offer (RFC 3264 §6): the first audio line over RTP or SRTP that names PCMU or PCMA is taken, with the first
 * of the two that it lists; every other line is refused with port 0, in the order of the offer. SRTP needs a `crypto`
 * attribute of use (RFC 4568); a line of plain RTP with one is answered with SRTP, too (RFC 8643).
 *
 * @param offer the description as received; `local` our end.
 * @returns the answer's text and what was agreed, or why not.
 */
export function answerOffer(
  offer: string,
  local: LocalMedia,
): Negotiated<{ readonly answer: string; readonly media: AgreedMedia }> | Refused {
  const description = parseDescription(offer);
  if (description === undefined) return { kind: 'refused', reason: 'malformed' };
  let taken: AgreedMedia | undefined;
  let refusal: SdpRefusal = 'no-common-codec';
  const crypto = readCrypto(offer);
  const lines = description.media.map((line, at) => {
    const secured = answerCrypto(crypto[at] ?? [], local.keys);
    const media = taken === undefined ? readMedia(line, description, local, secured?.security) : 'no-common-codec';
    if (typeof media === 'string') {
      if (taken === undefined && media !== 'no-common-codec') refusal = media;
      return refuseLine(line);
    }
    taken = media;
    const attributes = secured === undefined ? [] : [secured.attribute];
    const protocol = profileOf(line);
    return mediaLine(media, local, [[media.payloadType, media.law]], { protocol, crypto: attributes });
  });
  if (taken === undefined) return { kind: 'refused', reason: refusal };
  return { kind: 'agreed', answer: writeDescription(local, lines), media: taken };
}

/**
 * Our own offer, for an INVITE that brought none (RFC 3264 §5): both laws, keys, 20 ms, both ways.
 *
 * @param secure whether SRTP is offered, and nothing else.
 */
export function makeOffer(local: LocalMedia, secure = false): string {
  const media = {
    telephoneEvent: ownTelephoneEvent,
    ptime: defaultPtime,
    direction: 'sendrecv',
    rtcpMux: false,
  } as const;
  const codecs = [
    [0, 'PCMU'],
    [8, 'PCMA'],
  ] as const;
  const profile = secure ? { protocol: SECURE, crypto: offerCrypto(local.keys) } : { protocol: PLAIN, crypto: [] };
  return writeDescription(local, [mediaLine(media, local, codecs, profile)]);
}

/** Reads the answer to {@link makeOffer}: what the peer agreed to, or why it is of no use. */
export function readAnswer(
  answer: string,
  local: Pick<LocalMedia, 'address' | 'keys'>,
  secure = false,
): Negotiated<{ readonly media: AgreedMedia }> | Refused {
  const description = parseDescription(answer);
  if (description === undefined) return { kind: 'refused', reason: 'malformed' };
  const line = description.media[0];
  const security = secure ? acceptCrypto(readCrypto(answer)[0] ?? [], local.keys) : undefined;
  if (secure && (line === undefined || profileOf(line) !== SECURE || security === undefined))
    return { kind: 'refused', reason: 'no-crypto' };
  const media = line === undefined ? 'malformed' : readMedia(line, description, local, security);
  if (typeof media === 'string') return { kind: 'refused', reason: media };
  // RFC 3264 §5.1: we take all that we have offered, under our own numbers, whatever numbers the answer has.
  const offered: ReadonlyMap<number, PayloadKind> = new Map([...staticLaws, [ownTelephoneEvent, 'telephone-event']]);
  return { kind: 'agreed', media: { ...media, payloads: new Map([...media.payloads, ...offered]) } };
}

/** Which family the address of a description's first audio line is of; `undefined` when it names none. */
export function familyOf(description: string): 4 | 6 | undefined {
  const parsed = parseDescription(description);
  const line = parsed?.media.find(({ type, port }) => type === 'audio' && port !== 0);
  const address = line?.connection?.ip ?? parsed?.connection?.ip ?? '';
  const family = isIP(address);
  return family === 4 || family === 6 ? family : undefined;
}

function parseDescription(text: string): SessionDescription | undefined {
  if (text.length > longestDescription || text.split('\n', mostLines + 1).length > mostLines || !/^v=0\r?$/m.test(text))
    return undefined;
  try {
    const description = parse(text);
    const lines = description.media.length;
    return lines > 0 && lines <= mostMediaLines ? description : undefined;
  } catch {
    return undefined;
  }
}

/** The first usable codec of a media line and its conditions, or why the line is of no use to us. */
function readMedia(
  line: MediaDescription,
  description: SessionDescription,
  local: Pick<LocalMedia, 'address'>,
  security: AgreedSecurity | undefined,
): AgreedMedia | SdpRefusal {
  const profile = profileOf(line);
  const isSecure = profile === SECURE;
  if (line.type !== 'audio' || !(isSecure || profile === PLAIN) || line.port === 0) return 'no-common-codec';
  if (isSecure && security === undefined) return 'no-crypto';
  const numbers = String(line.payloads ?? '')
    .split(' ')
    .map(Number);
  const codec = numbers.map((number) => [number, lawOf(line, number)] as const).find(([, law]) => law !== undefined);
  const [payloadType, law] = codec ?? [];
  if (payloadType === undefined || law === undefined) return 'no-common-codec';
  if (!Number.isInteger(line.port) || line.port < 1 || line.port > 65_535) return 'malformed';
  const written = line.connection?.ip ?? description.connection?.ip;
  if (written === undefined) return 'malformed';
  const address = canonical(written);
  // RFC 3264 §8.4: an address of zeros puts us on hold without saying so in the direction.
  const held = address === '0.0.0.0' || address === '::';
  // A socket of one family cannot send to the other.
  if (!held && (!isUnicast(address) || isIP(address) !== isIP(local.address))) return 'address';
  const asked = line.direction ?? description.direction ?? 'sendrecv';
  const direction =
    held && asked === 'sendrecv' ? 'recvonly' : held && asked === 'recvonly' ? 'inactive' : mirrored[asked];
  return {
    law,
    payloadType,
    telephoneEvent: telephoneEventOf(line, numbers),
    payloads: payloadsOf(line, numbers),
    ptime: packetTime(line),
    direction,
    address,
    port: line.port,
    rtcpPort: rtcpPortOf(line, address),
    rtcpMux: line.rtcpMux !== undefined,
    security,
  };
}

/**
 * The profile of a media line in capitals: as with FreeSWITCH, any case will do, for drachtio-fsmrf lets no `SAVP` pass. The
 * parser leaves it out of a line that is cut short, and makes a number of one of digits.
 */
function profileOf({ protocol }: MediaDescription): string {
  const given: unknown = protocol;
  return String(given ?? '').toUpperCase();
}

/** The port beside that of the audio, unless an attribute names another (RFC 3605); one at another host is not used. */
function rtcpPortOf({ port, rtcp }: MediaDescription, address: string): number | undefined {
  if (rtcp?.address !== undefined && canonical(rtcp.address) !== address) return undefined;
  const named = rtcp?.port ?? port + 1;
  return Number.isInteger(named) && named >= 1 && named <= 65_535 ? named : undefined;
}

function lawOf(line: MediaDescription, payloadType: number): G711Law | undefined {
  const map = line.rtp.find(({ payload }) => payload === payloadType);
  if (map === undefined) return staticLaws.get(payloadType);
  const encoding = encodingName(map).toUpperCase();
  return (encoding === 'PCMU' || encoding === 'PCMA') && map.rate === 8_000 ? encoding : undefined;
}

/** The parser gives an encoding name that consists of digits as a number, whatever its declaration says. */
function encodingName({ codec }: MediaDescription['rtp'][number]): string {
  return String(codec);
}

/** Telephone events share the audio's clock (RFC 4733 §2.1); a line may list one number for each rate. */
function telephoneEventOf(line: MediaDescription, listed: readonly number[]): number | undefined {
  const found = line.rtp.find(
    (map) =>
      encodingName(map).toLowerCase() === 'telephone-event' &&
      (map.rate ?? 8_000) === 8_000 &&
      listed.includes(map.payload) &&
      map.payload < 128,
  );
  return found?.payload;
}

/** What each number that the line lists stands for, as far as it is of use. */
function payloadsOf(line: MediaDescription, listed: readonly number[]): ReadonlyMap<number, PayloadKind> {
  const payloads = new Map<number, PayloadKind>([[staticComfortNoise, 'comfort-noise']]);
  for (const number of listed) {
    const law = lawOf(line, number);
    const map = line.rtp.find(({ payload }) => payload === number);
    if (law !== undefined) payloads.set(number, law);
    else if (map !== undefined && encodingName(map).toUpperCase() === 'CN' && (map.rate ?? 8_000) === 8_000) {
      payloads.set(number, 'comfort-noise');
    }
  }
  const keys = telephoneEventOf(line, listed);
  return keys === undefined ? payloads : payloads.set(keys, 'telephone-event');
}

function packetTime(line: MediaDescription): number {
  const wanted = Math.min(line.ptime ?? defaultPtime, line.maxptime ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(wanted) || wanted <= 0) return defaultPtime;
  return Math.min(60, Math.max(10, 10 * Math.floor(wanted / 10)));
}

/** An IPv6 address in the one form (RFC 5952) that sources of packets are told in; anything else as it is. */
function canonical(address: string): string {
  return isIP(address) === 6 ? new SocketAddress({ family: 'ipv6', address }).address : address;
}

/** Media goes to one host whose address is given; names are not looked up for a stranger. */
function isUnicast(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return Number.parseInt(address, 10) < 224;
    case 6:
      return !/^ff/i.test(address);
    default:
      return false;
  }
}

function refuseLine(line: MediaDescription): MediaDescription {
  const { type, protocol, payloads } = line;
  return { type, port: 0, protocol, payloads: String(payloads ?? '0'), rtp: [], fmtp: [] };
}

function mediaLine(
  media: Pick<AgreedMedia, 'telephoneEvent' | 'ptime' | 'direction' | 'rtcpMux'>,
  local: LocalMedia,
  codecs: readonly (readonly [number, G711Law])[],
  { protocol, crypto }: { readonly protocol: string; readonly crypto: WrittenCrypto[] },
): MediaDescription {
  const keys = media.telephoneEvent;
  return {
    type: 'audio',
    port: local.port,
    protocol,
    payloads: [...codecs.map(([number]) => number), ...(keys === undefined ? [] : [keys])].join(' '),
    rtp: [
      ...codecs.map(([payload, codec]) => ({ payload, codec, rate: 8_000 })),
      ...(keys === undefined ? [] : [{ payload: keys, codec: 'telephone-event', rate: 8_000 }]),
    ],
    // The sixteen keys of RFC 4733 §3.2; flash and the tones are not asked for.
    fmtp: keys === undefined ? [] : [{ payload: keys, config: '0-15' }],
    ptime: media.ptime,
    direction: media.direction,
    ...(crypto.length > 0 ? { crypto } : {}),
    ...(media.rtcpMux ? { rtcpMux: 'rtcp-mux' } : {}),
  };
}

function writeDescription(local: LocalMedia, media: MediaDescription[]): string {
  const ipVer = isIP(local.address) === 6 ? 6 : 4;
  return write({
    version: 0,
    origin: {
      username: name,
      sessionId: local.sessionId,
      sessionVersion: local.version,
      netType: 'IN',
      ipVer,
      address: local.address,
    },
    name,
    connection: { version: ipVer, ip: local.address },
    timing: { start: 0, stop: 0 },
    media,
  });
}
