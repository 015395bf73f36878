import Type, { type Static } from 'typebox';
import { identity, moment, named, oneOf, orNull, pageOf, pageQuery, Reference, refTo, whatIfMark } from './common.ts';

export const MAIL_KINDS = [
  'um-enabled',
  'um-enabled-notice',
  'pin-reset',
  'pin-reset-notice',
  'lockout',
  'sign-in-link',
] as const;
export const MAIL_STATES = ['waiting', 'delivered', 'superseded', 'refused', 'expired'] as const;

export const mailKind = oneOf(
  MAIL_KINDS,
  'What it tells: the welcome with the first PIN or without it, a new PIN, that the PIN was replaced (without it), that the mailbox is locked, or a link to the page for users.',
);

export const mailState = oneOf(
  MAIL_STATES,
  'Waiting for delivery, delivered, replaced by a newer mail, refused by the mail server, or given up after seven days.',
);

export const mailId = Type.String({ description: 'Id of the mail.' });

/** A setting of a mailbox that can be had when it is made and changed later. */
const settings = {
  address: Type.String({ description: 'Primary SMTP address, the user id.', examples: ['tonysmith@contoso.com'] }),
  alias: Type.String({
    description: 'Another name for the mailbox, unique like the address; up to 64 characters.',
    examples: ['tonysmith'],
  }),
  displayName: Type.String({ description: 'The name of its user.', examples: ['Tony Smith'] }),
  extensions: Type.Array(Type.String(), {
    description: 'Its extensions, the primary one first; each exactly as long as the dial plan says.',
    minItems: 1,
    examples: [['51234']],
  }),
  registeredNumbers: Type.Array(Type.String(), {
    description: 'Other numbers that its user calls from and is recognised by.',
    examples: [['+14255550123']],
  }),
  language: Type.String({ description: 'Language of prompts and mails, a BCP 47 tag.', examples: ['en-US'] }),
  timeZone: Type.String({
    description: 'IANA name of the zone that times are told in.',
    examples: ['America/Los_Angeles'],
  }),
  clock: oneOf(['12-hour', '24-hour'], 'How times are told.'),
  subscriberAccess: Type.Boolean({ description: 'Whether its user may sign in by telephone.' }),
  pinlessAccess: Type.Boolean({
    description: 'Whether its user may hear voice mail without a PIN, where the policy lets them.',
  }),
};

const policyName = Type.String({
  description: 'The mailbox policy, by id or name; it also says which dial plan the mailbox is in.',
  examples: ['Contoso Default Policy'],
});

const mailboxFields = {
  id: Type.String({ description: 'Id of the mailbox, which never changes.' }),
  ...settings,
  dialPlan: refTo(Reference),
  policy: refTo(Reference),
  pinExpired: Type.Boolean({ description: 'Whether the PIN has to be changed at the next sign-in.' }),
  firstTimeUser: Type.Boolean({ description: 'Whether its user has never signed in.' }),
  lockedOut: Type.Boolean({ description: 'Whether the mailbox is locked.' }),
  mail: orNull(
    Type.Object(
      { id: mailId, kind: mailKind, state: mailState, queuedAt: moment('When it was queued.') },
      { description: 'The newest mail to its user, links to sign in by left out.' },
    ),
  ),
};

/** A mailbox as it is answered. */
export const Mailbox = named(
  'Mailbox',
  Type.Object({ ...mailboxFields, whatIf: whatIfMark }, { description: 'A mailbox: a user of the telephone service.' }),
);
export type Mailbox = Static<typeof Mailbox>;

/** A mailbox that has just been enabled. */
export const EnabledMailbox = named(
  'EnabledMailbox',
  Type.Object(
    {
      ...mailboxFields,
      mails: Type.Array(
        Type.Object({ id: mailId, kind: mailKind, to: Type.String({ description: 'Where it goes.' }) }),
        {
          description: 'The mails that were queued.',
        },
      ),
      whatIf: whatIfMark,
    },
    { description: 'The new mailbox, and the mails that tell its user. The PIN is in the mail only.' },
  ),
);
export type EnabledMailbox = Static<typeof EnabledMailbox>;

export const MailboxList = pageOf('MailboxList', refTo(Mailbox));
export type MailboxList = Static<typeof MailboxList>;

export const MailboxListQuery = Type.Object(
  {
    search: Type.Optional(
      Type.String({
        maxLength: 256,
        description: 'Part of a name, an address or an alias, or how an extension begins.',
        examples: ['smith'],
      }),
    ),
    locked: Type.Optional(Type.Boolean({ description: 'Only those that are locked, or only those that are not.' })),
    pinExpired: Type.Optional(Type.Boolean({ description: 'By whether the PIN has to be changed.' })),
    firstTime: Type.Optional(Type.Boolean({ description: 'By whether the user has never signed in.' })),
    mailProblem: Type.Optional(
      Type.Boolean({
        description:
          'By whether the newest mail could not be delivered (refused, expired, or failing); links to sign in by do not count.',
      }),
    ),
    policy: Type.Optional(identity('Only those of this policy, by id or name.')),
    dialPlan: Type.Optional(identity('Only those of this dial plan, by id or name.')),
    ...pageQuery,
  },
  { additionalProperties: false },
);
export type MailboxListQuery = Static<typeof MailboxListQuery>;

export const NewMailbox = named(
  'NewMailbox',
  Type.Object(
    {
      address: settings.address,
      displayName: settings.displayName,
      extensions: settings.extensions,
      policy: policyName,
      alias: Type.Optional(settings.alias),
      registeredNumbers: Type.Optional(settings.registeredNumbers),
      language: Type.Optional(settings.language),
      timeZone: Type.Optional(settings.timeZone),
      clock: Type.Optional(settings.clock),
      subscriberAccess: Type.Optional(settings.subscriberAccess),
      pinlessAccess: Type.Optional(settings.pinlessAccess),
      pin: Type.Optional(
        Type.String({ writeOnly: true, description: 'The first PIN; generated when absent. It is never told again.' }),
      ),
      pinExpired: Type.Optional(Type.Boolean({ description: 'Whether it has to be changed at the first sign-in.' })),
      sendEmail: Type.Optional(
        Type.Boolean({
          description:
            'Whether the PIN is mailed; false only with a typed PIN, for nobody would learn a generated one.',
        }),
      ),
      notifyEmail: Type.Optional(
        Type.String({ description: 'Where the mail with the PIN goes instead of to the address of the mailbox.' }),
      ),
    },
    {
      additionalProperties: false,
      description: 'A mailbox to be enabled.',
      examples: [
        {
          address: 'tonysmith@contoso.com',
          displayName: 'Tony Smith',
          extensions: ['51234'],
          policy: 'Contoso Default Policy',
        },
      ],
    },
  ),
);
export type NewMailbox = Static<typeof NewMailbox>;

export const MailboxChanges = named(
  'MailboxChanges',
  Type.Partial(Type.Object({ ...settings, policy: policyName }), {
    additionalProperties: false,
    description:
      'What is to change (JSON merge patch); what is absent stays. The policy has to be one of the same dial plan.',
    examples: [{ displayName: 'Anthony Smith' }],
  }),
);
export type MailboxChanges = Static<typeof MailboxChanges>;

/** What a path names a mailbox by. */
export const MailboxParams = Type.Object({
  identity: identity('The mailbox: its id, address, alias or an extension, URL-encoded.', 'tonysmith@contoso.com'),
});
export type MailboxParams = Static<typeof MailboxParams>;
