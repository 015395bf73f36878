import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RequestDigests } from '../services/ports/request-digests.ts';
import { derivedKey } from './derived-key.ts';
import type { PinKeys } from './pin-keys.ts';

/** HMAC-SHA-256 in base64, behind the id of its key. */
class HmacRequestDigests implements RequestDigests {
  readonly #current: string;
  readonly #keys: ReadonlyMap<string, Buffer>;

  constructor(keys: PinKeys) {
    this.#current = keys[0].id;
    this.#keys = new Map(keys.map((key) => [key.id, derivedKey(key, 'requests')]));
  }

  digest(text: string): string {
    return this.#digestWith(this.#current, text) ?? '';
  }

  matches(text: string, digest: string): boolean {
    const expected = this.#digestWith(digest.slice(0, digest.lastIndexOf(' ')), text);
    if (expected === undefined || expected.length !== digest.length) return false;
    return timingSafeEqual(Buffer.from(expected), Buffer.from(digest));
  }

  #digestWith(keyId: string, text: string): string | undefined {
    const key = this.#keys.get(keyId);
    return key && `${keyId} ${createHmac('sha256', key).update(text, 'utf8').digest('base64')}`;
  }
}

/** Makes digests with the current key, and knows again what any key of the file has made. */
export function createRequestDigests(keys: PinKeys): RequestDigests {
  return new HmacRequestDigests(keys);
}
