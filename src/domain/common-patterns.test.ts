import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommonPattern, commonPatternOf, MOST_USED_PINS } from './common-patterns.ts';
import { isKeypadPattern } from './keypad-patterns.ts';

const EXTENSION = '51234';
const patternOf = (pin: string): CommonPattern | undefined => commonPatternOf(pin, [EXTENSION]);

describe('commonPatternOf', () => {
  it.each<[string, CommonPattern]>([
    ['1234', 'sequential'],
    ['65432', 'sequential'],
    ['567890', 'sequential'],
    ['3210', 'sequential'],
    ['0987', 'sequential'],
    ['890123', 'sequential'],
    ['11111', 'one-digit'],
    ['0000', 'one-digit'],
    ['000000000000000000000000', 'one-digit'],
    ['121212', 'repeated-group'],
    ['408408', 'repeated-group'],
    ['6969', 'repeated-group'],
    ['19851985', 'repeated-group'],
    ['43215', 'extension-reversed'],
    ['147258', 'keypad-pattern'],
    ['2580', 'keypad-pattern'],
    ['0852', 'keypad-pattern'],
    ['1379', 'keypad-pattern'],
    ['159753', 'keypad-pattern'],
    ['14789', 'keypad-pattern'],
    ['12369874', 'keypad-pattern'],
    ['123654', 'keypad-pattern'],
    ['147258369', 'keypad-pattern'],
    ['1900', 'date'],
    ['1985', 'date'],
    ['2099', 'date'],
    ['198512', 'date'],
    ['121985', 'date'],
    ['19851231', 'date'],
    ['31121985', 'date'],
    ['12311985', 'date'],
    ['29022024', 'date'],
    ['20000229', 'date'],
    ['1004', 'most-used'],
    ['8675309', 'most-used'],
  ])('finds %s to be %s', (pin, pattern) => {
    expect(patternOf(pin)).toBe(pattern);
  });

  it.each([
    '1985848',
    '1899',
    '2100',
    '198513',
    '131985',
    '19851301',
    '29022023',
    '29021900',
    '31041985',
    '00121985',
    '198500',
    '408409',
    '12121',
    '147259',
    '2589',
    '1398047',
    '54321512',
    '906714',
  ])('finds nothing in %s', (pin) => {
    expect(patternOf(pin)).toBeUndefined();
  });

  it('knows only the extensions of the mailbox', () => {
    expect(commonPatternOf('43215', ['51234'])).toBe('extension-reversed');
    expect(commonPatternOf('43215', ['90000', '51234'])).toBe('extension-reversed');
    expect(commonPatternOf('43215', ['51235'])).toBeUndefined();
  });

  it('agrees with the calendar on every day of eight digits', () => {
    const day = fc.date({
      min: new Date(Date.UTC(1900, 0, 1)),
      max: new Date(Date.UTC(2099, 11, 31)),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(day, (date) => {
        const [year = '', month = '', dayOfMonth = ''] = date.toISOString().slice(0, 10).split('-');
        for (const pin of [year + month + dayOfMonth, dayOfMonth + month + year, month + dayOfMonth + year]) {
          expect(patternOf(pin)).toBeDefined();
        }
      }),
    );
  });

  it('publishes its list', () => {
    const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
    const published = [...readme.matchAll(/^ {4}([0-9 ]+)$/gm)].flatMap(([, line = '']) => line.split(' '));
    expect(published).toEqual([...MOST_USED_PINS]);
  });

  it('lists among the most used only what no other rule refuses', () => {
    expect([...MOST_USED_PINS].filter((pin) => patternOf(pin) !== 'most-used')).toEqual([]);
  });
});

describe('isKeypadPattern', () => {
  const KEYPAD = ['123', '456', '789', ' 0 '];
  const key = (row: number, column: number): string => KEYPAD[row]?.[column] ?? ' ';

  /** A line found by walking the keypad, not by the list that the rule uses. */
  const line = fc
    .record({
      row: fc.integer({ min: 0, max: 3 }),
      column: fc.integer({ min: 0, max: 2 }),
      down: fc.integer({ min: -1, max: 1 }),
      right: fc.integer({ min: -1, max: 1 }),
      length: fc.integer({ min: 3, max: 4 }),
    })
    .filter(({ down, right }) => down !== 0 || right !== 0)
    .map(({ row, column, down, right, length }) =>
      Array.from({ length }, (_, i) => key(row + i * down, column + i * right)),
    )
    .map((keys) => keys.join(''))
    .filter((keys) => !keys.includes(' '));

  const box = fc
    .record({
      rows: fc.constantFrom([0, 1], [0, 2], [1, 2]),
      columns: fc.constantFrom([0, 1], [0, 2], [1, 2]),
    })
    .chain(({ rows, columns }) =>
      fc.shuffledSubarray(
        rows.flatMap((row) => columns.map((column) => key(row, column))),
        { minLength: 4 },
      ),
    )
    .map((keys) => keys.join(''));

  it('finds whatever is drawn of lines and boxes', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(line, box), { minLength: 1, maxLength: 4 }), (shapes) => {
        expect(isKeypadPattern(shapes.join(''))).toBe(true);
      }),
    );
  });

  it('finds nothing where three keys in a row are neither a line nor of a box', () => {
    // 1, 6 and 8 are no neighbours of each other, and no box has three of them.
    const apart = fc
      .array(fc.constantFrom('1', '6', '8'), { minLength: 4, maxLength: 24 })
      .map((keys) => keys.join(''));
    fc.assert(
      fc.property(apart, (pin) => {
        expect(isKeypadPattern(pin)).toBe(false);
      }),
    );
  });

  it('finds every way to key a box of 2 by 2, and of all PINs of four digits few enough to leave a choice', () => {
    const all = Array.from({ length: 10_000 }, (_, i) => `${i}`.padStart(4, '0'));
    const found = all.filter(isKeypadPattern);
    expect(found).toEqual(expect.arrayContaining(['1245', '1254', '5412', '2415', '2580', '0852', '7391']));
    // Nine boxes in 24 orders each, and the one line of four keys both ways.
    expect(found).toHaveLength(9 * 24 + 2);
  });

  it('does not find an empty PIN drawn', () => {
    expect(isKeypadPattern('')).toBe(false);
  });
});
