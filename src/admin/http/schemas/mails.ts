import Type, { type Static } from 'typebox';
import { identity, moment, named, orNull, pageOf, pageQuery, refTo, whatIfMark } from './common.ts';
import { MailboxParams, mailId, mailKind, mailState } from './mailboxes.ts';

export const Mail = named(
  'Mail',
  Type.Object(
    {
      id: mailId,
      kind: mailKind,
      to: Type.String({ description: 'Where it goes.' }),
      state: mailState,
      tellsPin: Type.Boolean({ description: 'Whether it is one of those that tell a PIN.' }),
      attempts: Type.Integer({ description: 'How often its delivery was tried, an attempt under way included.' }),
      queuedAt: moment('When it was queued.'),
      nextAttemptAt: orNull(moment('When it is tried next; null when it is not waiting.')),
      settledAt: orNull(moment('When it was delivered or given up.')),
      lastError: orNull(Type.String({ description: 'Why the last attempt failed.' })),
      whatIf: whatIfMark,
    },
    { description: 'A mail to the user of a mailbox, and how its delivery went.' },
  ),
);
export type Mail = Static<typeof Mail>;

export const MailList = pageOf('MailList', refTo(Mail));
export type MailList = Static<typeof MailList>;

export const MailListQuery = Type.Object(pageQuery, { additionalProperties: false });
export type MailListQuery = Static<typeof MailListQuery>;

export const MailParams = Type.Object({
  ...MailboxParams.properties,
  id: identity('Id of the mail.'),
});
export type MailParams = Static<typeof MailParams>;
