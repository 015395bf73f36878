/** Chains audit records with a key that is not in the database (SPEC §5). */
export interface AuditSealer {
  /** The key that new records are sealed with. */
  readonly keyId: string;
  /** The link that follows `previous` (the empty text before the first record), in base64. */
  seal(previous: string, text: string): string;
  /** Whether links that were made with this key can be checked. */
  knows(keyId: string): boolean;
  /** Whether a link is what follows from the one before and the text. Throws when the key is not at hand. */
  matches(keyId: string, previous: string, text: string, mac: string): boolean;
}
