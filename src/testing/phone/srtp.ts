import { createCipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * SRTP as most phones have it: AES in counter mode with 128 bits and HMAC-SHA1 with 80 (RFC 3711), keys in the session
 * description (RFC 4568). Written with nothing of the product's own code, so that a fault there is not repeated here.
 */

const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const KEY_BYTES = 16;
const TAG_BYTES = 10;
const HEADER_BYTES = 12;

interface Keys {
  readonly cipher: Buffer;
  readonly authentication: Buffer;
  readonly salt: Buffer;
}

/** RFC 3711 §4.3: the keys of a session, each from the master key with its label mixed into the salt. */
function keysOf(master: Buffer): Keys {
  const derive = (label: number, bytes: number): Buffer => {
    const start = Buffer.concat([master.subarray(KEY_BYTES), Buffer.alloc(2)]);
    start[7] = (start[7] ?? 0) ^ label;
    return createCipheriv('aes-128-ctr', master.subarray(0, KEY_BYTES), start).update(Buffer.alloc(bytes));
  };
  return { cipher: derive(0, 16), authentication: derive(1, 20), salt: derive(2, 14) };
}

/** One direction: its keys, and how often the sequence number has gone round. */
class Direction {
  readonly #keys: Keys;
  #highest: bigint | undefined;

  constructor(master: Buffer) {
    this.#keys = keysOf(master);
  }

  seal(packet: Buffer): Buffer {
    const index = this.#indexOf(packet.readUInt16BE(2));
    const sealed = this.#crypt(packet, index);
    return Buffer.concat([sealed, this.#tag(sealed, index)]);
  }

  open(bytes: Buffer): Buffer | undefined {
    if (bytes.length < HEADER_BYTES + TAG_BYTES) return undefined;
    const sealed = bytes.subarray(0, bytes.length - TAG_BYTES);
    const before = this.#highest;
    const index = this.#indexOf(bytes.readUInt16BE(2));
    if (timingSafeEqual(this.#tag(sealed, index), bytes.subarray(sealed.length))) return this.#crypt(sealed, index);
    this.#highest = before;
    return undefined;
  }

  /** The index nearest to the highest so far that ends with this sequence number (RFC 3711 §3.3.1). */
  #indexOf(sequence: number): bigint {
    const highest = this.#highest ?? BigInt(sequence);
    const near = [-1n, 0n, 1n].map((turn) => ((highest >> 16n) + turn) * 65_536n + BigInt(sequence));
    const away = (index: bigint): bigint => (index > highest ? index - highest : highest - index);
    const index = near.filter((one) => one >= 0n).reduce((best, one) => (away(one) < away(best) ? one : best));
    if (index > highest || this.#highest === undefined) this.#highest = index;
    return index;
  }

  #crypt(packet: Buffer, index: bigint): Buffer {
    const start = Buffer.concat([this.#keys.salt, Buffer.alloc(2)]);
    const mixed = Buffer.alloc(16);
    mixed.writeUInt32BE(packet.readUInt32BE(8), 4);
    mixed.writeUIntBE(Number(index), 8, 6);
    for (let at = 0; at < 16; at++) start[at] = (start[at] ?? 0) ^ (mixed[at] ?? 0);
    const body = createCipheriv('aes-128-ctr', this.#keys.cipher, start).update(packet.subarray(HEADER_BYTES));
    return Buffer.concat([packet.subarray(0, HEADER_BYTES), body]);
  }

  #tag(sealed: Buffer, index: bigint): Buffer {
    const turns = Buffer.alloc(4);
    turns.writeUInt32BE(Number(index >> 16n));
    const whole = createHmac('sha1', this.#keys.authentication).update(sealed).update(turns).digest();
    return whole.subarray(0, TAG_BYTES);
  }
}

/** How a phone offers SRTP: in place of RTP, or as what it would rather have (RFC 8643). */
export type SrtpOffer = 'required' | 'preferred';

/** SRTP of one call: the phone's key, and the far side's once its description has come. */
export class Srtp {
  readonly profile: 'RTP/SAVP' | 'RTP/AVP';
  readonly #master = randomBytes(30);
  readonly #sent = new Direction(this.#master);
  #received: Direction | undefined;
  #theirs = '';
  /** Packets that came and were not authentic. */
  refused = 0;

  constructor(offer: SrtpOffer) {
    this.profile = offer === 'required' ? 'RTP/SAVP' : 'RTP/AVP';
  }

  /** Whether the far side has given its key. */
  get agreed(): boolean {
    return this.#received !== undefined;
  }

  /** The line of the phone's description. */
  get line(): string {
    return `a=crypto:1 ${SUITE} inline:${this.#master.toString('base64')}`;
  }

  /** Takes a description of the far side; one without a key ends SRTP. */
  take(description: string): void {
    const key = new RegExp(`^a=crypto:\\d+ ${SUITE} inline:([A-Za-z0-9+/=]+)`, 'm').exec(description)?.[1];
    if (key === this.#theirs) return;
    this.#theirs = key ?? '';
    this.#received = key === undefined ? undefined : new Direction(Buffer.from(key, 'base64'));
  }

  /** A packet as it goes out; nothing goes out before SRTP is agreed when it is required. */
  seal(packet: Buffer): Buffer | undefined {
    if (this.agreed) return this.#sent.seal(packet);
    return this.profile === 'RTP/AVP' ? packet : undefined;
  }

  /** What is in a packet that came; undefined when it is not authentic. */
  open(bytes: Buffer): Buffer | undefined {
    if (this.#received === undefined) return this.profile === 'RTP/AVP' ? bytes : undefined;
    const opened = this.#received.open(bytes);
    if (opened === undefined) this.refused++;
    return opened;
  }
}
