import type { Cmdlet } from './cmdlet.ts';
import { parametersOf } from './common-parameters.ts';
import type { Parameter, ParameterKind } from './parameter.ts';

const WIDTH = 100;

const LEARN_MORE = `Exit codes: 0 done, 1 refused or failed, 2 not understood, 3 no service or no valid token, 130 interrupted.
Connection: TOUCHTONE_URL (default http://127.0.0.1:8080) and TOUCHTONE_TOKEN; without them, the service on this machine
and the token that it wrote to admin-token in its DATA_DIR (./data).
Names and parameters may be in any case and abbreviated. Quote $true and $false, for the shell takes them away: '$true'.
`;

/** What there is, with a line on each. */
export function overview(cmdlets: readonly Cmdlet[]): string {
  const width = Math.max(...cmdlets.map(({ name }) => name.length));
  const lines = cmdlets.map(({ name, synopsis }) => `  ${name.padEnd(width)}  ${synopsis}`);
  return `Manages Touchtone by the cmdlets that Exchange administrators know.

  ./touchtone <cmdlet> [-Parameter value …]

${lines.join('\n')}

./touchtone <cmdlet> -? explains one.

${LEARN_MORE}`;
}

/** Everything about one cmdlet. */
export function helpOf(cmdlet: Cmdlet): string {
  const parameters = parametersOf(cmdlet);
  const paragraphs = [
    `${cmdlet.name}\n${wrapped(cmdlet.synopsis, 4)}`,
    `Syntax\n${wrapped(`./touchtone ${cmdlet.name} ${parameters.map(syntaxOf).join(' ')}`, 4, 8)}`,
    `Parameters\n${parameters.map(explained).join('\n')}`,
    ...(cmdlet.notes ?? []).map((note, at) => `${at === 0 ? 'Notes\n' : ''}${wrapped(note, 4)}`),
    `Examples\n${cmdlet.examples.map(({ command, what }) => `    ./touchtone ${command}\n${wrapped(what, 8)}`).join('\n')}`,
  ];
  return `${paragraphs.join('\n\n')}\n\n${LEARN_MORE}`;
}

function syntaxOf({ name, kind, required, positional }: Parameter): string {
  const named = positional ? `[-${name}]` : `-${name}`;
  const value = kind === 'switch' ? '' : ` <${placeholder(kind)}>`;
  return required ? named + value : `[${named}${value}]`;
}

function placeholder(kind: ParameterKind): string {
  if (typeof kind === 'object') return kind.oneOf.join('|');
  switch (kind) {
    case 'boolean':
    case 'boolean-or-bare':
      return '$true|$false';
    case 'list':
      return 'a,b,…';
    case 'moment':
    case 'end-moment':
      return 'date';
    case 'text-or-null':
      return 'text|$null';
    case 'number-or-unlimited':
      return 'number|Unlimited';
    case 'days-or-unlimited':
    case 'minutes-or-unlimited':
      return 'time span|Unlimited';
    default:
      return kind;
  }
}

function explained({ name, help, aliases = [] }: Parameter): string {
  const also = aliases.length === 0 ? '' : ` Also: -${aliases.join(', -')}.`;
  return `    -${name}\n${wrapped(help + also, 8)}`;
}

/** Breaks a text into lines at blanks; the first one may be indented less than the others. */
function wrapped(text: string, indent: number, hanging = indent): string {
  const lines: string[] = [];
  let line = ' '.repeat(indent);
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = ' '.repeat(hanging);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}
