import { describe, expect, it } from 'vitest';
import { judge, table } from './table.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('judge', () => {
  it.each([
    [95, 'pass'],
    [94.9, 'MISS'],
  ])('compares the 95th percentile of 1 to 100 with an aim of %d: %s', (aim, judgement) => {
    expect(judge({ label: '', values: upTo(100), aim })).toBe(judgement);
  });

  it('lets nothing that was not measured pass', () => {
    expect(judge({ label: '', values: [], aim: 1 })).toBe('MISS');
  });

  it('does not judge what has no aim', () => {
    expect(judge({ label: '', values: [1_000] })).toBe('no aim');
  });
});

describe('table', () => {
  it('lays out a line for each measurement', () => {
    const lines = table([
      { label: 'first', values: upTo(100), aim: 50 },
      { label: 'the second', values: [0.04] },
      { label: 'none', values: [], aim: 1 },
    ]);
    expect(lines.split('\n')).toEqual([
      'milliseconds  count   p50   p95   p99    max       aim',
      'first           100  50.0  95.0  99.0  100.0  p95 ≤ 50  MISS',
      'the second        1   0.0   0.0   0.0    0.0',
      'none              0     –     –     –      –   p95 ≤ 1  MISS',
    ]);
  });
});
