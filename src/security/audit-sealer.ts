import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AuditSealer } from '../services/ports/audit-sealer.ts';
import { derivedKey } from './derived-key.ts';
import type { PinKeys, RetiredKey } from './pin-keys.ts';

/** HMAC-SHA-256 over the link before and the text. */
class HmacAuditSealer implements AuditSealer {
  readonly keyId: string;
  readonly #key: Buffer;
  readonly #keys: ReadonlyMap<string, Buffer>;

  constructor(keys: PinKeys, retired: readonly RetiredKey[]) {
    this.keyId = keys[0].id;
    this.#key = derivedKey(keys[0], 'audit');
    this.#keys = new Map([
      ...retired.map(({ id, auditKey }) => [id, auditKey] as const),
      ...keys.map((key) => [key.id, derivedKey(key, 'audit')] as const),
    ]);
  }

  seal(previous: string, text: string): string {
    return link(this.#key, previous, text).toString('base64');
  }

  knows(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  matches(keyId: string, previous: string, text: string, mac: string): boolean {
    const key = this.#keys.get(keyId);
    if (key === undefined) throw new Error(`Key ${keyId} of the audit trail is not at hand`);
    const expected = Buffer.from(link(key, previous, text).toString('base64'));
    const stored = Buffer.from(mac);
    return expected.length === stored.length && timingSafeEqual(expected, stored);
  }
}

/** A link in base64 holds no 0, so nothing can be moved from it to the text that follows. */
function link(key: Buffer, previous: string, text: string): Buffer {
  return createHmac('sha256', key).update(`${previous}\0`).update(text, 'utf8').digest();
}

/**
 * Makes a sealer that seals with the current key and checks what any key sealed.
 *
 * @param retired keys of which nothing is left but what the audit trail needs.
 */
export function createAuditSealer(keys: PinKeys, retired: readonly RetiredKey[] = []): AuditSealer {
  return new HmacAuditSealer(keys, retired);
}
