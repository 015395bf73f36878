import { type PacketCipher, rtcpHeaderBytes } from './cipher.ts';
import { packetCipher } from './packet-cipher.ts';
import { ReplayWindow } from './replay-window.ts';
import type { MasterKey, SrtpSuite } from './suites.ts';

/** What the other side protects its packets with. */
export interface InboundKeys {
  readonly suite: SrtpSuite;
  /** One, or several that are told apart by a name in each packet, which then has `mkiBytes`. */
  readonly keys: readonly { readonly master: MasterKey; readonly mki: Buffer }[];
  readonly mkiBytes: number;
}

/** Why a packet cannot be opened. */
export type SrtpFault = 'short' | 'version' | 'extension' | 'unauthenticated' | 'replayed';

/** A packet that was opened: what is readable now, in the place of what came. */
export type Opened = Uint8Array | SrtpFault;

/** Sources that may take turns; as many as reception counts. */
const mostSources = 4;
const fixedHeader = 12;
/** Of RTCP: the word that has the index, behind which the name of the key stands in every mode. */
const indexBytes = 4;

interface KeyCiphers {
  readonly mki: Buffer;
  readonly rtp: PacketCipher;
  readonly rtcp: PacketCipher;
}

interface Source {
  readonly ssrc: number;
  readonly rtp: ReplayWindow;
  readonly rtcp: ReplayWindow;
}

/** Opens what comes from the other side under one offer or answer: finds each packet's index, and lets none in twice. */
export class Inbound {
  readonly #keys: InboundKeys;
  readonly #ciphers: readonly KeyCiphers[];
  /** Those of whom an authentic packet has come, the latest first. Nothing else makes one. */
  #sources: Source[] = [];
  /** How far sources had come under the keys before these. */
  readonly #before: ReadonlyMap<number, number>;

  /**
   * @param former what the keys before these were used with: new keys do not set roll-over counters back (RFC 3711
   * §3.3.1), though some senders do.
   */
  constructor(keys: InboundKeys, former?: Inbound) {
    this.#keys = keys;
    const sources = former === undefined ? [] : former.#sources;
    this.#before = new Map(sources.map(({ ssrc, rtp }) => [ssrc, rtp.highest]));
    this.#ciphers = keys.keys.map(({ master, mki }) => ({
      mki,
      rtp: packetCipher(keys.suite, master, 'rtp'),
      rtcp: packetCipher(keys.suite, master, 'rtcp'),
    }));
  }

  /** RFC 3711 §3.3: a packet of RTP, which is decrypted in place. */
  openRtp(datagram: Uint8Array): Opened {
    const header = headerBytes(datagram);
    if (typeof header === 'string') return header;
    const ssrc = word(datagram, 8);
    const sequence = ((datagram[2] as number) << 8) | (datagram[3] as number);
    const source = this.#sources.find((each) => each.ssrc === ssrc);
    const { mkiBytes } = this.#keys;
    const cipher = this.#cipherFor(datagram, ({ rtp }) => rtp.rtpMkiAt(datagram.length, mkiBytes))?.rtp;
    for (const index of this.#indices(sequence, ssrc, source)) {
      if (source?.rtp.isReplayed(index)) return 'replayed';
      const end = cipher?.openRtp(datagram, header, mkiBytes, { ssrc, index });
      if (end === undefined) continue;
      this.#known(source, ssrc).rtp.note(index);
      return datagram.subarray(0, end);
    }
    return 'unauthenticated';
  }

  /**
   * The index that a packet must have. When nothing authentic has come of its source, those that it may have: the
   * sequence number may have gone round before the first packet that has arrived.
   */
  #indices(sequence: number, ssrc: number, source: Source | undefined): ReadonlySet<number> {
    if (source !== undefined) return new Set([indexOf(sequence, source.rtp.highest)]);
    return new Set([indexOf(sequence, this.#before.get(ssrc) ?? -1), sequence, 0x1_0000 + sequence]);
  }

  /** RFC 3711 §3.4: a compound packet of RTCP, which is decrypted in place. */
  openRtcp(datagram: Uint8Array): Opened {
    const { mkiBytes } = this.#keys;
    const at = this.#ciphers[0]?.rtcp.rtcpIndexAt(datagram.length, mkiBytes) ?? -1;
    if (at < rtcpHeaderBytes) return 'short';
    const ssrc = word(datagram, 4);
    const marked = word(datagram, at);
    const index = marked & 0x7fff_ffff;
    const source = this.#sources.find((each) => each.ssrc === ssrc);
    if (source?.rtcp.isReplayed(index)) return 'replayed';
    const cipher = this.#cipherFor(datagram, () => at + indexBytes)?.rtcp;
    const end = cipher?.openRtcp(datagram, mkiBytes, { ssrc, index }, marked >>> 31 === 1);
    if (end === undefined) return 'unauthenticated';
    this.#known(source, ssrc).rtcp.note(index);
    return datagram.subarray(0, end);
  }

  /** The ciphers of the key that the packet names; the only ones when keys have no names. */
  #cipherFor(datagram: Uint8Array, mkiAt: (ciphers: KeyCiphers) => number): KeyCiphers | undefined {
    const { mkiBytes } = this.#keys;
    if (mkiBytes === 0) return this.#ciphers[0];
    return this.#ciphers.find((ciphers) => {
      const at = mkiAt(ciphers);
      return at >= 0 && ciphers.mki.equals(datagram.subarray(at, at + mkiBytes));
    });
  }

  #known(source: Source | undefined, ssrc: number): Source {
    if (source !== undefined) return source;
    const added = { ssrc, rtp: new ReplayWindow(), rtcp: new ReplayWindow() };
    this.#sources = [added, ...this.#sources].slice(0, mostSources);
    return added;
  }
}

/** The header's length with contributing sources and extension (RFC 3550 §5.1), all of which stay readable. */
function headerBytes(datagram: Uint8Array): number | SrtpFault {
  if (datagram.length < fixedHeader) return 'short';
  const first = datagram[0] as number;
  if (first >> 6 !== 2) return 'version';
  const fixed = fixedHeader + 4 * (first & 0x0f);
  if ((first & 0x10) === 0) return fixed > datagram.length ? 'short' : fixed;
  if (fixed + 4 > datagram.length) return 'extension';
  const words = ((datagram[fixed + 2] as number) << 8) | (datagram[fixed + 3] as number);
  const header = fixed + 4 + 4 * words;
  return header > datagram.length ? 'extension' : header;
}

/**
 * RFC 3711 §3.3.1 and appendix A: of the indices that end with this sequence number, the one nearest to the highest so
 * far; a stream begins with a roll-over counter of 0.
 */
function indexOf(sequence: number, highest: number): number {
  if (highest < 0) return sequence;
  const rollOver = Math.floor(highest / 0x1_0000);
  const last = highest % 0x1_0000;
  if (last < 0x8000) return (sequence - last > 0x8000 && rollOver > 0 ? rollOver - 1 : rollOver) * 0x1_0000 + sequence;
  return (last - 0x8000 > sequence ? rollOver + 1 : rollOver) * 0x1_0000 + sequence;
}

function word(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
