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

/** Whether several are to be shown. @throws UsageFailure when one was named, and others chosen as well. */
export function isList(parameters: BoundParameters, filters: readonly string[]): boolean {
  if (!parameters.has('Identity')) return true;
  const filter = filters.find((name) => parameters.has(name));
  if (filter !== undefined) throw new UsageFailure(`-${filter} chooses from all of them; leave it or -Identity out.`);
  return false;
}

/** The roles that change mailboxes, policies and dial plans. */
export const MANAGERS = 'UM Management or Organization Management';
