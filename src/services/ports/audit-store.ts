/** One link of the audit chain as it is stored. */
export interface AuditRecord {
  /** From 1, without a gap. */
  readonly sequence: number;
  /** In milliseconds since 1970. */
  readonly at: number;
  /** The entry as JSON with its keys in order: exactly the text that was sealed. */
  readonly entry: string;
  /** For finding the records of a mailbox; also in `entry`. */
  readonly mailboxId: string | undefined;
  readonly keyId: string;
  /** HMAC over the record before and this one, in base64. */
  readonly mac: string;
}

export type AuditHead = Pick<AuditRecord, 'sequence' | 'keyId' | 'mac'>;

/** Which records are looked for: those that are everything that is given. */
export interface AuditCriteria {
  /** Moments in milliseconds since 1970: this one and later, and before that one. */
  readonly from?: number;
  readonly to?: number;
  /** What the entry says. */
  readonly action?: string;
  readonly outcome?: string;
  /** The name of the actor. */
  readonly actor?: string;
  readonly mailbox?: string;
}

export type AuditPlace = Pick<AuditRecord, 'at' | 'sequence'>;

/** What was found among the records that were looked at. */
export interface FoundRecords {
  readonly found: readonly AuditRecord[];
  readonly through: AuditPlace | undefined;
}

/** The audit trail (SPEC §5): records are added and read, never changed. Every method throws when the database fails. */
export interface AuditStore {
  /**
   * The last record's link, kept in a row of its own; undefined while there is none. In a transaction nobody else can add
   * a record meanwhile.
   */
  head(): Promise<AuditHead | undefined>;
  /** Adds the record that follows the head, and makes it the head. Throws when another did before. */
  append(record: AuditRecord): Promise<void>;
  /** The lowest number that a record has: 1, unless somebody else has changed the trail; undefined while there is none. */
  first(): Promise<number | undefined>;
  /** Records from `sequence` on, in order, at most `limit`. */
  from(sequence: number, limit: number): Promise<readonly AuditRecord[]>;
  /** The highest number that a record has; undefined while there is none. */
  last(): Promise<number | undefined>;
  /**
   * Newest first, by the moment and then by the number: looks at the next `among` records before a place, whatever `limit`
   * says of those that are found. `through` is where the last one is that was looked at, undefined when there are no more.
   */
  find(criteria: AuditCriteria, before: AuditPlace | undefined, limit: number, among: number): Promise<FoundRecords>;
  /** How many there are of an action, other than `sign-in`, that came out so, at a moment and later. */
  countSince(action: string, outcome: string, from: number): Promise<number>;
  /** In the order of their numbers, those from `first` to `last`, both included. */
  range(criteria: AuditCriteria, first: number, last: number): Promise<readonly AuditRecord[]>;
}
