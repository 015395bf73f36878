import { VOIP_SECURITIES } from '../../../domain/dial-plan.ts';
import type { View } from '../format/view.ts';
import type { Parameter } from '../parameter.ts';
import { cmdletsOf } from './named-resource.ts';

const DIGITS: Parameter = {
  name: 'NumberOfDigitsInExtension',
  kind: 'number',
  field: 'extensionDigits',
  help: 'How many digits every extension has, 1 to 20; it stays while there are mailboxes.',
};

const ACCESS_NUMBERS: Parameter = {
  name: 'AccessTelephoneNumbers',
  aliases: ['AccessNumbers'],
  kind: 'list',
  field: 'accessNumbers',
  help: 'The numbers that are called, separated by commas; a change names all of them.',
};

const SETTINGS: readonly Parameter[] = [
  ACCESS_NUMBERS,
  {
    name: 'LogonFailuresBeforeDisconnect',
    kind: 'number',
    field: 'logonFailuresBeforeDisconnect',
    help: 'Failed sign-ins that end a call, 1 to 20.',
  },
  {
    name: 'InputFailuresBeforeDisconnect',
    kind: 'number',
    field: 'inputFailuresBeforeDisconnect',
    help: 'Input failures in a row that end a call, 1 to 20.',
  },
  { name: 'MaxCallDuration', kind: 'minutes', field: 'maxCallDuration', help: 'Longest call in minutes, 10 to 120.' },
  {
    name: 'MaxRecordingDuration',
    kind: 'minutes',
    field: 'maxRecordingDuration',
    help: 'Longest recording in minutes, 1 to 100.',
  },
  {
    name: 'RecordingIdleTimeout',
    kind: 'seconds',
    field: 'recordingIdleTimeout',
    help: 'Silence in seconds that ends a recording, 2 to 10.',
  },
  {
    name: 'OperatorExtension',
    kind: 'text-or-null',
    field: 'operatorExtension',
    help: "The extension that callers are put through to for help; '$null' for none.",
  },
  { name: 'DefaultLanguage', kind: 'text', field: 'defaultLanguage', help: 'Language of the prompts, such as en-US.' },
  {
    name: 'VoIPSecurity',
    kind: { oneOf: VOIP_SECURITIES },
    field: 'voipSecurity',
    help: 'How secure calls must be: Unsecured; SIPSecured for TLS; Secured for TLS and SRTP. Others are refused.',
  },
];

const VIEW: View = {
  list: [
    { name: 'Name', field: 'name' },
    { name: 'AccessTelephoneNumbers', field: 'accessNumbers' },
    { name: 'NumberOfDigitsInExtension', field: 'extensionDigits' },
    { name: 'LogonFailuresBeforeDisconnect', field: 'logonFailuresBeforeDisconnect' },
    { name: 'InputFailuresBeforeDisconnect', field: 'inputFailuresBeforeDisconnect' },
    { name: 'MaxCallDuration', field: 'maxCallDuration' },
    { name: 'MaxRecordingDuration', field: 'maxRecordingDuration' },
    { name: 'RecordingIdleTimeout', field: 'recordingIdleTimeout' },
    { name: 'OperatorExtension', field: 'operatorExtension' },
    { name: 'DefaultLanguage', field: 'defaultLanguage' },
    { name: 'VoIPSecurity', field: 'voipSecurity' },
    { name: 'Guid', field: 'id' },
  ],
  table: [
    'Name',
    'AccessTelephoneNumbers',
    'NumberOfDigitsInExtension',
    'LogonFailuresBeforeDisconnect',
    'DefaultLanguage',
  ],
};

export const DIAL_PLAN_CMDLETS = cmdletsOf({
  noun: 'UMDialPlan',
  called: 'dial plan',
  collection: 'dial-plans',
  view: VIEW,
  making: [{ ...DIGITS, required: true }],
  needed: ['AccessTelephoneNumbers'],
  settings: SETTINGS,
  filters: [],
  examples: {
    get: [{ command: 'Get-UMDialPlan', what: 'Lists all.' }],
    new: [
      {
        command: 'New-UMDialPlan Contoso -NumberOfDigitsInExtension 5 -AccessTelephoneNumbers 5000,+14255550100',
        what: 'Makes one, and with it the policy "Contoso Default Policy".',
      },
    ],
    set: [
      { command: 'Set-UMDialPlan Contoso -LogonFailuresBeforeDisconnect 2', what: 'Ends calls at the second failure.' },
      { command: 'Set-UMDialPlan Contoso -VoIPSecurity Secured', what: 'Takes encrypted calls only.' },
    ],
    remove: [{ command: 'Remove-UMDialPlan Contoso -WhatIf', what: 'Shows whether it could be removed.' }],
  },
});
