import type { Cmdlet, CmdletContext, CmdletResult } from '../cmdlet.ts';
import type { View } from '../format/view.ts';
import { booleanOf, type Parameter, textOf } from '../parameter.ts';
import { identityIn, isList, MAILBOX_IDENTITY } from './identity.ts';
import { RESULT_SIZE_PARAMETER, showList } from './listing.ts';
import { withoutRequired } from './mailbox-pin.ts';
import { change, changedIn } from './named-resource.ts';

export const MAILBOX_VIEW: View = {
  list: [
    { name: 'DisplayName', field: 'displayName' },
    { name: 'PrimarySmtpAddress', field: 'address' },
    { name: 'Alias', field: 'alias' },
    { name: 'Extensions', field: 'extensions' },
    { name: 'PhoneNumbers', field: 'registeredNumbers' },
    { name: 'UMDialPlan', field: 'dialPlan.name' },
    { name: 'UMMailboxPolicy', field: 'policy.name' },
    { name: 'Language', field: 'language' },
    { name: 'TimeZone', field: 'timeZone' },
    { name: 'Clock', field: 'clock' },
    { name: 'SubscriberAccessEnabled', field: 'subscriberAccess' },
    { name: 'PinlessAccessToVoiceMailEnabled', field: 'pinlessAccess' },
    { name: 'PinExpired', field: 'pinExpired' },
    { name: 'FirstTimeUser', field: 'firstTimeUser' },
    { name: 'LockedOut', field: 'lockedOut' },
    { name: 'MailKind', field: 'mail.kind' },
    { name: 'MailState', field: 'mail.state' },
    { name: 'Guid', field: 'id' },
  ],
  table: ['DisplayName', 'PrimarySmtpAddress', 'Extensions', 'UMMailboxPolicy', 'LockedOut', 'PinExpired'],
};

/** Parameters of a mailbox that is made or changed, but for its address and extensions. */
export const MAILBOX_SETTINGS: readonly Parameter[] = [
  { name: 'DisplayName', kind: 'text', field: 'displayName', help: 'The name of its user.' },
  { name: 'Alias', kind: 'text', field: 'alias', help: 'Another name for the mailbox.' },
  {
    name: 'PhoneNumbers',
    aliases: ['RegisteredNumbers'],
    kind: 'list',
    field: 'registeredNumbers',
    help: 'Other numbers that its user calls from and is recognised by, separated by commas.',
  },
  { name: 'Language', kind: 'text', field: 'language', help: 'Language of prompts and mails, such as en-US.' },
  {
    name: 'TimeZone',
    kind: 'text',
    field: 'timeZone',
    help: 'Zone that times are told in, such as America/Los_Angeles.',
  },
  {
    name: 'Clock',
    kind: { oneOf: ['12-hour', '24-hour'] },
    field: 'clock',
    help: 'How times are told: 12-hour or 24-hour.',
  },
  {
    name: 'SubscriberAccessEnabled',
    kind: 'boolean',
    field: 'subscriberAccess',
    help: 'Whether its user may sign in by telephone.',
  },
  {
    name: 'PinlessAccessToVoiceMailEnabled',
    kind: 'boolean',
    field: 'pinlessAccess',
    help: 'Whether its user may hear voice mail without a PIN, where the policy lets them.',
  },
];

export const POLICY_PARAMETER: Parameter = {
  name: 'UMMailboxPolicy',
  kind: 'text',
  field: 'policy',
  help: 'The mailbox policy, by name or id.',
};

export const EXTENSIONS_PARAMETER: Parameter = {
  name: 'Extensions',
  kind: 'list',
  field: 'extensions',
  help: 'Its extensions, separated by commas, the primary one first.',
};

const CHANGING: readonly Parameter[] = [
  POLICY_PARAMETER,
  { ...EXTENSIONS_PARAMETER, help: `${EXTENSIONS_PARAMETER.help} A change names all of them.` },
  { name: 'PrimarySmtpAddress', kind: 'text', field: 'address', help: 'Its address, which is the user id.' },
  ...MAILBOX_SETTINGS,
];

