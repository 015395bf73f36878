import type { MailboxId } from '../domain/mailbox.ts';
import { audit } from './audit.ts';
import { readRecord } from './audit-search-service.ts';
import type { MailPosition, MailRetried, MailView, TimelineEntry, TimelinePosition } from './mailbox-administration.ts';
import { mailViewOf } from './mailbox-details.ts';
import type { Page, PageRequest } from './page.ts';
import type { ServiceParts } from './parts.ts';
import type { Requester } from './pin-administration.ts';
import type { AuditRecord } from './ports/audit-store.ts';
import type { Database } from './ports/database.ts';
import type { OutboxId, OutboxMail, PlacedMail } from './ports/outbox-store.ts';

type MailParts = Pick<ServiceParts, 'database' | 'auditSealer' | 'clock' | 'log' | 'mailQueued'>;

function recordEntry(record: AuditRecord): TimelineEntry {
  const { action: kind, ...read } = readRecord(record);
  return { kind, ...read };
}

function mailEntry(mail: OutboxMail): TimelineEntry {
  const { id, kind: letter, to, tellsPin } = mailViewOf(mail);
  return {
    at: mail.queuedAt,
    kind: 'mail-queued',
    outcome: 'queued',
    actor: { kind: 'system' },
    source: { kind: 'service' },
    reason: undefined,
    details: { mail: id, letter, to, tellsPin },
    sequence: undefined,
  };
}

/** Before this there is nothing. */
const NOWHERE = { at: 0, sequence: 0 };

/** A place right behind what is to be shown next; where there is nothing more, what comes meanwhile is not shown either. */
function placeBehind(next: { readonly at: number; readonly sequence: number } | undefined): typeof NOWHERE {
  return next === undefined ? NOWHERE : { at: next.at, sequence: next.sequence + 1 };
}

/** Joins records and mails, each newest first, to one story; of each there is one more than can be shown, if there is. */
function merge(
  records: readonly AuditRecord[],
  mails: readonly PlacedMail[],
  limit: number,
): Page<TimelineEntry, TimelinePosition> {
  const items: TimelineEntry[] = [];
  let [record, mail] = [0, 0];
  for (;;) {
    const [nextRecord, nextMail] = [records[record], mails[mail]];
    if (nextRecord === undefined && nextMail === undefined) return { items, next: undefined };
    if (items.length === limit) {
      return { items, next: { record: placeBehind(nextRecord), mail: placeBehind(nextMail?.place) } };
    }
    // A mail is queued because of what is recorded at the same moment, and so is the newer one.
    if (nextRecord === undefined || (nextMail !== undefined && nextMail.place.at >= nextRecord.at)) {
      if (nextMail !== undefined) items.push(mailEntry(nextMail.mail));
      mail++;
    } else {
      items.push(recordEntry(nextRecord));
      record++;
    }
  }
}

/** What happened to a mailbox, newest first; undefined when there is no such mailbox. Throws when the database fails. */
export function timelineOf(
  database: Database,
  mailbox: MailboxId,
  { after, limit }: PageRequest<TimelinePosition>,
): Promise<Page<TimelineEntry, TimelinePosition> | undefined> {
  return database.look(async ({ mailboxes, audit: trail, outbox }) => {
    if ((await mailboxes.byId(mailbox)) === undefined) return undefined;
    const { found } = await trail.find({ mailbox }, after?.record, limit + 1, limit + 1);
    return merge(found, await outbox.page(mailbox, after?.mail, limit + 1), limit);
  });
}

/** The mails to a mailbox, newest first; undefined when there is no such mailbox. Throws when the database fails. */
export function mailsOf(
  database: Database,
  mailbox: MailboxId,
  { after, limit }: PageRequest<MailPosition>,
): Promise<Page<MailView, MailPosition> | undefined> {
  return database.look(async ({ mailboxes, outbox }) => {
    if ((await mailboxes.byId(mailbox)) === undefined) return undefined;
    const mails = await outbox.page(mailbox, after, limit + 1);
    const shown = mails.slice(0, limit);
    const next = mails.length > limit ? shown.at(-1)?.place : undefined;
    return { items: shown.map(({ mail }) => mailViewOf(mail)), next };
  });
}

/** Has a refused or waiting mail of a mailbox tried again, on the record. Throws when the database fails. */
export async function retryMail(
  { database, auditSealer, clock, log, mailQueued }: MailParts,
  mailbox: MailboxId,
  id: OutboxId,
  by: Requester,
): Promise<MailRetried> {
  const result = await database.transact(async (stores): Promise<MailRetried> => {
    if ((await stores.mailboxes.byId(mailbox)) === undefined) return { kind: 'no-such-mailbox' };
    const before = await stores.outbox.byId(id);
    if (before?.mailboxId !== mailbox) return { kind: 'no-such-mail' };
    const at = clock.now();
    const mail = await stores.outbox.retry(id, at);
    if (mail === undefined) return { kind: 'not-retriable', state: before.state };
    await audit(stores, auditSealer, at, {
      action: 'mail-retried',
      outcome: 'done',
      ...by,
      mailboxId: mailbox,
      details: { mail: id, letter: mail.letter.kind, stateBefore: before.state, attempts: mail.attempts },
    });
    return { kind: 'retried', mail: mailViewOf(mail) };
  });
  if (result.kind === 'retried') {
    mailQueued();
    log.info({ event: 'mail-retried', mailbox, mail: id }, 'A mail is to be tried again on request');
  }
  return result;
}
