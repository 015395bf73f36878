import { expect, it } from 'vitest';
import { comparison } from './engines.ts';

it('lays two engines side by side, with a dash where one has no figure', () => {
  const embedded = [
    { label: 'INVITE → 200', values: [10, 20, 30] },
    { label: 'only here', values: [1] },
  ];
  const named = [
    { label: 'INVITE → 200', values: [40, 50, 60] },
    { label: 'none yet', values: [] },
  ];
  const lines = comparison(embedded, named).split('\n');
  expect(lines[0]).toMatch(/^milliseconds +embedded p50 +p95 +named p50 +p95$/);
  expect(lines[1]).toMatch(/^INVITE → 200 +20\.0 +\d+\.\d +50\.0 +\d+\.\d$/);
  expect(lines[2]).toMatch(/^only here +1\.0 +1\.0 +– +–$/);
  expect(lines[3]).toMatch(/^none yet +– +– +– +–$/);
});