const FILTERS: readonly Parameter[] = [
  {
    name: 'Search',
    aliases: ['Anr'],
    kind: 'text',
    help: 'Part of a name, address or alias, or how an extension begins.',
  },
  { name: 'LockedOut', kind: 'switch', help: "Only those that are locked; '-LockedOut:$false' those that are not." },
  { name: 'PinExpired', kind: 'switch', help: 'Only those whose PIN has to be changed.' },
  { name: 'FirstTimeUser', kind: 'switch', help: 'Only those whose user has never signed in.' },
  { name: 'MailProblem', kind: 'switch', help: 'Only those whose newest mail could not be delivered.' },
  { ...POLICY_PARAMETER, help: 'Only those of this policy.' },
  { name: 'UMDialPlan', kind: 'text', help: 'Only those of this dial plan.' },
  RESULT_SIZE_PARAMETER,
];

async function getMailboxes(context: CmdletContext): Promise<CmdletResult> {
  const { parameters, api } = context;
  const filters = FILTERS.map(({ name }) => name);
  if (!isList(parameters, filters)) {
    const record = await api.ask({ method: 'GET', path: ['mailboxes', identityIn(parameters)] });
    return { kind: 'one', record, view: MAILBOX_VIEW };
  }
  const query = {
    search: textOf(parameters, 'Search'),
    locked: booleanOf(parameters, 'LockedOut'),
    pinExpired: booleanOf(parameters, 'PinExpired'),
    firstTime: booleanOf(parameters, 'FirstTimeUser'),
    mailProblem: booleanOf(parameters, 'MailProblem'),
    policy: textOf(parameters, 'UMMailboxPolicy'),
    dialPlan: textOf(parameters, 'UMDialPlan'),
  };
  return showList(context, ['mailboxes'], query, MAILBOX_VIEW);
}

export const GET_MAILBOX: Cmdlet = {
  name: 'Get-UMMailbox',
  synopsis: 'Shows a mailbox, or lists mailboxes.',
  effect: 'looks',
  parameters: [
    { ...withoutRequired(MAILBOX_IDENTITY), help: `${MAILBOX_IDENTITY.help} A list when absent.` },
    ...FILTERS,
  ],
  examples: [
    { command: 'Get-UMMailbox tonysmith@contoso.com', what: 'Shows one.' },
    { command: 'Get-UMMailbox -Search smith -LockedOut', what: 'Lists the Smiths who are locked out.' },
    { command: 'Get-UMMailbox -ResultSize Unlimited -OutputFormat Json', what: 'All of them, for a program.' },
  ],
  run: getMailboxes,
};

export const SET_MAILBOX: Cmdlet = {
  name: 'Set-UMMailbox',
  synopsis: 'Changes a mailbox.',
  effect: 'changes',
  intent: (bound) => `change ${changedIn(bound, CHANGING)} of the mailbox ${identityIn(bound)}`,
  parameters: [MAILBOX_IDENTITY, ...CHANGING],
  examples: [
    { command: "Set-UMMailbox tonysmith@contoso.com -DisplayName 'Anthony Smith'", what: 'Changes the name.' },
    {
      command: "Set-UMMailbox 51234 -SubscriberAccessEnabled '$false'",
      what: 'Keeps its user from signing in by telephone.',
    },
  ],
  run: async (context) => {
    const record = await change(context, 'mailboxes', CHANGING);
    const sentence = `Changed ${changedIn(context.parameters, CHANGING)} of the mailbox ${record.address}.`;
    return { kind: 'done', sentence, record, view: MAILBOX_VIEW };
  },
};

export const DISABLE_MAILBOX: Cmdlet = {
  name: 'Disable-UMMailbox',
  synopsis: 'Disables a mailbox for good: its PIN, greetings and undelivered PIN mails are gone.',
  effect: 'destroys',
  intent: (bound) => `disable the mailbox ${identityIn(bound)} for good`,
  parameters: [MAILBOX_IDENTITY],
  examples: [
    { command: 'Disable-UMMailbox tonysmith@contoso.com', what: 'Asks, and disables it.' },
    { command: "Disable-UMMailbox 51234 '-Confirm:$false'", what: 'Does not ask.' },
  ],
  run: async ({ parameters, api, whatIf }) => {
    const identity = identityIn(parameters);
    const query = { whatIf: whatIf || undefined };
    const record = await api.ask({ method: 'DELETE', path: ['mailboxes', identity], query });
    return { kind: 'done', sentence: `The mailbox ${identity} is disabled.`, record, view: MAILBOX_VIEW };
  },
};
