/**
 * Names one credential: what a mailbox's PIN is checked against. It is hashed together with the PIN, so that a hash
 * copied from one credential to another is worth nothing there.
 */
export type CredentialId = string & { readonly __brand: 'CredentialId' };

/** A PIN as it is stored: never the PIN itself. */
export interface PinHash {
  /** Algorithm, parameters, salt and hash in the PHC string format. */
  readonly encoded: string;
  /** The key under which it was made; the key itself is outside the database. */
  readonly keyId: string;
}
