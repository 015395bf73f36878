import type { ApiRecord } from '../api-record.ts';
import type { Cmdlet, CmdletContext } from '../cmdlet.ts';
import { UsageFailure } from '../failure.ts';
import type { View } from '../format/view.ts';
import { type BoundParameters, fieldsOf, type Parameter, textOf } from '../parameter.ts';
import { identityIn, isList } from './identity.ts';
import { RESULT_SIZE_PARAMETER, showList } from './listing.ts';

/** Something that the API keeps under a name, with settings: a dial plan, or a mailbox policy. */
export interface NamedResource {
  /** `UMDialPlan` of `Get-UMDialPlan`. */
  readonly noun: string;
  /** In the middle of a sentence. */
  readonly called: string;
  /** Name below /api/v1. */
  readonly collection: string;
  readonly view: View;
  /** Parameters that say what it is when it is made. */
  readonly making: readonly Parameter[];
  /** Those of the settings that a new one has no default for. */
  readonly needed?: readonly string[];
  /** Parameters that change it. */
  readonly settings: readonly Parameter[];
  /** Parameters that choose some of them. */
  readonly filters: readonly Parameter[];
  readonly examples: Readonly<Record<'get' | 'new' | 'set' | 'remove', Cmdlet['examples']>>;
  readonly notes?: readonly string[];
}

const name: Parameter = { name: 'Name', kind: 'text', field: 'name', help: 'What it is called.' };

const identityOf = ({ called }: NamedResource): Parameter => ({
  name: 'Identity',
  kind: 'text',
  positional: true,
  required: true,
  help: `The ${called}: its name or id.`,
});

/** The cmdlets Get-, New-, Set- and Remove- of a resource. */
export const cmdletsOf = (resource: NamedResource): readonly Cmdlet[] => [
  getCmdlet(resource),
  newCmdlet(resource),
  setCmdlet(resource),
  removeCmdlet(resource),
];

function getCmdlet(resource: NamedResource): Cmdlet {
  const { noun, called, collection, view, filters, examples } = resource;
  const { required: _, ...identity } = identityOf(resource);
  return {
    name: `Get-${noun}`,
    synopsis: `Shows a ${called}, or lists them all.`,
    effect: 'looks',
    parameters: [{ ...identity, help: `${identity.help} All of them when absent.` }, ...filters, RESULT_SIZE_PARAMETER],
    examples: examples.get,
    run: async (context) => {
      const { parameters, api } = context;
      if (
        isList(
          parameters,
          [...filters, RESULT_SIZE_PARAMETER].map((one) => one.name),
        )
      ) {
        const query = Object.fromEntries(filters.map(({ name: one, field = '' }) => [field, textOf(parameters, one)]));
        return showList(context, [collection], query, view);
      }
      const record = await api.ask({ method: 'GET', path: [collection, identityIn(parameters)] });
      return { kind: 'one', record, view };
    },
  };
}

function newCmdlet({
  noun,
  called,
  collection,
  view,
  making,
  settings,
  needed = [],
  examples,
  notes = [],
}: NamedResource): Cmdlet {
  const parameters: readonly Parameter[] = [
    { ...name, positional: true, required: true },
    ...making,
    ...settings.map((one) => (needed.includes(one.name) ? { ...one, required: true as const } : one)),
  ];
  return {
    name: `New-${noun}`,
    synopsis: `Makes a ${called}.`,
    effect: 'changes',
    intent: (bound) => `make the ${called} ${textOf(bound, 'Name')}`,
    parameters,
    notes,
    examples: examples.new,
    run: async ({ parameters: bound, api, whatIf }) => {
      const query = { whatIf: whatIf || undefined };
      const body = fieldsOf(bound, parameters);
      const record = await api.ask({ method: 'POST', path: [collection], query, body });
      return { kind: 'one', sentence: `The ${called} ${record.name} is made.`, record, view };
    },
  };
}

function setCmdlet(resource: NamedResource): Cmdlet {
  const { noun, called, collection, view, settings, examples, notes = [] } = resource;
  const changing = [name, ...settings];
  return {
    name: `Set-${noun}`,
    synopsis: `Changes a ${called}.`,
    effect: 'changes',
    intent: (bound) => `change ${changedIn(bound, changing)} of the ${called} ${identityIn(bound)}`,
    parameters: [identityOf(resource), ...changing],
    notes,
    examples: examples.set,
    run: async (context) => {
      const record = await change(context, collection, changing);
      const changed = changedIn(context.parameters, changing);
      return { kind: 'done', sentence: `Changed ${changed} of the ${called} ${record.name}.`, record, view };
    },
  };
}

/** Changes the fields that parameters were given for. @throws UsageFailure when there are none. */
export async function change(
  { parameters, api, whatIf }: CmdletContext,
  collection: string,
  changing: readonly Parameter[],
): Promise<ApiRecord> {
  const body = fieldsOf(parameters, changing);
  if (Object.keys(body).length === 0)
    throw new UsageFailure('There is nothing to change: give a parameter besides -Identity.');
  const query = { whatIf: whatIf || undefined };
  return api.ask({ method: 'PATCH', path: [collection, identityIn(parameters)], query, body });
}

/** Which of the parameters were given, for a sentence. */
export function changedIn(bound: BoundParameters, changing: readonly Parameter[]): string {
  const names = changing.filter((one) => bound.has(one.name)).map((one) => one.name);
  return new Intl.ListFormat('en').format(names);
}

function removeCmdlet(resource: NamedResource): Cmdlet {
  const { noun, called, collection, view, examples } = resource;
  return {
    name: `Remove-${noun}`,
    synopsis: `Removes a ${called} that no mailbox needs.`,
    effect: 'destroys',
    intent: (bound) => `remove the ${called} ${identityIn(bound)}`,
    parameters: [identityOf(resource)],
    examples: examples.remove,
    run: async ({ parameters, api, whatIf }) => {
      const identity = identityIn(parameters);
      const query = { whatIf: whatIf || undefined };
      const record = await api.ask({ method: 'DELETE', path: [collection, identity], query });
      return { kind: 'done', sentence: `The ${called} ${identity} is removed.`, record, view };
    },
  };
}
