import { administration } from './administration.bench.ts';
import type { Benchmark } from './benchmark.ts';
import { calls } from './calls.bench.ts';
import { flood } from './flood.bench.ts';
import { keys } from './keys.bench.ts';
import { pins } from './pins.bench.ts';
import { signIns } from './sign-ins.bench.ts';

/** Every benchmark, in the order in which they are run. */
export const BENCHMARKS: readonly Benchmark[] = [calls, keys, pins, signIns, flood, administration];
