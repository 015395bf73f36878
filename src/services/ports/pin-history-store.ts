import type { CredentialId, PinHash } from '../../domain/credential.ts';

/**
 * The last PINs of each credential, the current one included (SPEC §2), as hashes. Every method throws when the database
 * fails.
 */
export interface PinHistoryStore {
  /** The newest ones, newest first, at most `count`. */
  last(credential: CredentialId, count: number): Promise<readonly PinHash[]>;
  /** Adds the PIN that is current from now on, and forgets all but the newest `keep`. `at` is in milliseconds since 1970. */
  add(credential: CredentialId, pin: PinHash, at: number, keep: number): Promise<void>;
  /** Replaces the hash of the current PIN by another of the same PIN. */
  rehash(credential: CredentialId, pin: PinHash): Promise<void>;
  /** How often after `since` an administrator was told that a PIN is one of them; moments are milliseconds since 1970. */
  refusals(credential: CredentialId, since: number): Promise<number>;
  /** Counts one more, `at` a moment, and forgets those up to `since`. */
  addRefusal(credential: CredentialId, at: number, since: number): Promise<void>;
}
