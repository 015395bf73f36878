import type { ApiRecord } from '../api-record.ts';
import type { Cmdlet, CmdletContext, CmdletResult } from '../cmdlet.ts';
import { UsageFailure } from '../failure.ts';
import type { View } from '../format/view.ts';
import { matchName } from '../name-match.ts';
import { listOf, textOf } from '../parameter.ts';
import { RESULT_SIZE_PARAMETER, resultSizeOf } from './listing.ts';

/** Which records each cmdlet that changes something leaves behind. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'Set-UMMailboxPIN': ['pin-reset', 'lock', 'unlock'],
  'Enable-UMMailbox': ['mailbox-enabled'],
  'Set-UMMailbox': ['mailbox-changed'],
  'Disable-UMMailbox': ['mailbox-disabled'],
  'New-UMDialPlan': ['dial-plan-created'],
  'Set-UMDialPlan': ['dial-plan-changed'],
  'Remove-UMDialPlan': ['dial-plan-removed'],
  'New-UMMailboxPolicy': ['policy-created'],
  'Set-UMMailboxPolicy': ['policy-changed'],
  'Remove-UMMailboxPolicy': ['policy-removed'],
};

/** More would be one request each. */
const MOST_SEARCHES = 50;

const VIEW: View = {
  list: [
    { name: 'RunDate', field: 'at', form: 'moment' },
    { name: 'Action', field: 'action' },
    { name: 'Outcome', field: 'outcome' },
    { name: 'Caller', field: 'actor.name|actor.kind' },
    { name: 'ObjectModified', field: 'mailbox.address|mailbox.id' },
    { name: 'Reason', field: 'reason' },
    { name: 'Source', field: 'source.address|source.peer|source.host|source.kind' },
    { name: 'Details', field: 'details' },
    { name: 'Sequence', field: 'sequence' },
  ],
  table: ['RunDate', 'Action', 'Outcome', 'Caller', 'ObjectModified', 'Reason'],
};

function actionsIn({ parameters }: CmdletContext): readonly string[] | undefined {
  const cmdlets = listOf(parameters, 'Cmdlets')?.flatMap((given) => {
    const match = matchName(given, Object.keys(ACTIONS), (name) => [name]);
    if (match.kind === 'found') return ACTIONS[match.one] ?? [];
    throw new UsageFailure(
      `-Cmdlets takes names of cmdlets that change something: ${Object.keys(ACTIONS).join(', ')}.`,
    );
  });
  const actions = listOf(parameters, 'Actions');
  return cmdlets === undefined && actions === undefined ? undefined : [...(cmdlets ?? []), ...(actions ?? [])];
}

/** The API looks for one of each at a time. */
function searchesIn(context: CmdletContext): readonly Readonly<Record<string, string | undefined>>[] {
  const { parameters } = context;
  const common = {
    from: textOf(parameters, 'StartDate'),
    to: textOf(parameters, 'EndDate'),
    outcome: textOf(parameters, 'Outcome'),
  };
  const each = (values: readonly string[] | undefined): readonly (string | undefined)[] =>
    values === undefined || values.length === 0 ? [undefined] : [...new Set(values)];
  const searches = each(actionsIn(context)).flatMap((action) =>
    each(listOf(parameters, 'UserIds')).flatMap((actor) =>
      each(listOf(parameters, 'ObjectIds')).map((mailbox) => ({ ...common, action, actor, mailbox })),
    ),
  );
  if (searches.length > MOST_SEARCHES)
    throw new UsageFailure('That is too much to search for at once; name fewer things.');
  return searches;
}

async function search(context: CmdletContext): Promise<CmdletResult> {
  const wanted = resultSizeOf(context);
  const found = new Map<unknown, ApiRecord>();
  let more = false;
  for (const query of searchesIn(context)) {
    const page = await context.api.list(['audit'], query, wanted);
    more ||= page.more;
    for (const record of page.records) found.set(record.sequence, record);
  }
  const records = [...found.values()].sort((one, other) => Number(other.sequence) - Number(one.sequence));
  const shown = wanted === 'unlimited' ? records : records.slice(0, wanted);
  return { kind: 'many', records: shown, view: VIEW, more: more || shown.length < records.length };
}

export const SEARCH_AUDIT_LOG: Cmdlet = {
  name: 'Search-AdminAuditLog',
  synopsis: 'Searches the audit trail: who did what, when, from where, newest first.',
  effect: 'looks',
  parameters: [
    {
      name: 'StartDate',
      kind: 'moment',
      help: 'Only what happened then or later: 2026-11-27, 11/27/2026, either with a time behind it; local time.',
    },
    { name: 'EndDate', kind: 'end-moment', help: 'Only what happened before; a day without a time counts to its end.' },
    { name: 'Cmdlets', kind: 'list', help: 'Only what these cmdlets do, whatever it was done with.' },
    { name: 'Actions', kind: 'list', help: 'Only these actions of the trail, such as sign-in or pin-change.' },
    { name: 'UserIds', kind: 'list', help: 'Only what these administrators did, by the names of their tokens.' },
    { name: 'ObjectIds', kind: 'list', help: 'Only what is about these mailboxes.' },
    { name: 'Outcome', kind: 'text', help: 'Only what came out so, such as done, refused or failed.' },
    RESULT_SIZE_PARAMETER,
  ],
  examples: [
    {
      command: 'Search-AdminAuditLog -Cmdlets Set-UMMailboxPIN -StartDate 11/01/2026 -EndDate 11/30/2026',
      what: 'Who reset, locked and unlocked in November.',
    },
    {
      command: 'Search-AdminAuditLog -ObjectIds tonysmith@contoso.com -ResultSize 20',
      what: 'The last of one mailbox.',
    },
  ],
  run: search,
};
