import { type Cipheriv, createCipheriv, timingSafeEqual } from 'node:crypto';
import { type PacketCipher, type PacketPlace, rtcpHeaderBytes } from './cipher.ts';
import { HmacSha1 } from './hmac-sha1.ts';
import type { SessionKeys } from './key-derivation.ts';

const blockBytes = 16;
const indexBytes = 4;

/** AES in counter mode with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1). */
export class CounterModeCipher implements PacketCipher {
  /** Encrypts the counters: one object serves all packets, where counter mode itself would need a new one for each. */
  readonly #block: Cipheriv;
  readonly #salt: Buffer;
  readonly #hmac: HmacSha1;
  readonly #tagBytes: number;
  readonly #start = Buffer.alloc(blockBytes);
  readonly #rollOver = Buffer.alloc(4);
  #counters: Buffer = Buffer.alloc(32 * blockBytes);

  constructor({ encryption, salt, authentication }: SessionKeys, tagBytes: number) {
    this.#block = createCipheriv(`aes-${8 * encryption.length}-ecb`, encryption, null).setAutoPadding(false);
    this.#salt = salt;
    this.#hmac = new HmacSha1(authentication);
    this.#tagBytes = tagBytes;
  }

  protectRtp(bytes: Uint8Array, header: number, length: number, place: PacketPlace): number {
    this.#crypt(bytes, header, length, place);
    return this.#addTag(bytes, length, this.#rollOverOf(place));
  }

  openRtp(bytes: Uint8Array, header: number, mki: number, place: PacketPlace): number | undefined {
    const end = this.rtpMkiAt(bytes.length, mki);
    if (end < header || !this.#isAuthentic(bytes, end, this.#rollOverOf(place))) return undefined;
    this.#crypt(bytes, header, end, place);
    return end;
  }

  protectRtcp(bytes: Uint8Array, length: number, place: PacketPlace): number {
    this.#crypt(bytes, rtcpHeaderBytes, length, place);
    writeWord(bytes, length, 0x8000_0000 + place.index);
    return this.#addTag(bytes, length + indexBytes);
  }

  openRtcp(bytes: Uint8Array, mki: number, place: PacketPlace, encrypted: boolean): number | undefined {
    const end = this.rtcpIndexAt(bytes.length, mki);
    if (end < rtcpHeaderBytes || !this.#isAuthentic(bytes, end + indexBytes)) return undefined;
    if (encrypted) this.#crypt(bytes, rtcpHeaderBytes, end, place);
    return end;
  }

  rtpMkiAt(length: number, mki: number): number {
    return length - this.#tagBytes - mki;
  }

  rtcpIndexAt(length: number, mki: number): number {
    return length - this.#tagBytes - mki - indexBytes;
  }

  #crypt(bytes: Uint8Array, from: number, to: number, { ssrc, index }: PacketPlace): void {
    const start = this.#start;
    start.fill(0);
    this.#salt.copy(start);
    // RFC 3711 §4.1.1: the salt, the source and the index, each at its place, and the counter in the last two bytes.
    start.writeUInt32BE((start.readUInt32BE(4) ^ ssrc) >>> 0, 4);
    start.writeUInt32BE((start.readUInt32BE(8) ^ Math.floor(index / 0x1_0000)) >>> 0, 8);
    start.writeUInt16BE(start.readUInt16BE(12) ^ (index % 0x1_0000), 12);
    const blocks = Math.ceil((to - from) / blockBytes);
    if (this.#counters.length < blocks * blockBytes) this.#counters = Buffer.alloc(blocks * blockBytes);
    for (let block = 0; block < blocks; block++) {
      start.copy(this.#counters, block * blockBytes);
      this.#counters.writeUInt16BE(block, block * blockBytes + blockBytes - 2);
    }
    const stream = this.#block.update(this.#counters.subarray(0, blocks * blockBytes));
    for (let at = from; at < to; at++) bytes[at] = (bytes[at] as number) ^ (stream[at - from] as number);
  }

  #rollOverOf({ index }: PacketPlace): Buffer {
    this.#rollOver.writeUInt32BE(Math.floor(index / 0x1_0000) >>> 0);
    return this.#rollOver;
  }

  #tagOf(bytes: Uint8Array, end: number, behind?: Buffer): Buffer {
    return this.#hmac.of(bytes, end, behind).subarray(0, this.#tagBytes);
  }

  #addTag(bytes: Uint8Array, end: number, behind?: Buffer): number {
    bytes.set(this.#tagOf(bytes, end, behind), end);
    return end + this.#tagBytes;
  }

  #isAuthentic(bytes: Uint8Array, end: number, behind?: Buffer): boolean {
    return timingSafeEqual(this.#tagOf(bytes, end, behind), bytes.subarray(bytes.length - this.#tagBytes));
  }
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  for (let byte = 0; byte < 4; byte++) bytes[at + byte] = (word >>> (24 - 8 * byte)) & 0xff;
}
