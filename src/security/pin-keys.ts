import { createHmac } from 'node:crypto';

/** One key that PINs are keyed with before they are hashed: 32 random bytes, kept outside the database. */
export interface PinKey {
  readonly id: string;
  readonly key: Buffer;
}

/** The keys at hand, the newest first: it is used for new hashes, the others only to check those made with them. */
export type PinKeys = readonly [PinKey, ...PinKey[]];

/** What is left of a key that no PIN needs any more: enough to check the audit records that were sealed with it. */
export interface RetiredKey {
  readonly id: string;
  readonly auditKey: Buffer;
}

/** Everything that a key file holds. */
export interface KeyRing {
  readonly keys: PinKeys;
  readonly retired: readonly RetiredKey[];
}

const PIN_LABEL = 'touchtone pin';

/** What is hashed in place of a PIN: 32 bytes that nobody can compute without the key. */
export function keyedPin({ key }: PinKey, pin: string): Buffer {
  return createHmac('sha256', key).update(`${PIN_LABEL}\0`).update(pin, 'utf8').digest();
}
