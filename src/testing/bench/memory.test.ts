import { expect, it } from 'vitest';
import { memoryIn, readMemory } from './memory.ts';

it('is read in MiB', () => {
  expect(
    memoryIn('Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\nRssAnon:\t   51200 kB\nThreads:\t9\n'),
  ).toEqual({
    resident: 100,
    own: 50,
    most: 200,
  });
});

it('is unknown of a process that is not there, and where something is missing', async () => {
  expect(await readMemory(undefined)).toBeUndefined();
  expect(await readMemory(2 ** 22 + 1)).toBeUndefined();
  expect(memoryIn('VmRSS:\t  102400 kB\n')).toBeUndefined();
  expect(memoryIn('VmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n')).toBeUndefined();
});
