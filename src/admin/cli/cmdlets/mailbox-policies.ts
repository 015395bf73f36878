import type { View } from '../format/view.ts';
import type { Parameter } from '../parameter.ts';
import { cmdletsOf } from './named-resource.ts';

const SETTINGS: readonly Parameter[] = [
  {
    name: 'MinPINLength',
    kind: 'number',
    field: 'minPinLength',
    help: 'Fewest digits of a PIN, 4 to 24; a generated one has so many.',
  },
  {
    name: 'PINLifetime',
    kind: 'days-or-unlimited',
    field: 'pinLifetime',
    help: 'Days until a PIN has to be changed, such as 60 or 60.00:00:00; 0 or Unlimited means never.',
  },
  {
    name: 'PINHistoryCount',
    kind: 'number',
    field: 'pinHistoryCount',
    help: 'How many of the last PINs are not taken again, 1 to 20.',
  },
  {
    name: 'AllowCommonPatterns',
    kind: 'boolean',
    field: 'allowCommonPatterns',
    help: 'Whether PINs are let pass that others would guess first.',
  },
  {
    name: 'LogonFailuresBeforePINReset',
    kind: 'number-or-unlimited',
    field: 'logonFailuresBeforePinReset',
    help: 'At each multiple of so many failed sign-ins the PIN is replaced; below MaxLogonAttempts. 0 or Unlimited means never.',
  },
  {
    name: 'MaxLogonAttempts',
    kind: 'number',
    field: 'maxLogonAttempts',
    help: 'So many failed sign-ins lock the mailbox, 1 to 999.',
  },
  {
    name: 'LockoutDuration',
    kind: 'minutes-or-unlimited',
    field: 'lockoutDuration',
    help: 'Minutes, or a time span such as 01:00:00, until such a lock opens by itself; Unlimited: an administrator opens it.',
  },
  {
    name: 'OwnerLine',
    kind: 'boolean',
    field: 'ownerLine',
    help: "Whether the mailbox's own telephone counts failures apart.",
  },
  {
    name: 'ResetPINText',
    kind: 'text',
    field: 'resetPinText',
    help: 'Added to mails with a new PIN: simple HTML, up to 512 characters.',
  },
  { name: 'UMEnabledText', kind: 'text', field: 'umEnabledText', help: 'Added to the welcome.' },
  { name: 'VoiceMailText', kind: 'text', field: 'voiceMailText', help: 'Added to mails about voice messages.' },
  {
    name: 'MaxGreetingDuration',
    kind: 'minutes',
    field: 'maxGreetingDuration',
    help: 'Longest greeting in minutes, 1 to 10.',
  },
  {
    name: 'AllowSubscriberAccess',
    kind: 'boolean',
    field: 'allowSubscriberAccess',
    help: 'Whether its users may sign in by telephone.',
  },
  {
    name: 'AllowPinlessVoiceMailAccess',
    kind: 'boolean',
    field: 'allowPinlessVoiceMailAccess',
    help: 'Whether its users may hear voice mail without a PIN, where their mailbox lets them, too.',
  },
];

const VIEW: View = {
  list: [
    { name: 'Name', field: 'name' },
    { name: 'UMDialPlan', field: 'dialPlan.name' },
    { name: 'MinPINLength', field: 'minPinLength' },
    { name: 'PINLifetime', field: 'pinLifetime', form: 'days' },
    { name: 'PINHistoryCount', field: 'pinHistoryCount' },
    { name: 'AllowCommonPatterns', field: 'allowCommonPatterns' },
    { name: 'LogonFailuresBeforePINReset', field: 'logonFailuresBeforePinReset' },
    { name: 'MaxLogonAttempts', field: 'maxLogonAttempts' },
    { name: 'LockoutDuration', field: 'lockoutDuration', form: 'minutes' },
    { name: 'OwnerLine', field: 'ownerLine' },
    { name: 'ResetPINText', field: 'resetPinText' },
    { name: 'UMEnabledText', field: 'umEnabledText' },
    { name: 'VoiceMailText', field: 'voiceMailText' },
    { name: 'MaxGreetingDuration', field: 'maxGreetingDuration' },
    { name: 'AllowSubscriberAccess', field: 'allowSubscriberAccess' },
    { name: 'AllowPinlessVoiceMailAccess', field: 'allowPinlessVoiceMailAccess' },
    { name: 'Guid', field: 'id' },
  ],
  table: ['Name', 'UMDialPlan', 'MinPINLength', 'PINLifetime', 'LogonFailuresBeforePINReset', 'MaxLogonAttempts'],
};

const DIAL_PLAN: Parameter = {
  name: 'UMDialPlan',
  kind: 'text',
  field: 'dialPlan',
  help: 'The dial plan, by name or id.',
};

export const MAILBOX_POLICY_CMDLETS = cmdletsOf({
  noun: 'UMMailboxPolicy',
  called: 'mailbox policy',
  collection: 'mailbox-policies',
  view: VIEW,
  making: [{ ...DIAL_PLAN, required: true, help: 'The dial plan that it is for, by name or id.' }],
  settings: SETTINGS,
  filters: [{ ...DIAL_PLAN, help: 'Only those of this dial plan.' }],
  notes: ['What a policy says holds from the next sign-in on.'],
  examples: {
    get: [{ command: "Get-UMMailboxPolicy 'Contoso Default Policy'", what: 'Shows one.' }],
    new: [{ command: 'New-UMMailboxPolicy Executives -UMDialPlan Contoso -MinPINLength 8', what: 'Makes one.' }],
    set: [
      {
        command: "Set-UMMailboxPolicy 'Contoso Default Policy' -PINLifetime Unlimited -LogonFailuresBeforePINReset 3",
        what: 'Lets PINs live for ever, and has the third failed sign-in replace one.',
      },
    ],
    remove: [{ command: "Remove-UMMailboxPolicy Executives '-Confirm:$false'", what: 'Removes one without asking.' }],
  },
});
