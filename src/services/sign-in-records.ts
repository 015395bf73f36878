import type { MailboxId } from '../domain/mailbox.ts';
import { type AuditEntry, type AuditSource, audit } from './audit.ts';
import type { ServiceParts } from './parts.ts';
import type { Stores } from './ports/database.ts';
import type { SignInSource } from './sign-in.ts';

/** How an attempt comes out, in the audit and in the log. */
export type AttemptOutcome = 'signed-in' | 'failed' | 'locked' | 'source-refused' | 'not-checked';

/** Why an attempt failed: for the audit and the log alone, for the caller hears no difference (SPEC §3.3). */
export type FailureReason =
  /** No mailbox has the extension, or it may not sign in by phone; which of them, nobody looks at. */
  | 'no-mailbox'
  | 'wrong-pin'
  /** The PIN was right when the attempt was opened, and was reset, locked or changed before it was decided. */
  | 'credential-changed'
  /** The attempt took so long that another was let in its place, or a person voided it. */
  | 'overtaken'
  /** It could not be checked or decided, because of a fault in the program or the database. */
  | 'fault'
  /** The process died while it was being decided. */
  | 'abandoned';

/** What is known of an attempt when it is recorded. */
export interface AttemptFacts {
  readonly outcome: AttemptOutcome;
  readonly source: SignInSource;
  readonly mailboxId: MailboxId | undefined;
  readonly reason?: FailureReason;
  /** How long the check of the PIN took, its turn in the queue included, in milliseconds. */
  readonly checked?: number;
}

/** A call as the audit knows it. */
export function callSource({ callId, peer, assertedNumber }: SignInSource): AuditSource {
  return { kind: 'call', callId, peer, ...(assertedNumber === undefined ? {} : { assertedNumber }) };
}

/** Records how an attempt came out; it belongs in the transaction that decides it. */
export async function auditAttempt(
  stores: Stores,
  { auditSealer }: Pick<ServiceParts, 'auditSealer'>,
  at: number,
  { outcome, source, mailboxId, reason }: AttemptFacts,
): Promise<void> {
  const entry: AuditEntry = {
    action: 'sign-in',
    outcome,
    // Whoever has the PIN is taken for the mailbox's user; anybody else is a caller.
    actor: { kind: outcome === 'signed-in' ? 'user' : 'caller' },
    source: callSource(source),
    ...(mailboxId === undefined ? {} : { mailboxId }),
    ...(reason === undefined ? {} : { reason }),
  };
  await audit(stores, auditSealer, at, entry);
}

const MESSAGES: Readonly<Record<AttemptOutcome, string>> = {
  'signed-in': 'A caller has signed in',
  failed: 'A sign-in has failed',
  locked: 'A sign-in met a locked mailbox',
  'source-refused': 'A sign-in was refused, for too many from its source have failed',
  'not-checked': 'A sign-in was turned away, for too many wait to be checked',
};

/** Logs and counts how an attempt came out, once that is stored. */
export function logAttempt(
  { log, meter }: Pick<ServiceParts, 'log' | 'meter'>,
  { outcome, reason, source, mailboxId, checked }: AttemptFacts,
): void {
  meter.count('sign-in', outcome);
  const cause = reason === undefined ? {} : { cause: reason };
  const duration = checked === undefined ? {} : { checked };
  log.info(
    { event: 'sign-in', outcome, ...cause, callId: source.callId, mailbox: mailboxId ?? null, ...duration },
    MESSAGES[outcome],
  );
}
