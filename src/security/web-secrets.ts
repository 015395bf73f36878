import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { WebSecrets } from '../services/ports/web-secrets.ts';
import { derivedKey } from './derived-key.ts';
import type { PinKey, PinKeys } from './pin-keys.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ID_BYTES = 16;
const MAC_BYTES = 16;
const LINK_TOKEN = /^[A-Za-z0-9_-]{43}$/;

interface WebKey {
  readonly digests: Buffer;
  readonly links: Buffer;
  readonly cookies: Buffer;
}

function webKey(key: PinKey): WebKey {
  return {
    digests: derivedKey(key, 'web-digests'),
    links: derivedKey(key, 'web-links'),
    cookies: derivedKey(key, 'web-cookies'),
  };
}

const hmac = (key: Buffer, text: string | Buffer): Buffer => createHmac('sha256', key).update(text).digest();

/** HMAC-SHA-256 and AES-256-GCM. A token of a link is its id with a MAC of 128 bits, so it is stored nowhere. */
class KeyedWebSecrets implements WebSecrets {
  readonly #current: WebKey;
  readonly #older: readonly WebKey[];

  constructor([current, ...older]: PinKeys) {
    this.#current = webKey(current);
    this.#older = older.map(webKey);
  }

  digest(text: string): string {
    return digestOf(this.#current, text);
  }

  digests(text: string): readonly [string, ...string[]] {
    return [this.digest(text), ...this.#older.map((key) => digestOf(key, text))];
  }

  linkToken(id: string): string {
    if (!/^[0-9a-f]{32}$/.test(id)) throw new RangeError('The id of a link is 32 hexadecimal digits');
    const bytes = Buffer.from(id, 'hex');
    // 32 bytes: the id, and what nobody can make who has read it in the database.
    return Buffer.concat([bytes, linkMac(this.#current, bytes)]).toString('base64url');
  }

  linkId(token: string): string | undefined {
    if (!LINK_TOKEN.test(token)) return undefined;
    const bytes = Buffer.from(token, 'base64url');
    const [id, mac] = [bytes.subarray(0, ID_BYTES), bytes.subarray(ID_BYTES)];
    const isMade = [this.#current, ...this.#older].some((key) => timingSafeEqual(linkMac(key, id), mac));
    return isMade ? id.toString('hex') : undefined;
  }

  seal(text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#current.cookies, nonce);
    const sealed = [nonce, cipher.update(text, 'utf8'), cipher.final()];
    return Buffer.concat([...sealed, cipher.getAuthTag()]).toString('base64url');
  }

  unseal(sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    for (const { cookies } of [this.#current, ...this.#older]) {
      const decipher = createDecipheriv(ALGORITHM, cookies, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      }).setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        // Not of this key, or changed: the only thing that fails here.
      }
    }
    return undefined;
  }
}

const digestOf = ({ digests }: WebKey, text: string): string => hmac(digests, text).toString('base64url');

const linkMac = ({ links }: WebKey, id: Buffer): Buffer => hmac(links, id).subarray(0, MAC_BYTES);

/** Makes what keeps the secrets of the pages, from the keys of the key file. */
export function createWebSecrets(keys: PinKeys): WebSecrets {
  return new KeyedWebSecrets(keys);
}
