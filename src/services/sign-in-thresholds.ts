import type { CredentialState } from '../domain/credential.ts';
import { lockOut, opensAt, resetAutomatically, type Threshold } from '../domain/lockout.ts';
import type { Mailbox, MailboxId } from '../domain/mailbox.ts';
import type { MailboxPolicy } from '../domain/mailbox-policy.ts';
import { type AuditSource, audit } from './audit.ts';
import type { ServiceParts } from './parts.ts';
import { generateNewPin, letterTo, type NewPin, queueLetter, storeNewPin } from './pin-replacement.ts';
import type { StoredCredential } from './ports/credential-store.ts';
import type { Stores } from './ports/database.ts';
import type { Letter } from './ports/letter.ts';

/** A threshold that failures have reached, and at whose credential. */
export interface DueThreshold {
  readonly threshold: Threshold;
  /** The credential as it was read. */
  readonly read: StoredCredential;
  /** Its state with the failures decided that led here. */
  readonly state: CredentialState;
  readonly mailboxId: MailboxId;
  readonly policy: MailboxPolicy;
}

/** A threshold with everything at hand that takes long to make. */
export type PreparedThreshold = DueThreshold & {
  readonly mailbox: Mailbox;
  /** Undefined for a lockout, which keeps the PIN. */
  readonly newPin: NewPin | undefined;
};

/**
 * Makes what carrying a threshold out takes; it hashes, and belongs outside a transaction. Undefined when the mailbox
 * is gone. Throws what the hasher throws.
 */
export async function prepareThreshold(parts: ServiceParts, due: DueThreshold): Promise<PreparedThreshold | undefined> {
  const mailbox = await parts.database.mailboxes.byId(due.mailboxId);
  if (mailbox === undefined) return undefined;
  const isReset = due.threshold.kind === 'pin-reset';
  const newPin = isReset ? await generateNewPin(parts, due.read.id, mailbox, due.policy) : undefined;
  return { ...due, mailbox, newPin };
}

/**
 * Carries a threshold out (SPEC §3.6), with the failures that led to it, the letter and the audit; it belongs in one
 * transaction. False, and nothing is stored, when the credential has changed since it was read: somebody else has
 * carried it out, or it is not due any more. `now` is in milliseconds since 1970.
 */
export async function storeThreshold(
  stores: Stores,
  parts: ServiceParts,
  prepared: PreparedThreshold,
  source: AuditSource,
  now: number,
): Promise<boolean> {
  const { newPin } = prepared;
  // Read anew: its address may be another one by now, and the letter goes there.
  const mailbox = await stores.mailboxes.byId(prepared.mailboxId);
  if (mailbox === undefined) return false;
  const current = { ...prepared, mailbox };
  return newPin === undefined
    ? storeLockout(stores, parts, current, source, now)
    : storeReset(stores, parts, { ...current, newPin }, source, now);
}

async function storeReset(
  stores: Stores,
  { pinSealer, auditSealer }: ServiceParts,
  { threshold, read, state, mailbox, policy, newPin }: PreparedThreshold & { readonly newPin: NewPin },
  source: AuditSource,
  now: number,
): Promise<boolean> {
  const reset = resetAutomatically(state, threshold.line, now);
  if (!(await storeNewPin(stores, read, reset, newPin.hash, policy, now))) return false;
  const letter: Letter = {
    ...(await letterTo(stores, mailbox)),
    kind: 'pin-reset',
    cause: 'failed-sign-ins',
    policyText: policy.resetPinText,
    mustChange: true,
  };
  const mail = await queueLetter(stores, pinSealer, letter, newPin.pin, now);
  await audit(stores, auditSealer, now, {
    action: 'pin-reset',
    outcome: 'done',
    actor: { kind: 'system' },
    source,
    mailboxId: mailbox.id,
    reason: 'failed-sign-ins',
    details: { failures: state.budgets[threshold.line].failures, line: threshold.line, mail },
  });
  return true;
}

async function storeLockout(
  stores: Stores,
  { pinSealer, auditSealer }: ServiceParts,
  { threshold, read, state, mailbox, policy }: PreparedThreshold,
  source: AuditSource,
  now: number,
): Promise<boolean> {
  const locked = lockOut(state, threshold.line, policy, now);
  const { lock } = locked;
  if (lock === undefined) throw new Error('A lockout has left the mailbox open');
  if ((await stores.credentials.replace(read, locked)) === false) return false;
  const { failures } = state.budgets[threshold.line];
  const letter: Letter = {
    ...(await letterTo(stores, mailbox)),
    kind: 'lockout',
    failures,
    lockedAt: now,
    opensAt: opensAt(lock, policy),
    ownLineOpen: lock.scope === 'elsewhere',
    timeZone: mailbox.timeZone,
    clock: mailbox.clock,
  };
  const mail = await queueLetter(stores, pinSealer, letter, undefined, now);
  await audit(stores, auditSealer, now, {
    action: 'lock',
    outcome: 'done',
    actor: { kind: 'system' },
    source,
    mailboxId: mailbox.id,
    reason: 'failed-sign-ins',
    details: { failures, line: threshold.line, scope: lock.scope, mail },
  });
  return true;
}

/** Tells everybody whom it concerns that a threshold was carried out; to be called once that is stored. */
export function announceThreshold(
  { sessions, mailQueued, log, meter, alerts, clock }: ServiceParts,
  { threshold, state, mailbox }: PreparedThreshold,
): void {
  const { failures } = state.budgets[threshold.line];
  const facts = {
    mailbox: mailbox.id,
    line: threshold.line,
    failures,
  };
  switch (threshold.kind) {
    case 'pin-reset':
      sessions.end(mailbox.id, 'pin-reset');
      meter.count('pin-reset', 'failed-sign-ins');
      log.info({ event: 'pin-reset', ...facts }, 'Failed sign-ins have replaced a PIN; the new one is mailed');
      break;
    case 'lockout':
      sessions.end(mailbox.id, 'locked');
      meter.count('lockout', 'failed-sign-ins');
      log.warn({ event: 'lockout', ...facts }, 'Failed sign-ins have locked a mailbox');
      alerts.raise({
        kind: 'lockout',
        at: clock.now(),
        mailbox: { id: mailbox.id, address: mailbox.address },
        line: threshold.line,
        failures,
      });
      break;
  }
  mailQueued();
}
