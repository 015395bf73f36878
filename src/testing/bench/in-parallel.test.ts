import { describe, expect, it } from 'vitest';
import { inParallel, OneAtATime } from './in-parallel.ts';

/** Resolves after some turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
}

describe('inParallel', () => {
  it('runs each index once, as many at a time as it may, and keeps the order', async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel(3, 10, async (index) => {
      most = Math.max(most, ++running);
      await turns(10 - index);
      running--;
      return index;
    });
    expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(most).toBe(3);
  });

  it('fails as a task fails', async () => {
    await expect(inParallel(2, 4, async (index) => Promise.reject(new Error(`${index}`)))).rejects.toThrow('0');
  });
});

describe('OneAtATime', () => {
  it('never lets two tasks run together, and goes on after one that failed', async () => {
    const queue = new OneAtATime();
    const seen: string[] = [];
    const task = (name: string) => async () => {
      seen.push(`${name} begins`);
      await turns(3);
      seen.push(`${name} ends`);
      if (name === 'b') throw new Error('b failed');
      return name;
    };
    const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => queue.run(task(name))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });
});
