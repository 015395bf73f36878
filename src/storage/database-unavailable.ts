/** What is known of work that a lost connection has interrupted. */
export type Interruption =
  /** Nothing of it is stored: it may be done again. */
  | 'undone'
  /** It may be stored or not; whoever reads it finds out. */
  | 'unknown'
  /** Nothing of it is stored, and to do it again now would not help. */
  | 'refused';

/**
 * Thrown when the database cannot be reached, or the connection was lost, or it has no room or time for this now, or is not
 * as it must be.
 */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
  readonly interruption: Interruption;

  constructor(message: string, interruption: Interruption, cause?: unknown) {
    super(message, { cause });
    this.interruption = interruption;
  }
}

/** Thrown when the database has undone a transaction because of another one; it is to be done again. */
export class TransactionConflict extends Error {
  override readonly name = 'TransactionConflict';

  constructor(cause: unknown) {
    super('The database has undone a transaction for the sake of another', { cause });
  }
}

/**
 * Thrown when what was to be stored contradicts what is stored, or is nothing that can be: another one has the name, what it
 * refers to is gone. Rules are looked at before, in the same transaction, so that it means that somebody has written past
 * the program, or that a rule is missing.
 */
export class ConstraintViolated extends Error {
  override readonly name = 'ConstraintViolated';

  constructor(cause: unknown) {
    super('The database does not store this beside what it has', { cause });
  }
}
