/** Knows a text again without its being kept. Texts hold PINs, so the key is not in the database. */
export interface RequestDigests {
  digest(text: string): string;
  /** Whether the digest is of this text; false when its key is not at hand any more. */
  matches(text: string, digest: string): boolean;
}
