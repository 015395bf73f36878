import { ATTEMPT_LINES, type CredentialState } from '../domain/credential.ts';
import { lockOnRequest, opensAt, releaseTimedLock, unlockOnRequest } from '../domain/lockout.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import type { PinRefusal } from '../domain/pin-policy.ts';
import { type AuditDetails, type AuditEntry, audit } from './audit.ts';
import { countHistoryRefusal } from './history-refusals.ts';
import { isPinExpired } from './mailbox-details.ts';
import type { ServiceParts } from './parts.ts';
import type {
  LockResult,
  PinAdministration,
  PinResetRequest,
  PinResetResult,
  PinStatus,
  ReportResult,
  Requester,
} from './pin-administration.ts';
import { type PinMailbox, readPinMailbox } from './pin-mailbox.ts';
import {
  judgeTypedPin,
  prepareReset,
  type ResetOrder,
  resetOrderOf,
  type StoredReset,
  storeReset,
} from './pin-reset.ts';
import type { StoredCredential } from './ports/credential-store.ts';
import type { Stores } from './ports/database.ts';
import type { OutboxMail } from './ports/outbox-store.ts';
import { recentRecords } from './recent-records.ts';

/** How long a report is no news while the mailbox is locked by a person, in milliseconds. */
const REPORT_WINDOW = 3_600_000;

/** A change of the lock alone; undefined when it is as asked for already. */
interface LockChange {
  readonly action: 'lock' | 'unlock';
  readonly of: (state: CredentialState, now: number) => CredentialState | undefined;
}

const LOCK: LockChange = {
  action: 'lock',
  of: (state, now) => {
    const locked = lockOnRequest(state, now);
    return locked === state ? undefined : locked;
  },
};

const UNLOCK: LockChange = {
  action: 'unlock',
  of: (state) => {
    const unlocked = unlockOnRequest(state);
    const isSame = ATTEMPT_LINES.every((line) => state.budgets[line].failures === unlocked.budgets[line].failures);
    return isSame && state.lock === undefined ? undefined : unlocked;
  },
};

class StoredPinAdministration implements PinAdministration {
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  async reset(mailbox: MailboxId, request: PinResetRequest, by: Requester): Promise<PinResetResult> {
    const order = resetOrderOf(request);
    if ('kind' in order) return order;
    for (;;) {
      const found = await readPinMailbox(this.#parts.database, mailbox);
      if (found === undefined) return { kind: 'no-such-mailbox' };
      const refused = await this.#refuseTyped(found, order, by);
      if (refused !== undefined) return refused;
      const stored = await this.#storeReset(found, order, by);
      if (stored.kind !== 'again') return stored;
    }
  }

  lock(mailbox: MailboxId, by: Requester): Promise<LockResult> {
    return this.#changeLock(mailbox, LOCK, by);
  }

  async report(mailbox: MailboxId, by: Requester): Promise<ReportResult> {
    const { database, auditSealer, clock } = this.#parts;
    for (;;) {
      const { locked, isNews } = await database.transact(async (stores) => {
        const locked = await this.#storeLock(stores, mailbox, LOCK, by);
        if (locked === 'again' || locked.kind !== 'done') return { locked, isNews: false };
        const now = clock.now();
        const isNews = locked.changed || !(await wasReported(stores, mailbox, now));
        if (isNews) await audit(stores, auditSealer, now, reportEntry(mailbox, by, { wasLockedOut: !locked.changed }));
        return { locked, isNews };
      });
      if (locked === 'again') continue;
      this.#tellLock(mailbox, LOCK, locked);
      return locked.kind === 'done' ? { kind: 'done', isNews } : locked;
    }
  }

  unlock(mailbox: MailboxId, by: Requester): Promise<LockResult> {
    return this.#changeLock(mailbox, UNLOCK, by);
  }

  async status(mailbox: MailboxId): Promise<PinStatus | undefined> {
    const now = this.#parts.clock.now();
    return this.#parts.database.look(async (stores) => {
      const found = await readPinMailbox(stores, mailbox);
      if (found === undefined) return undefined;
      const [mail] = await stores.outbox.newestOf([mailbox]);
      return statusOf(found, mail, now);
    });
  }

  /** Why a typed PIN is not taken; undefined for one that is generated, or passes. */
  async #refuseTyped(
    found: PinMailbox,
    { typedPin }: ResetOrder,
    by: Requester,
  ): Promise<Extract<PinResetResult, { kind: 'refused' | 'history-attempts-used-up' }> | undefined> {
    if (typedPin === undefined) return undefined;
    const verdict = await judgeTypedPin(this.#parts, found, typedPin);
    switch (verdict.kind) {
      case 'passed':
        return undefined;
      case 'refused':
        return verdict;
      case 'used-before':
        return this.#refuseUsedBefore(found, verdict.refusal, by);
      case 'used-up':
        return this.#refuseUsedUp(found, by);
    }
  }

  async #refuseUsedBefore(
    found: PinMailbox,
    refusal: PinRefusal,
    by: Requester,
  ): Promise<Extract<PinResetResult, { kind: 'refused' | 'history-attempts-used-up' }>> {
    const { database, auditSealer, clock } = this.#parts;
    const isTold = await database.transact(async (stores) => {
      const now = clock.now();
      if (!(await countHistoryRefusal(stores, found.credential.id, now))) return false;
      await audit(stores, auditSealer, now, refusedReset(found, 'used-before', by));
      return true;
    });
    return isTold ? { kind: 'refused', refusal } : this.#refuseUsedUp(found, by);
  }

  async #refuseUsedUp(
    found: PinMailbox,
    by: Requester,
  ): Promise<Extract<PinResetResult, { kind: 'history-attempts-used-up' }>> {
    const { database, auditSealer, clock, log } = this.#parts;
    await database.transact((stores) =>
      audit(stores, auditSealer, clock.now(), refusedReset(found, 'history-attempts-used-up', by)),
    );
    const facts = { event: 'typed-pin-refused', mailbox: found.mailbox.id };
    log.warn(facts, 'Typed PINs of a mailbox have met its former PINs too often today; no more are taken');
    return { kind: 'history-attempts-used-up' };
  }

  async #storeReset(found: PinMailbox, order: ResetOrder, by: Requester): Promise<StoredReset> {
    const { database, clock, sessions, mailQueued, log, meter } = this.#parts;
    const prepared = await prepareReset(this.#parts, order, found);
    const stored = await database.transact((stores) => storeReset(stores, this.#parts, prepared, by, clock.now()));
    if (stored.kind === 'history-attempts-used-up') return this.#refuseUsedUp(found, by);
    if (stored.kind !== 'reset') return stored;
    const { id } = found.mailbox;
    sessions.end(id, stored.lockedOut ? 'locked' : 'pin-reset');
    meter.count('pin-reset', by.actor.kind === 'user' ? 'user' : 'administrator');
    mailQueued();
    log.info({ event: 'pin-reset', mailbox: id, lockedOut: stored.lockedOut }, 'A PIN was replaced on request');
    return stored;
  }

  async #changeLock(mailbox: MailboxId, change: LockChange, by: Requester): Promise<LockResult> {
    for (;;) {
      const result = await this.#parts.database.transact((stores) => this.#storeLock(stores, mailbox, change, by));
      if (result === 'again') continue;
      this.#tellLock(mailbox, change, result);
      return result;
    }
  }

  /** It belongs in one transaction; `again`, and nothing is stored, when somebody else has changed the credential. */
  async #storeLock(
    stores: Stores,
    mailbox: MailboxId,
    { action, of: change }: LockChange,
    by: Requester,
  ): Promise<LockResult | 'again'> {
    const now = this.#parts.clock.now();
    const read = await stores.credentials.byMailbox(mailbox);
    if (read === undefined) return { kind: 'no-such-mailbox' };
    const state = change(read.state, now);
    if (state === undefined) return { kind: 'done', changed: false };
    if ((await stores.credentials.replace(read, state)) === false) return 'again';
    await audit(stores, this.#parts.auditSealer, now, lockEntry(mailbox, action, by, read));
    return { kind: 'done', changed: true };
  }

  /** Once it is stored. */
  #tellLock(mailbox: MailboxId, { action }: LockChange, result: LockResult): void {
    const { sessions, log, meter } = this.#parts;
    if (result.kind !== 'done' || !result.changed) return;
    if (action === 'lock') sessions.end(mailbox, 'locked');
    meter.count(action === 'lock' ? 'lockout' : 'unlock', 'on-request');
    log.info({ event: action, mailbox }, `A mailbox was ${action}ed on request`);
  }
}

