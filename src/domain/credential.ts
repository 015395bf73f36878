/**
 * Names one credential: what a mailbox's PIN is checked against. It is hashed together with the PIN, so that a hash
 * copied from one credential to another is worth nothing there.
 */
export type CredentialId = string & { readonly __brand: 'CredentialId' };

/** Names one attempt to sign in; the verdict on it counts only while the credential still has it. */
export type AttemptId = string & { readonly __brand: 'AttemptId' };

/** A PIN as it is stored: never the PIN itself. */
export interface PinHash {
  /** Algorithm, parameters, salt and hash in the PHC string format. */
  readonly encoded: string;
  /** The key under which it was made; the key itself is outside the database. */
  readonly keyId: string;
}

/**
 * Where an attempt comes from, as far as its budget goes (SPEC §3.11): the mailbox's own number, asserted by a trusted
 * peer, or anywhere else.
 */
export type AttemptLine = 'own' | 'elsewhere';

export const ATTEMPT_LINES: readonly AttemptLine[] = ['own', 'elsewhere'];

/** The failures that count toward the thresholds of one line. */
export interface FailureBudget {
  /**
   * Since the last success, reset, unlock or end of a timed lock; an undecided attempt is among them, unless the PIN it
   * was made at has been reset since.
   */
  readonly failures: number;
  /** Up to which of them thresholds have been carried out: a threshold between this and `failures` is due. */
  readonly settled: number;
}

/** An attempt whose PIN is being checked; a mailbox has at most one (SPEC §3.5). */
export interface UndecidedAttempt {
  readonly id: AttemptId;
  readonly line: AttemptLine;
  /** When it was opened, in milliseconds since 1970. */
  readonly openedAt: number;
}

/** A lockout (SPEC §3.7). */
export interface MailboxLock {
  /** Failed sign-ins caused it, or a person set it; only the former opens by itself, or for its own user. */
  readonly reason: 'failures' | 'administrator';
  /** Whom it keeps out: a lock that outsiders caused leaves the owner's own line open (SPEC §3.11). */
  readonly scope: 'elsewhere' | 'everywhere';
  /** In milliseconds since 1970. */
  readonly since: number;
}

/** How attempts at one mailbox went and what state its PIN is in: everything of a credential but the hash. */
export interface CredentialState {
  /** Advanced by whatever makes attempts under way, and calls that are signed in, no longer count (SPEC §3.12). */
  readonly version: number;
  readonly budgets: Readonly<Record<AttemptLine, FailureBudget>>;
  readonly attempt: UndecidedAttempt | undefined;
  readonly lock: MailboxLock | undefined;
  /** Failures on any line since the last success, an undecided attempt included; what the user is told (SPEC §3.8). */
  readonly failuresSinceSuccess: number;
  /** In milliseconds since 1970; undefined while there has been none. */
  readonly lastFailureAt: number | undefined;
  readonly lastSuccessAt: number | undefined;
  /** When the PIN was set, in milliseconds since 1970; its lifetime counts from here. */
  readonly pinSetAt: number;
  /** The PIN was reset or set so that it has to be changed at the next sign-in. */
  readonly pinExpired: boolean;
  /** Its user has not completed a first sign-in yet. */
  readonly firstTime: boolean;
  /** The PIN was set with "PIN expired" off, so that not even a first-time user has to change it (SPEC §3.9). */
  readonly firstChangeWaived: boolean;
}
