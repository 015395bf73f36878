import { hkdfSync } from 'node:crypto';
import type { PinKey } from './pin-keys.ts';

/** What keys are derived for. The labels are never changed: what was made under them could not be read any more. */
export type KeyPurpose = 'outbox' | 'audit' | 'decoys' | 'requests' | 'web-digests' | 'web-links' | 'web-cookies';

const LABELS: Readonly<Record<KeyPurpose, string>> = {
  outbox: 'touchtone outbox pin',
  audit: 'touchtone audit chain',
  decoys: 'touchtone choice of decoys',
  requests: 'touchtone repeated requests',
  'web-digests': 'touchtone web digests',
  'web-links': 'touchtone web sign-in links',
  'web-cookies': 'touchtone web sealed cookies',
};

/**
 * A key of 32 bytes for one purpose (HKDF with SHA-256, RFC 5869, without salt): whoever has it can find neither the
 * key that it comes from nor those for other purposes.
 */
export function derivedKey({ key }: PinKey, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', LABELS[purpose], 32));
}
