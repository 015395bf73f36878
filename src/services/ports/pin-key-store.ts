/** How a key that was in use is known again, without its being here. */
export interface PinKeyCheck {
  readonly keyId: string;
  /** A keyed digest of a constant. */
  readonly check: string;
}

/** How much in the database needs one key. */
export interface KeyUse {
  readonly keyId: string;
  /** Hashes of PINs that mailboxes, and decoys, are checked against. */
  readonly mailboxes: number;
  readonly decoys: number;
  /** Hashes of PINs that were used before, and of the current ones among them. */
  readonly history: number;
  /** Sealed PINs in the outbox. */
  readonly sealedPins: number;
  readonly auditRecords: number;
}

/** The keys that this database has been used with. Every method throws when the database fails. */
export interface PinKeyStore {
  all(): Promise<readonly PinKeyCheck[]>;
  /** Of no consequence when the key is there already, as when two processes start at once. */
  insert(key: PinKeyCheck): Promise<void>;
  /** Replaces by what the key is known again. */
  update(key: PinKeyCheck): Promise<void>;
  /** Throws when a hash needs it. */
  remove(keyId: string): Promise<void>;
  /** What needs which key, in the order of their ids; nothing of keys that nothing needs. Reads the whole database. */
  uses(): Promise<readonly KeyUse[]>;
}
