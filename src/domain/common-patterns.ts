import { isKeypadPattern } from './keypad-patterns.ts';

/** What makes a PIN one that others guess first (SPEC §2). */
export type CommonPattern =
  /** Each digit follows the one before it, all up or all down; 0 follows 9, as on the keypad. */
  | 'sequential'
  /** One digit, repeated. */
  | 'one-digit'
  /** A group of digits, repeated: 121212. */
  | 'repeated-group'
  /** An extension of the mailbox, backwards. */
  | 'extension-reversed'
  /** Lines or boxes on the keypad. */
  | 'keypad-pattern'
  /** A year from 1900 to 2099, a month in one, or a day in one. */
  | 'date'
  /** One of {@link MOST_USED_PINS}. */
  | 'most-used';

/**
 * The short list of the most used PINs that no other rule refuses: our own choice of what is often named among the
 * favourites of four to ten digits, and not a copy of anybody's count. README.md of this folder publishes it (SPEC §2).
 */
export const MOST_USED_PINS: ReadonlySet<string> = new Set([
  ...['0007', '0070', '1000', '1004', '1024', '1112', '1122', '1123', '1221', '1224', '1225', '1230', '1231'],
  ...['1233', '1324', '1357', '2112', '2468', '5150'],
  ...['00700', '13579', '38317', '42069', '90210'],
  ...['112233', '292513'],
  ...['1080413', '1212123', '1234321', '1869510', '2848048', '3223326', '4830033', '5201314', '7005425', '8675309'],
  ...['11112222', '11223344', '12344321'],
  ...['1029384756', '1122334455', '1234554321', '3141592654'],
]);

/** Whether each digit is the one before it plus `step`, where 0 comes after 9. */
function isSequence(pin: string, step: 1 | -1): boolean {
  for (let i = 1; i < pin.length; i++) {
    if ((Number(pin[i - 1]) + step + 10) % 10 !== Number(pin[i])) return false;
  }
  return pin.length > 1;
}

function isRepeatedGroup(pin: string): boolean {
  for (let size = 1; size <= pin.length / 2; size++) {
    if (pin.length % size === 0 && pin.slice(0, size).repeat(pin.length / size) === pin) return true;
  }
  return false;
}

const isYear = (year: string): boolean => year >= '1900' && year <= '2099';
const isMonth = (month: string): boolean => month >= '01' && month <= '12';

/** Days of a month of the Gregorian calendar. */
function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (month === 2) return leap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isDay(year: string, month: string, day: string): boolean {
  return isYear(year) && isMonth(month) && day >= '01' && Number(day) <= daysIn(Number(year), Number(month));
}

/** A real date or year from 1900 to 2099: YYYY, YYYYMM, MMYYYY, YYYYMMDD, DDMMYYYY or MMDDYYYY. */
function isDate(pin: string): boolean {
  const part = (from: number, to: number): string => pin.slice(from, to);
  switch (pin.length) {
    case 4:
      return isYear(pin);
    case 6:
      return (isYear(part(0, 4)) && isMonth(part(4, 6))) || (isMonth(part(0, 2)) && isYear(part(2, 6)));
    case 8:
      return (
        isDay(part(0, 4), part(4, 6), part(6, 8)) ||
        isDay(part(4, 8), part(2, 4), part(0, 2)) ||
        isDay(part(4, 8), part(0, 2), part(2, 4))
      );
    default:
      return false;
  }
}

/**
 * The first common pattern that a PIN is as a whole; undefined when it is none.
 *
 * @param pin digits only.
 * @param extensions all extensions of the mailbox.
 */
export function commonPatternOf(pin: string, extensions: readonly string[]): CommonPattern | undefined {
  // One digit repeated is a repeated group as well; the narrower name says more to a caller, so it comes first.
  if (pin.length > 1 && pin === pin.charAt(0).repeat(pin.length)) return 'one-digit';
  if (isSequence(pin, 1) || isSequence(pin, -1)) return 'sequential';
  if (isRepeatedGroup(pin)) return 'repeated-group';
  if (extensions.some((extension) => pin === [...extension].reverse().join(''))) return 'extension-reversed';
  if (isKeypadPattern(pin)) return 'keypad-pattern';
  if (isDate(pin)) return 'date';
  if (MOST_USED_PINS.has(pin)) return 'most-used';
  return undefined;
}
