import type { Cmdlet } from './cmdlet.ts';
import { OUTPUT_FORMATS } from './format/output.ts';
import type { Parameter } from './parameter.ts';

const EVERYWHERE: readonly Parameter[] = [
  {
    name: 'OutputFormat',
    kind: { oneOf: OUTPUT_FORMATS },
    help: 'How the result is printed: Json as the API answers, Table, or List.',
  },
  {
    name: 'AllowPlainHttp',
    kind: 'switch',
    help: 'Sends the token to another machine by http, which everybody on the way can read.',
  },
];

const CHANGING: readonly Parameter[] = [
  { name: 'WhatIf', aliases: ['wi'], kind: 'switch', help: 'Shows what would happen, and does nothing.' },
  {
    name: 'Confirm',
    aliases: ['cf'],
    kind: 'switch',
    help: "Asks before it is done; '-Confirm:$false' does not ask where it would.",
  },
];

/** All that a cmdlet may be given: its own parameters, and those that every such cmdlet has. */
export const parametersOf = ({ parameters, effect }: Cmdlet): readonly Parameter[] => [
  ...parameters,
  ...(effect === 'looks' ? [] : CHANGING),
  ...EVERYWHERE,
];
