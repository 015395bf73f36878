import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOff } from './back-off.ts';

const MINUTE = 60_000;
const middle = (): number => 0.5;

describe('backOff', () => {
  it('doubles from half a minute to an hour', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1_000].map((attempts) => backOff(attempts, middle) / MINUTE);
    expect(waits).toEqual([0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it('leaves a fifth of it to chance, either way', () => {
    expect(backOff(1, () => 0)).toBe(24_000);
    expect(backOff(1, () => 1)).toBe(36_000);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, random) => {
          const wait = backOff(attempts, () => random);
          return wait >= 24_000 && wait <= 72 * MINUTE && Number.isInteger(wait);
        },
      ),
    );
  });
});
