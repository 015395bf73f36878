import { disableOnRequest } from '../domain/lockout.ts';
import type { Mailbox, MailboxId } from '../domain/mailbox.ts';
import type { MailboxPolicy } from '../domain/mailbox-policy.ts';
import { audit } from './audit.ts';
import type { MailboxChanged, MailboxChanges, MailboxDisabled } from './mailbox-administration.ts';
import { readDetails } from './mailbox-listing.ts';
import { mailboxSettingsOf, normaliseMailbox, refuseTaken } from './mailbox-settings.ts';
import type { ServiceParts } from './parts.ts';
import type { Requester } from './pin-administration.ts';
import { movedMailDetails, movePinMail } from './pin-mail-address.ts';
import type { Stores } from './ports/database.ts';
import { LINK_LETTERS, PIN_LETTERS } from './ports/letter.ts';
import { differs } from './revision.ts';
import { changeDetails, changedSettings, settingDetails } from './setting-changes.ts';

type DisableParts = Pick<ServiceParts, 'database' | 'auditSealer' | 'sessions' | 'clock' | 'log'>;
type ChangeParts = DisableParts & Pick<ServiceParts, 'pinSealer' | 'mailQueued'>;

/** What is changed, by whom, and what they have read of it. */
interface Order {
  readonly id: MailboxId;
  readonly by: Requester;
  readonly expectedRevision: number | undefined;
}

/** The mailbox as it would be, or why it cannot be. */
async function judge(
  stores: Stores,
  before: Mailbox,
  changes: MailboxChanges,
): Promise<{ readonly mailbox: Mailbox } | Exclude<MailboxChanged, { kind: 'changed' }>> {
  const { id, dialPlanId } = before;
  const wanted: Mailbox = { ...before, ...changes, id, dialPlanId };
  const policy: MailboxPolicy | undefined = await stores.policies.byId(wanted.policyId);
  const plan = await stores.dialPlans.byId(dialPlanId);
  if (policy === undefined || plan === undefined) return { kind: 'no-such-policy' };
  if (policy.dialPlanId !== dialPlanId) return { kind: 'policy-of-another-dial-plan' };
  const mailbox = normaliseMailbox(wanted, plan);
  if ('kind' in mailbox) return mailbox;
  return (await refuseTaken(stores, mailbox)) ?? { mailbox };
}

/** Lets attempts under way and signed-in calls no longer count; false when the credential has changed meanwhile. */
async function endAttempts({ credentials }: Stores, id: MailboxId): Promise<boolean> {
  const read = await credentials.byMailbox(id);
  return read === undefined || (await credentials.replace(read, disableOnRequest(read.state))) !== false;
}

/**
 * Whoever has proved to have the address that the mailbox had, or is about to by a mailed link, has proved nothing of the
 * one that it has now: it may be somebody else's.
 */
async function signOutOfAddress(
  stores: Stores,
  { auditSealer, id, by }: Pick<ChangeParts, 'auditSealer'> & Pick<Order, 'id' | 'by'>,
  at: number,
): Promise<void> {
  await stores.outbox.supersede(id, LINK_LETTERS, at);
  await stores.signInLinks.removeOfMailbox(id);
  const sessions = await stores.webSessions.removeOfMailbox(id);
  if (sessions === 0) return;
  const details = { sessions };
  await audit(stores, auditSealer, at, { action: 'web-sign-out', outcome: 'done', ...by, mailboxId: id, details });
}

const NO_MAIL = { kind: 'none' } as const;

