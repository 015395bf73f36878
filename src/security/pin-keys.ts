import { createHmac, timingSafeEqual } from 'node:crypto';

/** One key that PINs are keyed with before they are hashed: 32 random bytes, kept outside the database. */
export interface PinKey {
  readonly id: string;
  readonly key: Buffer;
}

/** The keys at hand. The first is used for new hashes, the others only to check those made with them. */
export type PinKeys = readonly [PinKey, ...PinKey[]];

/** What is left of a key that no PIN needs any more: enough to check the audit records that were sealed with it. */
export interface RetiredKey {
  readonly id: string;
  readonly auditKey: Buffer;
}

// Each use of a key has a label of its own, so that what is stored for one purpose is of no use for another.
const CHECK_LABEL = 'touchtone pin key check';
const PIN_LABEL = 'touchtone pin';

/** By what a key is known again that was in use when the database was last opened; it says nothing of the key. */
export function checkValueOf({ key }: PinKey): string {
  return createHmac('sha256', key).update(CHECK_LABEL).digest('base64');
}

/** Whether a key is the one that a check value was made of. */
export function isKeyOf(key: PinKey, check: string): boolean {
  const own = Buffer.from(checkValueOf(key));
  const stored = Buffer.from(check);
  return own.length === stored.length && timingSafeEqual(own, stored);
}

/** What is hashed in place of a PIN: 32 bytes that nobody can compute without the key. */
export function keyedPin({ key }: PinKey, pin: string): Buffer {
  return createHmac('sha256', key).update(`${PIN_LABEL}\0`).update(pin, 'utf8').digest();
}
