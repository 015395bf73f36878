import type { ApiRecord } from '../api-record.ts';
import { type BoundParameters, fieldsOf, type Parameter, textOf } from '../parameter.ts';
import type { Secret } from '../secret.ts';
import { NOTIFY_PARAMETERS, PIN_EXPIRED_PARAMETER, PIN_PARAMETER } from './mailbox-pin.ts';
import { EXTENSIONS_PARAMETER, MAILBOX_SETTINGS, POLICY_PARAMETER } from './mailboxes.ts';

const IDENTITY: Parameter = {
  name: 'Identity',
  aliases: ['PrimarySmtpAddress', 'EmailAddress', 'UserPrincipalName'],
  kind: 'text',
  positional: true,
  field: 'address',
  help: 'The address of the user, which becomes the user id.',
};

/** What a mailbox can be enabled with; each can be a column of a file. */
export const ENABLING_PARAMETERS: readonly Parameter[] = [
  IDENTITY,
  POLICY_PARAMETER,
  { ...EXTENSIONS_PARAMETER, aliases: ['Extension'] },
  ...MAILBOX_SETTINGS,
  PIN_PARAMETER,
  PIN_EXPIRED_PARAMETER,
  ...NOTIFY_PARAMETERS,
];

const NEEDED = ['Identity', 'UMMailboxPolicy', 'Extensions'];

/** What a mailbox cannot be enabled without, and is not there. */
export const missingIn = (parameters: BoundParameters): readonly string[] =>
  NEEDED.filter((name) => !parameters.has(name));

/** The body of the request. Exchange knows the user's name; here the address tells it where nothing else does. */
export function enablingBody(parameters: BoundParameters, pin: Secret | undefined): ApiRecord {
  const [local] = (textOf(parameters, 'Identity') ?? '').split('@');
  return {
    displayName: local,
    ...fieldsOf(parameters, ENABLING_PARAMETERS),
    ...(pin === undefined ? {} : { pin: pin.reveal() }),
  };
}
