import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';

/** What the command line asks for. */
export interface Wanted {
  /** In the order in which they are run, which is not that of the command line. */
  readonly benchmarks: readonly Benchmark[];
  /** As in `Bench`. */
  readonly scale: number;
}

/** How much less is measured for a quick look. */
const QUICK_SCALE = 0.25;

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
    return { benchmarks, scale: values.quick ? QUICK_SCALE : 1 };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
