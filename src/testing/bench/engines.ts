import { parseArgs } from 'node:util';
import { runLoad } from '../load/load.ts';
import { namesEngines } from '../load/load-service.ts';
import { readArguments } from './arguments.ts';
import type { Measurement } from './benchmark.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { columns } from './columns.ts';
import { Failures } from './failures.ts';
import { runBenchmarks } from './run-benchmarks.ts';
import { summarise } from './statistics.ts';

export const ENGINES_USAGE = 'engines [--quick] [--levels 100,400]';

/** What is compared call by call: how soon there is a prompt, silence, and a prompt again. */
const COMPARED = ['calls', 'keys', 'pins'];

/** Settings that leave the embedded pair in place, whatever the environment names. */
const EMBEDDED = { DRACHTIO_URL: '', FREESWITCH_URLS: '' } as const;

function cells(measurement: Measurement | undefined): readonly string[] {
  if (measurement === undefined || measurement.values.length === 0) return ['–', '–'];
  const { p50, p95 } = summarise(measurement.values);
  return [p50.toFixed(1), p95.toFixed(1)];
}

/** Both side by side; what only one of them has been measured by has a line, too. */
export function comparison(embedded: readonly Measurement[], named: readonly Measurement[]): string {
  const labels = new Set([...embedded, ...named].map(({ label }) => label));
  const of = (all: readonly Measurement[], wanted: string) => cells(all.find(({ label }) => label === wanted));
  return columns([
    ['milliseconds', 'embedded p50', 'p95', 'named p50', 'p95'],
    ...[...labels].map((label) => [label, ...of(embedded, label), ...of(named, label)]),
  ]);
}

/**
 * Measures the embedded pair and, in the same run, the engines that the environment names: single calls first, then what
 * hundreds take. Resolves with whether all calls came out as they should and the required level is borne; rejects when no
 * engines are named.
 */
export async function runEngines(args: readonly string[]): Promise<boolean> {
  if (!namesEngines(process.env)) throw new Error('Name the engines: DRACHTIO_URL, FREESWITCH_URLS, TEST_SIP_TARGET');
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, levels: { type: 'string', default: '100,400' } },
  });
  const wanted = readArguments([...COMPARED, ...(values.quick ? ['--quick'] : [])], BENCHMARKS);
  if (typeof wanted === 'string') throw new Error(wanted);
  const failures = new Failures();
  console.log('\nThe embedded pair:');
  const embedded = (await failures.note('the embedded pair', () => runBenchmarks(wanted, failures, EMBEDDED))) ?? [];
  console.log('\nThe engines named in the environment:');
  const named = (await failures.note('the named engines', () => runBenchmarks(wanted, failures))) ?? [];
  console.log(`\n${comparison(embedded, named)}\n`);
  if (failures.count > 0) console.error(`FAILED, ${failures.count} times:\n\n${failures.describe()}`);
  const isBorne = await runLoad(['--levels', values.levels]);
  return isBorne && failures.count === 0;
}
