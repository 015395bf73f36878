import { MOST_USED_PINS } from '../domain/common-patterns.ts';
import type { PinRefusal, PinRules } from '../domain/pin-policy.ts';

type RuleName = Exclude<PinRefusal['kind'], 'common-pattern' | 'used-before'> | PatternName;
type PatternName = (PinRefusal & { kind: 'common-pattern' })['pattern'];

/** Where the keys are: each by its row and column, from the upper left. */
const KEYS = new Map([...'123456789'].map((key, i) => [key, { row: Math.floor(i / 3), column: i % 3 }]));
KEYS.set('0', { row: 3, column: 1 });

const placesOf = (keys: string) => [...keys].map((key) => KEYS.get(key) ?? { row: Number.NaN, column: Number.NaN });

/** Three or more keys, each the neighbour of the one before in the same direction. */
function isLine(keys: string): boolean {
  const places = placesOf(keys);
  const steps = places.slice(1).map(({ row, column }, i) => {
    const before = places[i];
    return before === undefined ? 'none' : `${row - before.row},${column - before.column}`;
  });
  return keys.length >= 3 && new Set(steps).size === 1 && /^(-?1,-?[01]|0,-?1)$/.test(steps[0] ?? '');
}

/** Four keys that share two rows and two columns. */
function isBox(keys: string): boolean {
  const places = placesOf(keys);
  const rows = new Set(places.map(({ row }) => row));
  const columns = new Set(places.map(({ column }) => column));
  return keys.length === 4 && new Set(keys).size === 4 && !keys.includes('0') && rows.size === 2 && columns.size === 2;
}

/** Six or eight keys that are a way along neighbours, around something, back to the start. */
function isRound(keys: string): boolean {
  const places = placesOf(keys);
  const isClosed = places.every(({ row, column }, i) => {
    const next = places[(i + 1) % places.length];
    return next !== undefined && Math.abs(next.row - row) + Math.abs(next.column - column) === 1;
  });
  const isOutline = keys.length === 6 || (keys.length === 8 && !keys.includes('5'));
  return isOutline && isClosed && new Set(keys).size === keys.length && !keys.includes('0');
}

/** Whether what follows index `from` can be drawn, where something may have been drawn before. */
function isDrawn(pin: string, from = 0): boolean {
  if (from === pin.length) return from > 0;
  for (let end = from + 2; end <= pin.length; end++) {
    const piece = pin.slice(from, end);
    const isShape = isLine(piece) || isBox(piece) || isRound(piece);
    const isTurn = from > 0 && isLine(pin.slice(from - 1, end));
    if ((isShape || isTurn) && isDrawn(pin, end)) return true;
  }
  return false;
}

/** Whether a calendar has the day: one that does not is moved into the next month by it. */
function isDay(year: string, month: string, day: string): boolean {
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return (
    !Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${year}-${month}-${day}`) && /^(19|20)/.test(year)
  );
}

const DATE_LAYOUTS = [
  /^(?<year>....)$/,
  /^(?<year>....)(?<month>..)$/,
  /^(?<month>..)(?<year>....)$/,
  /^(?<year>....)(?<month>..)(?<day>..)$/,
  /^(?<day>..)(?<month>..)(?<year>....)$/,
  /^(?<month>..)(?<day>..)(?<year>....)$/,
];

function isDate(pin: string): boolean {
  return DATE_LAYOUTS.some((layout) => {
    const { year = '', month = '01', day = '01' } = layout.exec(pin)?.groups ?? {};
    return isDay(year, month, day);
  });
}

const ROUND_UP = '0123456789'.repeat(4);
const ROUND_DOWN = '9876543210'.repeat(4);

const PATTERNS: Readonly<Record<PatternName, (pin: string, extensions: readonly string[]) => boolean>> = {
  'one-digit': (pin) => /^(.)\1+$/.test(pin),
  sequential: (pin) => pin.length > 1 && (ROUND_UP.includes(pin) || ROUND_DOWN.includes(pin)),
  'repeated-group': (pin) => /^(.+)\1+$/.test(pin),
  'extension-reversed': (pin, extensions) => extensions.some((one) => one === [...pin].toReversed().join('')),
  'keypad-pattern': (pin) => isDrawn(pin),
  date: isDate,
  'most-used': (pin) => MOST_USED_PINS.has(pin),
};

const ALWAYS: Readonly<Record<Exclude<RuleName, PatternName>, (pin: string, rules: PinRules) => boolean>> = {
  'not-digits': (pin) => [...pin].some((character) => !'0123456789'.includes(character)),
  'too-long': (pin) => [...pin].length > 24,
  'too-short': (pin, { minPinLength }) => pin.charAt(minPinLength - 1) === '',
  'extension-suffix': (pin, { extensions }) => extensions.some((one) => one.slice(-pin.length) === pin),
  'contains-extension': (pin, { extensions }) => extensions.some((one) => one.length > 3 && pin.split(one).length > 1),
};

/**
 * Every rule of SPEC §2 that is true of a PIN, but for its history: what the rules are tested against, written without
 * them and without regard to how long it takes.
 */
export function rulesAgainst(pin: string, rules: PinRules): ReadonlySet<RuleName | 'used-before'> {
  const always = (Object.keys(ALWAYS) as (keyof typeof ALWAYS)[]).filter((rule) => ALWAYS[rule](pin, rules));
  const patterns = (Object.keys(PATTERNS) as PatternName[]).filter((rule) => PATTERNS[rule](pin, rules.extensions));
  return new Set([...always, ...(rules.allowCommonPatterns ? [] : patterns)]);
}

/** The name of the rule that a refusal is by. */
export function ruleOf(refusal: PinRefusal): RuleName | 'used-before' {
  return refusal.kind === 'common-pattern' ? refusal.pattern : refusal.kind;
}
