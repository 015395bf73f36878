import { dateOf } from './dates.ts';
import type { Parameter, ParameterValue } from './parameter.ts';
import { Secret } from './secret.ts';

/** A value, or what a parameter has to be given instead; never the text that was given. */
export type ReadValue =
  | { readonly kind: 'value'; readonly value: ParameterValue }
  | { readonly kind: 'unreadable'; readonly wanted: string };

const value = (read: ParameterValue): ReadValue => ({ kind: 'value', value: read });
const unreadable = (wanted: string): ReadValue => ({ kind: 'unreadable', wanted });

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['$true', true],
  ['true', true],
  ['1', true],
  ['$false', false],
  ['false', false],
  ['0', false],
]);

/** Reads a boolean as PowerShell's users write it; undefined when it is none. */
export const readBoolean = (text: string): boolean | undefined => BOOLEANS.get(text.trim().toLowerCase());

/** Minutes in each unit that a time span may be wanted in. */
const UNITS = { days: 1_440, minutes: 1, seconds: 1 / 60 } as const;

/** Reads what was typed behind a parameter's name. */
export function readValue({ kind }: Pick<Parameter, 'kind'>, text: string): ReadValue {
  if (typeof kind === 'object') return readChoice(kind.oneOf, text);
  switch (kind) {
    case 'text':
      return isNull(text) || text.startsWith('@{') ? unreadable('a text') : value(text);
    case 'text-or-null':
      return value(isNull(text) ? null : text);
    case 'list':
      return readList(text);
    case 'boolean':
    case 'boolean-or-bare':
    case 'switch':
      return orElse(readBoolean(text), "'$true' or '$false'");
    case 'number':
      return orElse(readWhole(text), 'a whole number');
    case 'number-or-unlimited':
      return orElse(readUnlimited(text) ?? readWhole(text), 'a whole number or Unlimited');
    case 'days':
    case 'minutes':
    case 'seconds':
      return orElse(readSpan(text, kind), `a whole number of ${kind}, or a time span such as 1.00:00:00`);
    case 'days-or-unlimited':
      return orElse(
        readUnlimited(text) ?? readSpan(text, 'days'),
        'days, a time span such as 60.00:00:00, or Unlimited',
      );
    case 'minutes-or-unlimited':
      return orElse(
        readUnlimited(text) ?? readSpan(text, 'minutes'),
        'minutes, a time span such as 01:00:00, or Unlimited',
      );
    case 'moment':
    case 'end-moment':
      return orElse(
        dateOf(text, kind === 'end-moment')?.toISOString(),
        'a date such as 2026-11-27 or 11/27/2026 17:30',
      );
    case 'pin':
      return text === '' ? unreadable('a PIN; what was given is empty') : value(pinSource(text));
  }
}

const isNull = (text: string): boolean => text.toLowerCase() === '$null';

function orElse(read: ParameterValue | undefined, wanted: string): ReadValue {
  return read === undefined ? unreadable(wanted) : value(read);
}

function pinSource(text: string): ParameterValue {
  return text === '-' ? { kind: 'standard-input' } : { kind: 'given', pin: new Secret(text) };
}

function readChoice(choices: readonly string[], text: string): ReadValue {
  const chosen = choices.find((one) => withoutHyphens(one) === withoutHyphens(text));
  return orElse(chosen, `one of ${choices.join(', ')}`);
}

/** Exchange writes its choices without: `SIPSecured`. */
const withoutHyphens = (text: string): string => text.toLowerCase().replaceAll('-', '');

/** `a,b`; `$null` and an empty text are an empty list. PowerShell's `@{Add=…}` would need to know what was there. */
function readList(text: string): ReadValue {
  if (isNull(text) || text === '') return value([]);
  const items = text.split(',').map((one) => one.trim());
  return items.includes('') || text.startsWith('@')
    ? unreadable('the whole list, separated by commas and without empty places')
    : value(items);
}

function readWhole(text: string): number | undefined {
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

function readUnlimited(text: string): 'unlimited' | undefined {
  return text.toLowerCase() === 'unlimited' ? 'unlimited' : undefined;
}

/** A bare number is in the unit that the setting has; `days.hours:minutes:seconds` is .NET's way to write a time span. */
function readSpan(text: string, unit: keyof typeof UNITS): number | undefined {
  const whole = readWhole(text);
  if (whole !== undefined) return whole;
  const [, days = '0', hours, minutes, seconds = '0'] =
    /^(?:(\d{1,4})\.)?(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) return undefined;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const total = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  const span = total / 60 / UNITS[unit];
  return Number.isInteger(span) ? span : undefined;
}
