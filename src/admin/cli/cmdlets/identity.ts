import { UsageFailure } from '../failure.ts';
import { type BoundParameters, type Parameter, textOf } from '../parameter.ts';

/** What names the mailbox. */
export const MAILBOX_IDENTITY: Parameter = {
  name: 'Identity',
  kind: 'text',
  positional: true,
  required: true,
  help: 'The mailbox: its address, alias, an extension, or its id.',
};

/** What a cmdlet is about. @throws UsageFailure when it was not said. */
export function identityIn(parameters: BoundParameters): string {
  const identity = textOf(parameters, 'Identity');
  if (identity === undefined || identity === '') throw new UsageFailure('-Identity must be given; -? shows how.');
  return identity;
}

/** The roles that change mailboxes, policies and dial plans. */
export const MANAGERS = 'UM Management or Organization Management';
