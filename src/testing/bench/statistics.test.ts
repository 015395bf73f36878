import { describe, expect, it } from 'vitest';
import { percentile, summarise } from './statistics.ts';

describe('percentile', () => {
  const upToHundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it.each([
    [0.5, 50],
    [0.95, 95],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ])('%d of 1 to 100 is %d', (rank, value) => {
    expect(percentile(upToHundred, rank)).toBe(value);
  });

  it('refuses to sum up nothing', () => {
    expect(() => summarise([])).toThrow(RangeError);
  });

  it('of one value is that value', () => {
    expect(summarise([7])).toEqual({ count: 1, p50: 7, p95: 7, p99: 7, max: 7 });
  });
});
