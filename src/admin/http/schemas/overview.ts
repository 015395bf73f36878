import Type, { type Static } from 'typebox';
import { moment, named } from './common.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const Overview = named(
  'Overview',
  Type.Object(
    {
      lockedOut: count('Mailboxes that are locked now.'),
      pinResetsToday: count('PINs that were replaced in the last 24 hours, by whomever.'),
      lockoutsToday: count('Times that a mailbox was locked in the last 24 hours, by whomever.'),
      mailsWaiting: count('Mails that are to be delivered.'),
      mailsRefused: count('Mails that nobody takes; an administrator may try them again.'),
      liveCalls: count('Calls that are going on in the process that answers.'),
      at: moment('When this was counted.'),
    },
    { description: 'How the service is doing.' },
  ),
);
export type Overview = Static<typeof Overview>;
