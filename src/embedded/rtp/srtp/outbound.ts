import type { PacketCipher } from './cipher.ts';
import { packetCipher } from './packet-cipher.ts';
import type { MasterKey, SrtpSuite } from './suites.ts';

/** What we protect our packets with. */
export interface OutboundKeys {
  readonly suite: SrtpSuite;
  readonly master: MasterKey;
}

const fixedHeader = 12;

/** Protects what goes to the other side. Our packets have the fixed header alone, and rising sequence numbers. */
export class Outbound {
  readonly #rtp: PacketCipher;
  readonly #rtcp: PacketCipher;
  #rollOver = 0;
  #sequence = -1;
  #rtcpIndex = 0;

  constructor({ suite, master }: OutboundKeys) {
    this.#rtp = packetCipher(suite, master, 'rtp');
    this.#rtcp = packetCipher(suite, master, 'rtcp');
  }

  /** Protects a packet of RTP in place and says where it ends then. */
  protectRtp(bytes: Uint8Array, length: number): number {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const sequence = view.readUInt16BE(2);
    // RFC 3711 §3.3.1: the sequence number has gone round.
    if (sequence < this.#sequence) this.#rollOver++;
    this.#sequence = sequence;
    const place = { ssrc: view.readUInt32BE(8), index: this.#rollOver * 0x1_0000 + sequence };
    return this.#rtp.protectRtp(bytes, fixedHeader, length, place);
  }

  /** Protects a compound packet of RTCP in place and says where it ends then. */
  protectRtcp(bytes: Uint8Array, length: number): number {
    const ssrc = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32BE(4);
    const index = this.#rtcpIndex;
    this.#rtcpIndex = (this.#rtcpIndex + 1) % 0x8000_0000;
    return this.#rtcp.protectRtcp(bytes, length, { ssrc, index });
  }
}
