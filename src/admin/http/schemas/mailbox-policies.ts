import Type, { type Static } from 'typebox';
import { MAILBOX_POLICY_DEFAULTS } from '../../../domain/mailbox-policy.ts';
import {
  MAILBOX_POLICY_RANGES,
  POLICY_NAME_MAXIMUM,
  POLICY_TEXT_MAXIMUM,
} from '../../../domain/mailbox-policy-settings.ts';
import type { SettingRange } from '../../../domain/setting-range.ts';
import { identity, named, pageOf, pageQuery, Reference, refTo, whatIfMark } from './common.ts';

/** As with dial plans, the rules and not the schema judge the range, and say it. */
function rangeOf(setting: keyof typeof MAILBOX_POLICY_RANGES, what: string): string {
  const { minimum, maximum }: SettingRange = MAILBOX_POLICY_RANGES[setting];
  return `${what}, ${minimum} to ${maximum}`;
}

const number = (setting: keyof typeof MAILBOX_POLICY_RANGES, what: string) =>
  Type.Integer({ description: `${rangeOf(setting, what)}.` });

const unlimited = (setting: keyof typeof MAILBOX_POLICY_RANGES, what: string, otherwise: string) =>
  Type.Union([Type.Integer(), Type.Literal('unlimited')], {
    description: `${rangeOf(setting, what)}, or \`unlimited\`: ${otherwise}.`,
  });

const text = (mail: string) =>
  Type.String({ description: `Added to ${mail}: simple HTML, up to ${POLICY_TEXT_MAXIMUM} characters.` });

const name = Type.String({
  description: `Its name, unique, up to ${POLICY_NAME_MAXIMUM} characters.`,
  examples: ['Contoso Default Policy'],
});

const settings = {
  minPinLength: number('minPinLength', 'Fewest digits of a PIN, also how many a generated one has'),
  pinLifetime: unlimited('pinLifetime', 'Days after which a PIN has to be changed', '(or 0) never'),
  pinHistoryCount: number(
    'pinHistoryCount',
    'How many of the last PINs, the current one included, are not taken again',
  ),
  allowCommonPatterns: Type.Boolean({ description: 'Whether PINs that others would guess first are let pass.' }),
  logonFailuresBeforePinReset: unlimited(
    'logonFailuresBeforePinReset',
    'At each multiple of so many failed sign-ins the PIN is replaced; below maxLogonAttempts',
    '(or 0) never',
  ),
  maxLogonAttempts: number('maxLogonAttempts', 'So many failed sign-ins lock the mailbox'),
  lockoutDuration: unlimited(
    'lockoutDuration',
    'Minutes after which a lock that failures caused opens by itself',
    'an administrator opens it',
  ),
  ownerLine: Type.Boolean({ description: "Whether the mailbox's own telephone counts failures apart." }),
  resetPinText: text('the mail with a new PIN'),
  umEnabledText: text('the welcome'),
  voiceMailText: text('mails about voice messages'),
  maxGreetingDuration: number('maxGreetingDuration', 'Longest greeting in minutes'),
  allowSubscriberAccess: Type.Boolean({ description: 'Whether its users may sign in by telephone at all.' }),
  allowPinlessVoiceMailAccess: Type.Boolean({
    description: 'Whether its users may hear voice mail without a PIN, where their mailbox lets them, too.',
  }),
};

export const MailboxPolicy = named(
  'MailboxPolicy',
  Type.Object(
    {
      id: Type.String({ description: 'Id of the policy, which never changes.' }),
      name,
      dialPlan: refTo(Reference),
      ...settings,
      whatIf: whatIfMark,
    },
    { description: 'The rules for PINs and sign-ins of the mailboxes that have it.' },
  ),
);
export type MailboxPolicy = Static<typeof MailboxPolicy>;

export const MailboxPolicyList = pageOf('MailboxPolicyList', refTo(MailboxPolicy));
export type MailboxPolicyList = Static<typeof MailboxPolicyList>;

export const MailboxPolicyListQuery = Type.Object(
  {
    dialPlan: Type.Optional(identity('Only those of this dial plan, by id or name.')),
    ...pageQuery,
  },
  { additionalProperties: false },
);
export type MailboxPolicyListQuery = Static<typeof MailboxPolicyListQuery>;

export const NewMailboxPolicy = named(
  'NewMailboxPolicy',
  Type.Object(
    {
      name,
      dialPlan: Type.String({ description: 'The dial plan that it is for, by id or name.', examples: ['Contoso'] }),
      ...Type.Partial(Type.Object(settings)).properties,
    },
    {
      additionalProperties: false,
      description: `A mailbox policy to be made. What is absent has its default: ${Object.entries(
        MAILBOX_POLICY_DEFAULTS,
      )
        .map(([setting, value]) => `${setting} ${value === '' ? 'empty' : value}`)
        .join(', ')}.`,
      examples: [{ name: 'Executives', dialPlan: 'Contoso', minPinLength: 8 }],
    },
  ),
);
export type NewMailboxPolicy = Static<typeof NewMailboxPolicy>;

export const MailboxPolicyChanges = named(
  'MailboxPolicyChanges',
  Type.Partial(Type.Object({ name, ...settings }), {
    additionalProperties: false,
    description:
      'What is to change (JSON merge patch); what is absent stays. It holds from the next sign-in on. A policy never moves to another dial plan.',
    examples: [{ minPinLength: 8, pinLifetime: 'unlimited' }],
  }),
);
export type MailboxPolicyChanges = Static<typeof MailboxPolicyChanges>;

export const MailboxPolicyParams = Type.Object({
  policy: identity('The mailbox policy, by id or name.', 'Contoso Default Policy'),
});
export type MailboxPolicyParams = Static<typeof MailboxPolicyParams>;
