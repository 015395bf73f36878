/**
 * Failed sign-ins counted for each source across mailboxes (SPEC §3.11), by the minute, so that a source takes sixty
 * rows in an hour at most. A source is an opaque text. Every method throws when the database fails.
 */
export interface SourceFailureStore {
  /** How many there were in this minute and later ones. A minute is `floor(milliseconds since 1970 / 60,000)`. */
  count(source: string, sinceMinute: number): Promise<number>;
  add(source: string, minute: number): Promise<void>;
  /** Takes one back that turned out to be none; of no consequence when it is gone. */
  remove(source: string, minute: number): Promise<void>;
  /** Forgets everything before the one minute, and after the other: that was counted by a clock that was ahead. */
  prune(beforeMinute: number, afterMinute: number): Promise<void>;
}
