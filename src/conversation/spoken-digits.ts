export type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

type Teen = '10' | '11' | '12' | '13' | '14' | '15' | '16' | '17' | '18' | '19';
type Tens = '20' | '30' | '40' | '50' | '60' | '70' | '80' | '90';

/** A digit said by itself; the last one of a sequence has the falling voice of an end. */
export type DigitPhraseId = `digit-${Digit}` | `digit-${Digit}-final`;

/** A word of a number. */
export type NumberPhraseId = `number-${Digit | Teen | Tens | 'hundred' | 'thousand'}`;

const DIGITS: readonly Digit[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const TEENS: readonly Teen[] = ['10', '11', '12', '13', '14', '15', '16', '17', '18', '19'];
const TENS: readonly Tens[] = ['20', '30', '40', '50', '60', '70', '80', '90'];

/** The numbers that are one word, by their value, as far as they have no gap. */
const SMALL: readonly NumberPhraseId[] = [...DIGITS, ...TEENS].map((number): NumberPhraseId => `number-${number}`);

export const DIGIT_PHRASE_IDS: readonly DigitPhraseId[] = DIGITS.flatMap((digit): DigitPhraseId[] => [
  `digit-${digit}`,
  `digit-${digit}-final`,
]);

export const NUMBER_PHRASE_IDS: readonly NumberPhraseId[] = [
  ...SMALL,
  ...TENS.map((tens): NumberPhraseId => `number-${tens}`),
  'number-hundred',
  'number-thousand',
];

/** The largest number that can be said. */
const LARGEST_NUMBER = 999_999;

/**
 * The phrases that say digits one by one, as extensions are said. Throws a RangeError, which does not repeat them, when
 * something is no digit.
 */
export function spokenDigits(digits: string): readonly DigitPhraseId[] {
  return [...digits].map((character, index): DigitPhraseId => {
    const digit = DIGITS.find((one) => one === character);
    if (digit === undefined) throw new RangeError('Only the digits 0 to 9 can be said one by one');
    return index === digits.length - 1 ? `digit-${digit}-final` : `digit-${digit}`;
  });
}

/**
 * The phrases that say a whole number from 0 to 999,999 in American English (no "and"): 1,205 is one, thousand, two,
 * hundred, five. Throws a RangeError for any other number.
 */
export function spokenNumber(number: number): readonly NumberPhraseId[] {
  if (!Number.isInteger(number) || number < 0 || number > LARGEST_NUMBER) {
    throw new RangeError(`Only whole numbers from 0 to ${LARGEST_NUMBER} can be said, not ${number}`);
  }
  const small = SMALL[number];
  if (small !== undefined) return [small];
  if (number < 100) return [`number-${tensOf(number)}`, ...unlessZero(number % 10)];
  if (number < 1_000) {
    return [...spokenNumber(Math.floor(number / 100)), 'number-hundred', ...unlessZero(number % 100)];
  }
  return [...spokenNumber(Math.floor(number / 1_000)), 'number-thousand', ...unlessZero(number % 1_000)];
}

function tensOf(number: number): Tens {
  const tens = TENS[Math.floor(number / 10) - 2];
  if (tens === undefined) throw new RangeError(`${number} is not between 20 and 99`);
  return tens;
}

function unlessZero(number: number): readonly NumberPhraseId[] {
  return number === 0 ? [] : spokenNumber(number);
}
