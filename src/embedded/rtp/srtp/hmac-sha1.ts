import { hash } from 'node:crypto';

const blockBytes = 64;
const digestBytes = 20;
const roomAtFirst = 768;

/**
 * HMAC-SHA1 under one key (RFC 2104) for many short messages. `createHmac` makes an object for each of them, which takes
 * several times as long as the hashing; here both of its hashes are made at once, each over a buffer that begins with the key.
 */
export class HmacSha1 {
  #inner: Buffer;
  readonly #outer = Buffer.alloc(blockBytes + digestBytes);

  /** @param key at most 64 bytes; longer ones would have to be hashed before. */
  constructor(key: Buffer) {
    if (key.length > blockBytes) throw new RangeError('A key of HMAC-SHA1 has at most 64 bytes here');
    this.#inner = Buffer.alloc(blockBytes + roomAtFirst);
    for (let at = 0; at < blockBytes; at++) {
      const byte = key[at] ?? 0;
      this.#inner[at] = byte ^ 0x36;
      this.#outer[at] = byte ^ 0x5c;
    }
  }

  /** The 20 bytes for a message: so many bytes of `bytes`, and what stands behind them. */
  of(bytes: Uint8Array, length: number, behind?: Uint8Array): Buffer {
    const whole = blockBytes + length + (behind?.length ?? 0);
    if (this.#inner.length < whole) {
      const larger = Buffer.alloc(2 * whole);
      this.#inner.copy(larger, 0, 0, blockBytes);
      this.#inner = larger;
    }
    this.#inner.set(bytes.subarray(0, length), blockBytes);
    if (behind !== undefined) this.#inner.set(behind, blockBytes + length);
    this.#outer.set(hash('sha1', this.#inner.subarray(0, whole), 'buffer'), blockBytes);
    return hash('sha1', this.#outer, 'buffer');
  }
}