/** `again`, and nothing is stored, when somebody else has changed the credential meanwhile. */
async function changeOnce(
  stores: Stores,
  parts: ChangeParts,
  { id, by, expectedRevision }: Order,
  changes: MailboxChanges,
): Promise<MailboxChanged | 'again'> {
  const [read] = await stores.mailboxes.byIds([id]);
  if (read === undefined) return { kind: 'no-such-mailbox' };
  const { mailbox: before, revision } = read;
  if (differs(revision, expectedRevision)) return { kind: 'revision-differs', revision };
  const judged = await judge(stores, before, changes);
  if ('kind' in judged) return judged;
  const [old, now] = [mailboxSettingsOf(before), mailboxSettingsOf(judged.mailbox)];
  const settings = changedSettings(old, now);
  const at = parts.clock.now();
  if (settings.length > 0) {
    if (isSwitchedOff(before, judged.mailbox) && !(await endAttempts(stores, id))) return 'again';
    await stores.mailboxes.update(judged.mailbox);
    const isMoved = settings.includes('address');
    const mail = isMoved ? await movePinMail(stores, parts, judged.mailbox, before.address, at) : NO_MAIL;
    const { auditSealer } = parts;
    await audit(stores, auditSealer, at, {
      action: 'mailbox-changed',
      outcome: 'done',
      ...by,
      mailboxId: id,
      details: { ...changeDetails(old, now), address: before.address, ...movedMailDetails(mail) },
    });
    if (isMoved) await signOutOfAddress(stores, { auditSealer, id, by }, at);
  }
  const [details] = await readDetails(stores, [id], at);
  return details === undefined ? { kind: 'no-such-mailbox' } : { kind: 'changed', details, settings };
}

const isSwitchedOff = (before: Mailbox, after: Mailbox): boolean => before.subscriberAccess && !after.subscriberAccess;

/** Changes settings of a mailbox. Throws when the database fails. */
export async function changeMailbox(
  parts: ChangeParts,
  id: MailboxId,
  changes: MailboxChanges,
  by: Requester,
  expectedRevision: number | undefined,
): Promise<MailboxChanged> {
  const order: Order = { id, by, expectedRevision };
  for (;;) {
    const changed = await parts.database.transact((stores) => changeOnce(stores, parts, order, changes));
    if (changed === 'again') continue;
    announce(parts, id, changed);
    return changed;
  }
}

function announce({ sessions, log, mailQueued }: ChangeParts, id: MailboxId, changed: MailboxChanged): void {
  if (changed.kind !== 'changed' || changed.settings.length === 0) return;
  // A mail may have been queued anew.
  if (changed.settings.includes('address')) mailQueued();
  const isOff = changed.settings.includes('subscriberAccess') && !changed.details.mailbox.subscriberAccess;
  if (isOff) sessions.end(id, 'disabled');
  log.info({ event: 'mailbox-changed', mailbox: id, settings: changed.settings }, 'A mailbox was changed on request');
}

/** Removes a mailbox. Throws when the database fails. */
export async function disableMailbox(
  { database, auditSealer, sessions, clock, log }: DisableParts,
  id: MailboxId,
  by: Requester,
  expectedRevision: number | undefined,
): Promise<MailboxDisabled> {
  const disabled = await database.transact(async (stores): Promise<MailboxDisabled> => {
    const [read] = await stores.mailboxes.byIds([id]);
    if (read === undefined) return { kind: 'no-such-mailbox' };
    const { mailbox, revision } = read;
    if (differs(revision, expectedRevision)) return { kind: 'revision-differs', revision };
    const at = clock.now();
    const withdrawn = await stores.outbox.supersede(id, PIN_LETTERS, at);
    await stores.outbox.supersede(id, LINK_LETTERS, at);
    // With it goes its credential: an attempt under way finds nothing any more that it could be decided at.
    await stores.mailboxes.remove(id);
    await audit(stores, auditSealer, at, {
      action: 'mailbox-disabled',
      outcome: 'done',
      ...by,
      mailboxId: id,
      details: { ...settingDetails(mailboxSettingsOf(mailbox)), withdrawnMails: withdrawn },
    });
    return { kind: 'disabled', mailbox, withdrawn };
  });
  if (disabled.kind === 'disabled') {
    sessions.end(id, 'disabled');
    log.info({ event: 'mailbox-disabled', mailbox: id }, 'A mailbox was disabled on request');
  }
  return disabled;
}
