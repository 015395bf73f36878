import Type, { type Static } from 'typebox';
import { ROLES } from '../../../domain/role.ts';
import { moment, named, oneOf, orNull } from './common.ts';
import { mailState } from './mailboxes.ts';

const sessionFields = {
  csrfToken: Type.String({ description: 'What changes something sends it as `X-CSRF-Token`.' }),
  idleUntil: moment('When it ends unless it is used.'),
  until: moment('When it ends, however much it is used.'),
};

export const AdministratorSession = named(
  'AdministratorSession',
  Type.Object(
    {
      kind: oneOf(['administrator'], 'Whose session it is.'),
      name: Type.String({ description: 'As the audit trail has it.' }),
      roles: Type.Array(oneOf(ROLES, 'What its holder may do.')),
      may: Type.Array(Type.String(), {
        description: 'Operations of this document that these roles may use, and what of one is for some roles only.',
      }),
      signedInBy: oneOf(['token', 'oidc'], 'How it was begun.'),
      ...sessionFields,
    },
    { description: 'A browser in which an administrator is signed in.' },
  ),
);
export type AdministratorSession = Static<typeof AdministratorSession>;

export const UserSession = named(
  'UserSession',
  Type.Object(
    {
      kind: oneOf(['user'], 'Whose session it is.'),
      address: Type.String({ description: 'The address of the mailbox.' }),
      displayName: Type.String({ description: 'Whose mailbox it is.' }),
      signedInBy: oneOf(['link', 'oidc'], 'How it was begun.'),
      ...sessionFields,
    },
    { description: 'A browser in which a user is signed in.' },
  ),
);
export type UserSession = Static<typeof UserSession>;

export const WebConfig = named(
  'WebConfig',
  Type.Object(
    {
      oidc: orNull(Type.Object({ name: Type.String({ description: 'Who the identity provider is.' }) })),
      selfService: orNull(oneOf(['oidc', 'link'], 'How users prove who they are; null where they cannot.')),
      locale: Type.String({ description: 'The language of the pages.' }),
      version: Type.String({ description: 'The version of the service.' }),
    },
    { description: 'What the pages need to know before anybody has signed in.' },
  ),
);

export const TokenSignIn = named(
  'TokenSignIn',
  Type.Object(
    { token: Type.String({ minLength: 1, maxLength: 8_192, description: 'The token.' }) },
    { additionalProperties: false, description: 'A token that is to begin a session.' },
  ),
);

export const LinkRequest = named(
  'LinkRequest',
  Type.Object(
    { address: Type.String({ minLength: 3, maxLength: 320, description: 'The address of the mailbox.' }) },
    { additionalProperties: false, description: 'Whose mailbox a link is asked for.' },
  ),
);

export const LinkSignIn = named(
  'LinkSignIn',
  Type.Object(
    { token: Type.String({ minLength: 1, maxLength: 200, description: 'What the link has behind its `#`.' }) },
    { additionalProperties: false, description: 'A link that is to begin a session.' },
  ),
);

export const OwnMailbox = named(
  'OwnMailbox',
  Type.Object(
    {
      displayName: Type.String({ description: 'Whose it is.' }),
      address: Type.String({ description: 'Its address.' }),
      extensions: Type.Array(Type.String(), { description: 'The primary one first.' }),
      accessNumbers: Type.Array(Type.String(), { description: 'What is called to sign in.' }),
      pin: Type.Object(
        {
          state: oneOf(
            ['ok', 'expired', 'must-change'],
            'Whether it has to be changed at the next sign-in: because of its age, or because it was reset or is the first.',
          ),
          setAt: moment('Since when it is the PIN.'),
          expiresAt: orNull(moment('When it is too old; null where none is.')),
        },
        { description: 'The PIN.' },
      ),
      lockedOut: Type.Boolean({ description: 'Whether it is locked.' }),
      lockedUntil: orNull(moment('When it opens; null when it is not locked, or until an administrator unlocks it.')),
      failuresSinceSuccess: Type.Integer({ minimum: 0, description: 'Failed sign-ins since the last success.' }),
      lastSuccessAt: orNull(moment('The last sign-in that succeeded.')),
      recentSignIns: Type.Array(
        Type.Object({
          at: moment('When it was.'),
          outcome: oneOf(['succeeded', 'failed', 'locked-out', 'turned-away'], 'How it came out.'),
          callingNumber: orNull(Type.String({ description: 'From where, if that is vouched for.' })),
        }),
        { description: 'Sign-ins by telephone, the newest first, 20 at most.' },
      ),
      timeZone: Type.String({ description: 'Its IANA time zone.' }),
      clock: oneOf(['12-hour', '24-hour'], 'How it tells the time.'),
      mail: orNull(
        Type.Object(
          { status: mailState, queuedAt: moment('When it was queued.') },
          { description: 'The newest mail with a PIN.' },
        ),
      ),
    },
    { description: 'A mailbox as its user sees it.' },
  ),
);
export type OwnMailbox = Static<typeof OwnMailbox>;

export const OwnReset = named(
  'OwnReset',
  Type.Object(
    {
      mailedTo: Type.String({ description: 'Where the new PIN goes.' }),
      status: mailState,
      lockedOut: Type.Boolean({ description: 'Whether it is locked still: a lock that a person has set stays.' }),
    },
    { description: 'What became of a reset.' },
  ),
);

export const OwnReport = named(
  'OwnReport',
  Type.Object({ lockedOut: Type.Boolean({ description: 'True.' }) }, { description: 'What became of a report.' }),
);

export const Nothing = named('Nothing', Type.Object({}, { additionalProperties: false, description: 'Nothing.' }));
