/** A PIN that waits in the outbox: encrypted with a key that is not in the database, and bound to its mail. */
export interface SealedPin {
  readonly keyId: string;
  /** Nonce, ciphertext and tag, in base64. */
  readonly sealed: string;
}

/** Encrypts PINs for the outbox and nothing else (SPEC §5). */
export interface PinSealer {
  /** `context` is what it is bound to, the id of its mail: sealed in another's row, it opens nowhere. */
  seal(pin: string, context: string): SealedPin;
  /** Throws when it was altered, belongs elsewhere, or its key is not at hand. */
  open(sealed: SealedPin, context: string): string;
}
