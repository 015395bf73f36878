import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIGIT_PHRASE_IDS, NUMBER_PHRASE_IDS, spokenDigits, spokenNumber } from './spoken-digits.ts';

const words = (number: number): string =>
  spokenNumber(number)
    .map((id) => id.replace('number-', ''))
    .join(' ');

/** Reads the words back as a person understands them. */
function understood(ids: readonly string[]): number {
  let thousands = 0;
  let rest = 0;
  for (const id of ids) {
    const word = id.replace('number-', '');
    if (word === 'thousand') {
      thousands = rest * 1_000;
      rest = 0;
    } else if (word === 'hundred') {
      rest *= 100;
    } else {
      rest += Number(word);
    }
  }
  return thousands + rest;
}

describe('numbers', () => {
  it.each([
    [0, '0'],
    [7, '7'],
    [10, '10'],
    [19, '19'],
    [20, '20'],
    [42, '40 2'],
    [100, '1 hundred'],
    [101, '1 hundred 1'],
    [115, '1 hundred 15'],
    [999, '9 hundred 90 9'],
    [1_000, '1 thousand'],
    [1_205, '1 thousand 2 hundred 5'],
    [10_010, '10 thousand 10'],
    [120_000, '1 hundred 20 thousand'],
    [999_999, '9 hundred 90 9 thousand 9 hundred 90 9'],
  ])('says %i as %s', (number, expected) => {
    expect(words(number)).toBe(expected);
  });

  it('are understood as what was meant, with phrases that there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), (number) => {
        const ids = spokenNumber(number);
        expect(understood(ids)).toBe(number);
        expect(ids.every((id) => NUMBER_PHRASE_IDS.includes(id))).toBe(true);
        expect(number === 0 || !ids.includes('number-0')).toBe(true);
      }),
    );
  });

  it.each([-1, 1.5, 1_000_000, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (number) => {
    expect(() => spokenNumber(number)).toThrow(RangeError);
  });
});

describe('digits', () => {
  it('are said one by one, the last one falling', () => {
    expect(spokenDigits('5070')).toEqual(['digit-5', 'digit-0', 'digit-7', 'digit-0-final']);
    expect(spokenDigits('9')).toEqual(['digit-9-final']);
    expect(spokenDigits('')).toEqual([]);
  });

  it('are phrases that there are, each once in the list', () => {
    expect(spokenDigits('0123456789').every((id) => DIGIT_PHRASE_IDS.includes(id))).toBe(true);
    expect(new Set(DIGIT_PHRASE_IDS).size).toBe(20);
    expect(new Set(NUMBER_PHRASE_IDS).size).toBe(30);
  });

  it('refuses what is no digit and does not repeat it', () => {
    expect(() => spokenDigits('51#34')).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/51|34/) }),
    );
    expect(() => spokenDigits('٥')).toThrow(RangeError);
  });
});
