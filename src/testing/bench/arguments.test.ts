import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.ts';
import type { Benchmark } from './benchmark.ts';

const all: readonly Benchmark[] = ['calls', 'keys', 'pins'].map((name) => ({
  name,
  about: name,
  run: async () => ({ measurements: [], notes: [] }),
}));

function names(args: readonly string[]): readonly string[] | string {
  const wanted = readArguments(args, all);
  return typeof wanted === 'string' ? wanted : wanted.benchmarks.map(({ name }) => name);
}

describe('the command line', () => {
  it('without a name means all', () => {
    expect(names([])).toEqual(['calls', 'keys', 'pins']);
    expect(names(['--quick'])).toEqual(['calls', 'keys', 'pins']);
  });

  it('names benchmarks, each run once and in their own order', () => {
    expect(names(['pins', 'calls', 'pins'])).toEqual(['calls', 'pins']);
  });

  it('asks for the short run', () => {
    expect(readArguments(['keys', '--quick'], all)).toMatchObject({ scale: 0.25 });
    expect(readArguments(['keys'], all)).toMatchObject({ scale: 1 });
  });

  it.each([[['load']], [['calls', 'load']], [['--slow']]])('is refused where nothing is called so: %j', (args) => {
    expect(names(args)).toMatch(/load|--slow/);
  });
});
