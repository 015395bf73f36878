import { createHmac, timingSafeEqual } from 'node:crypto';
import { derivedKey } from './derived-key.ts';
import type { PinKey, RetiredKey } from './pin-keys.ts';

// Labels that nothing else uses, so that what is stored here is of no use for another purpose.
const LABEL = 'touchtone pin key check';
const RETIRED_LABEL = 'touchtone audit key check';

/** What is left of a key when it is retired. */
export function retire(key: PinKey): RetiredKey {
  return { id: key.id, auditKey: derivedKey(key, 'audit') };
}

/** By what a key, or what is left of it, is known again by a database that has not got it; it says nothing of the key. */
export function checkValueOf(key: PinKey | RetiredKey): string {
  const [bytes, label] = 'key' in key ? [key.key, LABEL] : [key.auditKey, RETIRED_LABEL];
  return createHmac('sha256', bytes).update(label).digest('base64');
}

/**
 * Whether a key is the one that a check value was made of. A whole key also passes for what would be left of it: when
 * the program died while it was being retired, and when the key file was put back from an older copy.
 */
export function isKeyOf(key: PinKey | RetiredKey, check: string): boolean {
  return isSame(checkValueOf(key), check) || ('key' in key && isSame(checkValueOf(retire(key)), check));
}

function isSame(own: string, stored: string): boolean {
  const [one, other] = [Buffer.from(own), Buffer.from(stored)];
  return one.length === other.length && timingSafeEqual(one, other);
}
