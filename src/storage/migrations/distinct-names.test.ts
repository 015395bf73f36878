import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distinctNames } from './distinct-names.ts';

const named = (...names: readonly string[]) => names.map((name, index) => ({ id: `id-${index}`, name }));
const resultOf = (names: readonly string[], separator = ''): readonly string[] => [
  ...distinctNames(named(...names), separator).values(),
];

describe('distinct names', () => {
  it('are those that are there, as far as they can be', () => {
    expect(resultOf(['anna', 'tony'])).toEqual(['anna', 'tony']);
    expect(resultOf([])).toEqual([]);
  });

  it('get a number from 2 on, upper and lower case being the same', () => {
    expect(Object.fromEntries(distinctNames(named('tony', 'Tony', 'TONY'), ' '))).toEqual({
      'id-0': 'tony',
      'id-1': 'Tony 2',
      'id-2': 'TONY 3',
    });
  });

  it('take no name from somebody who has it already, even if later in the list', () => {
    expect(Object.fromEntries(distinctNames(named('tony', 'tony', 'tony2'), ''))).toEqual({
      'id-0': 'tony',
      'id-1': 'tony3',
      'id-2': 'tony2',
    });
  });

  it('are distinct whatever the names were, and each begins with what it was', () => {
    const name = fc.oneof(fc.constantFrom('a', 'A', 'a2', 'A3', 'a22', ''), fc.string());
    fc.assert(
      fc.property(fc.array(name), (names) => {
        const rows = named(...names);
        const distinct = distinctNames(rows, '');
        expect(new Set([...distinct.values()].map((one) => one.toLowerCase())).size).toBe(rows.length);
        for (const row of rows) expect(distinct.get(row.id)?.startsWith(row.name)).toBe(true);
      }),
    );
  });
});
