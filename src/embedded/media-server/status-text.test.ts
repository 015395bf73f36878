import { expect, it } from 'vitest';
import { IdleCpu } from './status-text.ts';

it('says what part of the processors is idle only when it was long enough to know', async () => {
  const measured = new IdleCpu();
  // Read again within a few ticks it would be 0 or 100 by chance, and a media server would look exhausted.
  expect(measured.read()).toBe(100);
  const end = performance.now() + 10_000;
  // One processor at least is at work, so it is less than all in the end.
  while (measured.read() === 100 && performance.now() < end);
  expect(measured.read()).toBeGreaterThanOrEqual(0);
  expect(measured.read()).toBeLessThan(100);
  expect(new IdleCpu(90).read()).toBe(90);
});
