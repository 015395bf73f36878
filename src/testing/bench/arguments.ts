import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';

/** What the command line asks for. */
export interface Wanted {
  /** In the order in which they are run, which is not that of the command line. */
  readonly benchmarks: readonly Benchmark[];
  readonly quick: boolean;
}

/** Reads the command line: names of benchmarks, none for all of them, and `--quick`. A text says what is wrong with it. */
export function readArguments(args: readonly string[], all: readonly Benchmark[]): Wanted | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { quick: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const unknown = positionals.filter((wanted) => !all.some(({ name }) => name === wanted));
    if (unknown.length > 0) return `There is no benchmark called ${unknown.join(', ')}.`;
    const benchmarks = all.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
    return { benchmarks, quick: values.quick };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
