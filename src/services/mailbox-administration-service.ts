import type { MailboxAdministration } from './mailbox-administration.ts';
import { changeMailbox, disableMailbox } from './mailbox-changes.ts';
import { listMailboxes, readDetails, resolveMailbox } from './mailbox-listing.ts';
import { mailsOf, retryMail, timelineOf } from './mailbox-timeline.ts';
import type { ServiceParts } from './parts.ts';

/** Makes what administrators do with mailboxes (SPEC §5). */
export function createMailboxAdministration(parts: ServiceParts): MailboxAdministration {
  const { database, clock } = parts;
  return {
    resolve: (identity) => resolveMailbox(database, identity),
    list: (filter, part) => listMailboxes(parts, filter, part),
    get: async (mailbox) => {
      const [details] = await database.look((stores) => readDetails(stores, [mailbox], clock.now()));
      return details;
    },
    change: (mailbox, changes, by, expectedRevision) => changeMailbox(parts, mailbox, changes, by, expectedRevision),
    disable: (mailbox, by, expectedRevision) => disableMailbox(parts, mailbox, by, expectedRevision),
    timeline: (mailbox, part) => timelineOf(database, mailbox, part),
    mails: (mailbox, part) => mailsOf(database, mailbox, part),
    retryMail: (mailbox, mail, by) => retryMail(parts, mailbox, mail, by),
  };
}
