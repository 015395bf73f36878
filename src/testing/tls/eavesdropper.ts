/** What somebody can tell who reads along. */
export interface Overheard {
  /** Keys, as far as RTP events (RFC 4733) tell them. */
  readonly keys: string;
  /** Words of SIP and of session descriptions. */
  readonly words: readonly string[];
  /** Numbers and PINs that stand anywhere as text. */
  readonly digits: readonly string[];
  /** Whether audio can be made out: silence in G.711 is one byte again and again. */
  readonly audio: boolean;
}

const KEYS = '0123456789*#ABCD';
const WORDS = [
  'SIP/2.0',
  'INVITE',
  'BYE sip',
  'Via:',
  'CSeq',
  'v=0\r\n',
  'm=audio',
  'a=crypto',
  'inline:',
  'telephone-event',
];
const EVENT_PAYLOAD_TYPE = 101;
const RTP_HEADER = 12;
/** A press is sent many times with the same code: what changes from packet to packet is none. */
const LEAST_PACKETS = 3;
const SILENT_BYTES = 80;

/**
 * Looks for everything readable in what was recorded.
 *
 * @param signalling the bytes of connections, in order; `media` datagrams of RTP; `secrets` what was keyed.
 */
export function eavesdrop(
  signalling: readonly Buffer[],
  media: readonly Buffer[],
  secrets: readonly string[],
): Overheard {
  const text = Buffer.concat(signalling).toString('latin1');
  const all = `${text}\n${Buffer.concat(media).toString('latin1')}`;
  return {
    keys: keysIn(media),
    words: WORDS.filter((word) => text.includes(word)),
    digits: secrets.filter((secret) => all.includes(secret)),
    audio: media.some((datagram) => isSilent(datagram.subarray(RTP_HEADER))),
  };
}

function keysIn(datagrams: readonly Buffer[]): string {
  const presses = new Map<string, Buffer[]>();
  for (const datagram of datagrams) {
    if (datagram.length < RTP_HEADER + 4 || (datagram.readUInt8(1) & 0x7f) !== EVENT_PAYLOAD_TYPE) continue;
    const press = datagram.toString('hex', 4, RTP_HEADER);
    presses.set(press, [...(presses.get(press) ?? []), datagram]);
  }
  return [...presses.values()].map(keyOf).join('');
}

function keyOf(packets: readonly Buffer[]): string {
  const codes = new Set(packets.map((packet) => packet.readUInt8(RTP_HEADER)));
  const [code = KEYS.length] = codes;
  return codes.size === 1 && packets.length >= LEAST_PACKETS ? KEYS.charAt(code) : '';
}

function isSilent(payload: Buffer): boolean {
  return payload.includes(Buffer.alloc(SILENT_BYTES, 0xff)) || payload.includes(Buffer.alloc(SILENT_BYTES, 0xd5));
}
