import { createCipheriv, createDecipheriv } from 'node:crypto';
import { type PacketCipher, type PacketPlace, rtcpHeaderBytes } from './cipher.ts';
import type { SessionKeys } from './key-derivation.ts';

const tagBytes = 16;
const indexBytes = 4;

/** AES in Galois/counter mode (RFC 7714): the tag is part of what is encrypted, and the index of RTCP stands behind it. */
export class GcmCipher implements PacketCipher {
  readonly #algorithm: 'aes-128-gcm' | 'aes-256-gcm';
  readonly #key: Buffer;
  readonly #salt: Buffer;
  readonly #nonce = Buffer.alloc(12);

  constructor({ encryption, salt }: SessionKeys) {
    this.#algorithm = encryption.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
    this.#key = encryption;
    this.#salt = salt;
  }

  protectRtp(bytes: Uint8Array, header: number, length: number, place: PacketPlace): number {
    this.#seal(bytes, this.#nonceOf(place), header, length, bytes.subarray(0, header));
    return length + tagBytes;
  }

  openRtp(bytes: Uint8Array, header: number, mki: number, place: PacketPlace): number | undefined {
    const end = bytes.length - mki - tagBytes;
    if (end < header) return undefined;
    return this.#open(bytes, this.#nonceOf(place), header, end, bytes.subarray(0, header));
  }

  protectRtcp(bytes: Uint8Array, length: number, place: PacketPlace): number {
    const word = Buffer.alloc(indexBytes);
    word.writeUInt32BE(0x8000_0000 + place.index);
    const associated = Buffer.concat([bytes.subarray(0, rtcpHeaderBytes), word]);
    this.#seal(bytes, this.#nonceOf(place), rtcpHeaderBytes, length, associated);
    bytes.set(word, length + tagBytes);
    return length + tagBytes + indexBytes;
  }

  openRtcp(bytes: Uint8Array, mki: number, place: PacketPlace, encrypted: boolean): number | undefined {
    const wordAt = this.rtcpIndexAt(bytes.length, mki);
    const end = wordAt - tagBytes;
    if (end < rtcpHeaderBytes) return undefined;
    const word = bytes.subarray(wordAt, wordAt + indexBytes);
    // RFC 7714 §9.3: what is not encrypted is authenticated all the same.
    const header = encrypted ? rtcpHeaderBytes : end;
    const associated = Buffer.concat([bytes.subarray(0, header), word]);
    return this.#open(bytes, this.#nonceOf(place), header, end, associated);
  }

  rtpMkiAt(length: number, mki: number): number {
    return length - mki;
  }

  rtcpIndexAt(length: number, mki: number): number {
    return length - mki - indexBytes;
  }

  /** RFC 7714 §8.1 and §9.1: two zero bytes, the source, and the index in six, mixed with the salt. */
  #nonceOf({ ssrc, index }: PacketPlace): Buffer {
    const nonce = this.#nonce;
    nonce.writeUInt16BE(0, 0);
    nonce.writeUInt32BE(ssrc, 2);
    nonce.writeUIntBE(index, 6, 6);
    for (let at = 0; at < nonce.length; at++) nonce[at] = (nonce[at] as number) ^ (this.#salt[at] as number);
    return nonce;
  }

  #seal(bytes: Uint8Array, nonce: Buffer, from: number, to: number, associated: Uint8Array): void {
    const cipher = createCipheriv(this.#algorithm, this.#key, nonce, { authTagLength: tagBytes }).setAAD(associated);
    bytes.set(cipher.update(bytes.subarray(from, to)), from);
    cipher.final();
    bytes.set(cipher.getAuthTag(), to);
  }

  #open(bytes: Uint8Array, nonce: Buffer, from: number, to: number, associated: Uint8Array): number | undefined {
    const cipher = createDecipheriv(this.#algorithm, this.#key, nonce, { authTagLength: tagBytes })
      .setAAD(associated)
      .setAuthTag(bytes.subarray(to, to + tagBytes));
    const plain = cipher.update(bytes.subarray(from, to));
    try {
      cipher.final();
    } catch {
      return undefined;
    }
    bytes.set(plain, from);
    return to;
  }
}
