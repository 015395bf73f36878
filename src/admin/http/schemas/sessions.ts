import Type, { type Static } from 'typebox';
import { ROLES } from '../../../domain/role.ts';
import { moment, named, oneOf, orNull, pageOf, refTo, whatIfMark } from './common.ts';

const person = Type.String({ description: 'By which all their sessions are ended; it says who they are for certain.' });

const session = Type.Object({
  id: Type.String({ description: 'By which it is ended; nobody signs in with it.' }),
  isCurrent: Type.Boolean({ description: 'Whether it is the one that asks.' }),
  roles: Type.Array(Type.Enum([...ROLES]), { description: 'What it may do; nothing of administrators for a user.' }),
  signedInBy: oneOf(['token', 'oidc', 'link'], 'How it was begun.'),
  address: Type.String({ description: 'The IP address that it was begun from.' }),
  beganAt: moment('When it was begun.'),
  lastUsedAt: moment('When it was last used, to within a minute.'),
  idleUntil: moment('When it ends if it is not used.'),
  until: moment('When it ends, however much it is used.'),
});

export const SignedInPerson = named(
  'SignedInPerson',
  Type.Object(
    {
      person,
      kind: oneOf(['administrator', 'user'], 'Whether it is an administrator, or the user of a mailbox.'),
      name: Type.String({ description: 'As the audit trail has an administrator; of a user, the address.' }),
      mailboxId: orNull(Type.String({ description: 'Of a user, the id of the mailbox.' })),
      sessions: Type.Array(session, { description: 'One at least, the newest first.' }),
    },
    { description: 'Somebody who is signed in with a browser.' },
  ),
);
export type SignedInPerson = Static<typeof SignedInPerson>;

export const SignedInPersonList = pageOf('SignedInPersonList', refTo(SignedInPerson));

export const SessionsEnded = named(
  'SessionsEnded',
  Type.Object(
    { person, sessions: Type.Integer({ description: 'How many there were.' }), whatIf: whatIfMark },
    { description: 'Whose sessions have been ended.' },
  ),
);
export type SessionsEnded = Static<typeof SessionsEnded>;