async function wasReported(stores: Stores, mailbox: MailboxId, now: number): Promise<boolean> {
  const criteria = { mailbox, action: 'mailbox-report', from: now - REPORT_WINDOW + 1 };
  return (await recentRecords(stores, criteria, () => true, 1)).length > 0;
}

function reportEntry(mailboxId: MailboxId, by: Requester, details: AuditDetails): AuditEntry {
  return { action: 'mailbox-report', outcome: 'done', ...by, mailboxId, details };
}

function refusedReset(
  { mailbox }: PinMailbox,
  reason: 'used-before' | 'history-attempts-used-up',
  by: Requester,
): AuditEntry {
  return { action: 'pin-reset', outcome: 'refused', ...by, mailboxId: mailbox.id, reason };
}

/** What it was before; afterwards it is what the action says. */
function lockEntry(
  mailboxId: MailboxId,
  action: 'lock' | 'unlock',
  by: Requester,
  { state: { lock, budgets } }: StoredCredential,
): AuditEntry {
  const details = {
    lockBefore: lock?.reason ?? null,
    failures: budgets.elsewhere.failures,
    ownLineFailures: budgets.own.failures,
  };
  return { action, outcome: 'done', ...by, mailboxId, reason: 'on-request', details };
}

function statusOf({ mailbox, policy, credential }: PinMailbox, mail: OutboxMail | undefined, now: number): PinStatus {
  const state = releaseTimedLock(credential.state, policy, now);
  const { lock, budgets } = state;
  return {
    userId: mailbox.address,
    mailboxId: mailbox.id,
    pinExpired: isPinExpired(state, policy, now),
    firstTimeUser: state.firstTime,
    lockedOut: lock !== undefined,
    lock: lock && { ...lock, opensAt: opensAt(lock, policy) },
    failures: budgets.elsewhere.failures,
    ownLineFailures: budgets.own.failures,
    failuresSinceSuccess: state.failuresSinceSuccess,
    lastFailureAt: state.lastFailureAt,
    lastSuccessAt: state.lastSuccessAt,
    pinSetAt: state.pinSetAt,
    mail: mail && mailStateOf(mail),
  };
}

function mailStateOf({ id, letter, state, attempts, queuedAt, settledAt, lastError }: OutboxMail): PinStatus['mail'] {
  return { id, kind: letter.kind, to: letter.address, state, attempts, queuedAt, settledAt, lastError };
}

/** Makes what administrators do with PINs (SPEC §5). */
export function createPinAdministration(parts: ServiceParts): PinAdministration {
  return new StoredPinAdministration(parts);
}
