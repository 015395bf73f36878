import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { MAX_PIN_LENGTH } from '../domain/pin-policy.ts';
import type { PinSealer, SealedPin } from '../services/ports/pin-sealer.ts';
import { derivedKey } from './derived-key.ts';
import type { PinKeys } from './pin-keys.ts';

const ALGORITHM = 'aes-256-gcm';
/** 96 random bits (NIST SP 800-38D §8.2.2): safe for some four thousand million PINs under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED_BYTES = NONCE_BYTES + MAX_PIN_LENGTH + TAG_BYTES;

/** AES-256-GCM; the PIN is filled up to the greatest length, so that its own does not show. */
class GcmPinSealer implements PinSealer {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #keyId: string;
  readonly #key: Buffer;

  constructor(keys: PinKeys) {
    this.#keys = new Map(keys.map((key) => [key.id, derivedKey(key, 'outbox')]));
    this.#keyId = keys[0].id;
    this.#key = derivedKey(keys[0], 'outbox');
  }

  seal(pin: string, context: string): SealedPin {
    if (!/^\d+$/.test(pin) || pin.length > MAX_PIN_LENGTH) throw new RangeError('What is to be sealed is not a PIN');
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce).setAAD(Buffer.from(context, 'utf8'));
    const sealed = [nonce, cipher.update(pin.padEnd(MAX_PIN_LENGTH, '\0'), 'latin1'), cipher.final()];
    return { keyId: this.#keyId, sealed: Buffer.concat([...sealed, cipher.getAuthTag()]).toString('base64') };
  }

  open({ keyId, sealed }: SealedPin, context: string): string {
    const key = this.#keys.get(keyId);
    if (key === undefined) throw new Error(`Key ${keyId} of a sealed PIN is not at hand`);
    const bytes = Buffer.from(sealed, 'base64');
    if (bytes.length !== SEALED_BYTES) throw new Error('A sealed PIN is damaged');
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(context, 'utf8'))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const padded = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'latin1');
    // Throws when a bit of it was changed, or when it belongs to another context.
    decipher.final();
    return padded.replace(/\0+$/, '');
  }
}

/** Makes a sealer that seals with the current key and opens what any of the keys sealed. */
export function createPinSealer(keys: PinKeys): PinSealer {
  return new GcmPinSealer(keys);
}
