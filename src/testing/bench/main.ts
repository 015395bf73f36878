/**
 * Measures the service as it is started by its users, by calls to it: `npm run bench`, `npm run bench -- --quick`,
 * `npm run bench -- calls keys`. What is wrong fails the run; a figure that misses its aim is said and does not,
 * because machines differ.
 */
import { availableParallelism, cpus } from 'node:os';
import { LOAD_USAGE, runLoad } from '../load/load.ts';
import { runSoak, SOAK_USAGE } from '../load/soak.ts';
import { readArguments } from './arguments.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { ENGINES_USAGE, runEngines } from './engines.ts';
import { Failures } from './failures.ts';
import { runBenchmarks } from './run-benchmarks.ts';
import { judge } from './table.ts';

function usage(): string {
  const names = BENCHMARKS.map(({ name, about }) => `  ${name.padEnd(10)}${about}`).join('\n');
  return `Usage: npm run bench -- [--quick] [name …]\n${names}\nor by itself: ${LOAD_USAGE}\n              ${SOAK_USAGE}\n              ${ENGINES_USAGE}`;
}

/** What runs by itself, for it takes the whole machine and long. */
const ALONE: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = {
  load: runLoad,
  soak: runSoak,
  engines: runEngines,
};

function describeMachine(): string {
  const engines =
    process.env.DRACHTIO_URL === undefined && process.env.FREESWITCH_URLS === undefined
      ? 'the embedded pair'
      : 'the engines named in the environment';
  return `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown core'}, on ${engines}.`;
}

async function main(): Promise<void> {
  const [name = '', ...args] = process.argv.slice(2);
  const alone = ALONE[name];
  if (alone !== undefined) {
    // By `exit` the service and the callers are ended, too.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
    console.log(describeMachine());
    if (!(await alone(args))) process.exitCode = 1;
    return;
  }
  const wanted = readArguments(process.argv.slice(2), BENCHMARKS);
  if (typeof wanted === 'string') {
    console.error(`${wanted}\n\n${usage()}`);
    process.exitCode = 2;
    return;
  }
  // By `exit` the service is ended, too.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  console.log(describeMachine());
  const failures = new Failures();
  const measurements = (await failures.note('the run', () => runBenchmarks(wanted, failures))) ?? [];
  const judged = measurements.map(judge).filter((judgement) => judgement !== 'no aim');
  const passed = judged.filter((judgement) => judgement === 'pass').length;
  console.log(`Aims met: ${passed} of ${judged.length}.`);
  if (failures.count > 0) {
    console.error(`\nFAILED, ${failures.count} times:\n\n${failures.describe()}`);
    process.exitCode = 1;
  }
}

await main();
