/** How a key that was in use is known again, without its being here. */
export interface PinKeyCheck {
  readonly keyId: string;
  /** A keyed digest of a constant. */
  readonly check: string;
}

/** The keys that the hashes in this database were made with. Every method throws when the database fails. */
export interface PinKeyStore {
  all(): Promise<readonly PinKeyCheck[]>;
  /** Of no consequence when the key is there already, as when two processes start at once. */
  insert(key: PinKeyCheck): Promise<void>;
}
