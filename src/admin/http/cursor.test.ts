import fc from 'fast-check';
import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { cursorOf, positionOf } from './cursor.ts';

const Position = Type.Object({ at: Type.Number(), sequence: Type.Number() });

describe('a cursor', () => {
  it('gives back the place that it was made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (address) => {
        const cursor = cursorOf(address);
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(positionOf(Type.String(), cursor)).toBe(address);
      }),
    );
    expect(positionOf(Position, cursorOf({ at: 5, sequence: 2 }))).toEqual({ at: 5, sequence: 2 });
  });

  it.each([
    ['of another list', cursorOf('a@contoso.com')],
    ['that is cut', cursorOf({ at: 5, sequence: 2 }).slice(0, -4)],
    ['that nobody made', 'nonsense'],
    ['of the wrong sort of numbers', cursorOf({ at: '5', sequence: 2 })],
    ['that is empty', ''],
  ])('%s is none', (_what, cursor) => {
    expect(positionOf(Position, cursor)).toBeUndefined();
  });
});
