import { expect, it } from 'vitest';
import { Failures } from './failures.ts';

it('keeps the first failures in full and counts all of them', async () => {
  const failures = new Failures();
  for (let i = 0; i < 5; i++) await failures.note('calls', () => Promise.reject(new Error(`number ${i}`)));
  expect(await failures.note('calls', async () => 'good')).toBe('good');
  expect(failures.count).toBe(5);
  expect(failures.describe()).toBe('calls: number 0\n\ncalls: number 1\n\ncalls: number 2\n\n… and 2 more.');
});
