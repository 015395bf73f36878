import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { OneEachTurn } from './one-each-turn.ts';

it('lets requests begin in the order in which they came, and no two in the same turn of the event loop', async () => {
  const turns = new OneEachTurn();
  const begun: string[] = [];
  const begin = async (name: string): Promise<void> => {
    await turns.next();
    begun.push(name);
  };
  const all = ['first', 'second', 'third'].map(begin);
  expect(begun).toEqual([]);
  for (let turn = 1; turn <= 2; turn++) {
    await nextTurn();
    expect(begun.length).toBeLessThanOrEqual(turn + 1);
  }
  await Promise.all(all);
  expect(begun).toEqual(['first', 'second', 'third']);
  await begin('later');
  expect(begun.at(-1)).toBe('later');
});
