import { type Codec, PAYLOAD_TYPE } from './g711.ts';

/** Which way audio goes, from the side that wrote it (RFC 8866 §6.7). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** Codecs that a phone may name. It can speak and hear G.711 alone; the others are for being refused. */
export type OfferedCodec = Codec | 'G722' | 'G729' | 'GSM';

const STATIC: Readonly<Record<OfferedCodec, number>> = { ...PAYLOAD_TYPE, G722: 9, G729: 18, GSM: 3 };

/** What one side says of its audio. */
export interface AudioDescription {
  readonly host: string;
  /** 0 refuses or ends the stream (RFC 3264 §6). */
  readonly port: number;
  readonly codecs: readonly OfferedCodec[];
  /** The payload type of `telephone-event/8000`, 96–127 as a rule; undefined for none. */
  readonly eventPayloadType: number | undefined;
  /** Packet time in milliseconds. */
  readonly ptime: number;
  readonly direction: Direction;
  /** The profile and the key of SRTP; absent, plain RTP. */
  readonly security?: { readonly profile: string; readonly line: string } | undefined;
}

/** Writes a session description with one audio stream (RFC 8866). `version` goes up with each change of it (RFC 3264 §8). */
export function writeSdp(audio: AudioDescription, sessionId: number, version: number): string {
  const types = audio.codecs.map((codec) => STATIC[codec]);
  const maps = audio.codecs.map((codec) => `a=rtpmap:${STATIC[codec]} ${codec}/8000`);
  if (audio.eventPayloadType !== undefined) {
    types.push(audio.eventPayloadType);
    maps.push(`a=rtpmap:${audio.eventPayloadType} telephone-event/8000`, `a=fmtp:${audio.eventPayloadType} 0-15`);
  }
  const family = audio.host.includes(':') ? 'IP6' : 'IP4';
  const lines = [
    'v=0',
    `o=- ${sessionId} ${version} IN ${family} ${audio.host}`,
    's=-',
    `c=IN ${family} ${audio.host}`,
    't=0 0',
    `m=audio ${audio.port} ${audio.security?.profile ?? 'RTP/AVP'} ${types.join(' ')}`,
    ...maps,
    ...(audio.security === undefined ? [] : [audio.security.line]),
    `a=ptime:${audio.ptime}`,
    `a=${audio.direction}`,
  ];
  return `${lines.join('\r\n')}\r\n`;
}

const G711: readonly Codec[] = ['PCMU', 'PCMA'];

/** What the other side said of its audio, with codecs in its order of preference. */
export interface RemoteAudio {
  readonly host: string;
  readonly port: number;
  /** The G.711 codings it takes, with their payload types, the preferred one first. */
  readonly codecs: readonly { readonly codec: Codec; readonly payloadType: number }[];
  readonly eventPayloadType: number | undefined;
  readonly ptime: number | undefined;
  readonly direction: Direction;
}

/** Reads the first audio stream of a session description (RFC 8866, RFC 3551 §6); undefined when there is none. */
export function readSdp(text: string): RemoteAudio | undefined {
  const lines = text.split(/\r?\n/);
  const start = lines.findIndex((line) => line.startsWith('m=audio '));
  if (start < 0) return undefined;
  const next = lines.findIndex((line, i) => i > start && line.startsWith('m='));
  const session = lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('m=')),
  );
  const media = lines.slice(start, next < 0 ? lines.length : next);
  const [, port = '0', , ...types] = (media[0] ?? '').split(' ');
  const connection = media.find((line) => line.startsWith('c=')) ?? session.find((line) => line.startsWith('c='));
  const attributes = media.filter((line) => line.startsWith('a=')).map((line) => line.slice(2));
  const encodings = types.map((type) => ({ type: Number(type), name: encodingName(Number(type), attributes) }));
  const directed = [...attributes, ...session.map((line) => line.replace(/^a=/, ''))].find(isDirection);
  const ptime = attributes.find((attribute) => attribute.startsWith('ptime:'))?.slice('ptime:'.length);
  return {
    host: connection?.split(' ')[2]?.split('/')[0] ?? '',
    port: Number(port.split('/')[0]),
    codecs: encodings.flatMap(({ type, name }) => {
      const codec = G711.find((known) => name === `${known}/8000`);
      return codec === undefined ? [] : [{ codec, payloadType: type }];
    }),
    eventPayloadType: encodings.find(({ name }) => name === 'TELEPHONE-EVENT/8000')?.type,
    ptime: ptime === undefined ? undefined : Number(ptime),
    direction: directed ?? 'sendrecv',
  };
}

function isDirection(text: string): text is Direction {
  return text === 'sendrecv' || text === 'sendonly' || text === 'recvonly' || text === 'inactive';
}

function encodingName(type: number, attributes: readonly string[]): string | undefined {
  const map = attributes.find((attribute) => attribute.startsWith(`rtpmap:${type} `));
  if (map !== undefined) return map.split(' ')[1]?.toUpperCase().replace(/\/1$/, '');
  const codec = G711.find((known) => PAYLOAD_TYPE[known] === type);
  return codec === undefined ? undefined : `${codec}/8000`;
}

/** The direction that answers an offered one when this side would rather have `wanted` (RFC 3264 §6.1). */
export function answerDirection(offered: Direction, wanted: Direction): Direction {
  const sends = (offered === 'sendrecv' || offered === 'recvonly') && (wanted === 'sendrecv' || wanted === 'sendonly');
  const receives =
    (offered === 'sendrecv' || offered === 'sendonly') && (wanted === 'sendrecv' || wanted === 'recvonly');
  if (sends) return receives ? 'sendrecv' : 'sendonly';
  return receives ? 'recvonly' : 'inactive';
}
