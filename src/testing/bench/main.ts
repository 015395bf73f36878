/**
 * Measures the service as it is started by its users, by calls to it: `npm run bench`, `npm run bench -- --quick`,
 * `npm run bench -- calls keys`. What is wrong fails the run; a figure that misses its aim is said and does not,
 * because machines differ.
 */
import { availableParallelism, cpus } from 'node:os';
import { LOAD_USAGE, runLoad } from '../load/load.ts';
import { runSoak, SOAK_USAGE } from '../load/soak.ts';
import { loadServicePrompts, Phone } from '../phone/phone.ts';
import { readArguments, type Wanted } from './arguments.ts';
import { ACCESS_NUMBER, startBenchService } from './bench-service.ts';
import type { Bench, Benchmark, Measurement } from './benchmark.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { CallBook } from './call-book.ts';
import { Failures } from './failures.ts';
import { type Load, LoadMeter } from './load-meter.ts';
import { judge, table } from './table.ts';

/** The levels of the log that tell of a fault. */
const FAULT_LEVELS: readonly unknown[] = ['error', 'fatal'];

function usage(): string {
  const names = BENCHMARKS.map(({ name, about }) => `  ${name.padEnd(10)}${about}`).join('\n');
  return `Usage: npm run bench -- [--quick] [name …]\n${names}\nor by itself: ${LOAD_USAGE}\n              ${SOAK_USAGE}`;
}

/** What runs by itself, for it takes the whole machine and long. */
const ALONE: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = { load: runLoad, soak: runSoak };

function describeMachine(): string {
  const engines =
    process.env.DRACHTIO_URL === undefined && process.env.FREESWITCH_URLS === undefined
      ? 'the embedded pair'
      : 'the engines named in the environment';
  return `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown core'}, on ${engines}.`;
}

function describeLoad({ service, own, others, loopDelay }: Load): string {
  const share = (cores: number | undefined): string => (cores === undefined ? 'unknown' : cores.toFixed(2));
  return (
    `Cores in use meanwhile: the service ${share(service)}, the callers ${share(own)}, everything else ${share(others)}. ` +
    `The callers’ event loop was late by ${loopDelay.p99.toFixed(1)} ms (p99), ${loopDelay.max.toFixed(1)} ms at most.`
  );
}

async function measure(benchmark: Benchmark, bench: Bench): Promise<readonly Measurement[]> {
  console.log(`\n${benchmark.name}: ${benchmark.about}\n`);
  const meter = await LoadMeter.start(bench.service.pid);
  const findings = await bench.failures.note(benchmark.name, () => benchmark.run(bench));
  const load = await meter.stop();
  const { measurements, notes } = findings ?? { measurements: [], notes: ['It could not be carried out.'] };
  if (measurements.length > 0) console.log(`${table(measurements)}\n`);
  for (const note of [...notes, describeLoad(load)]) console.log(`- ${note}`);
  return measurements;
}

async function runAll({ benchmarks, scale }: Wanted, failures: Failures): Promise<readonly Measurement[]> {
  const { service, callers, victims } = await startBenchService();
  await using _ = service;
  const prompts = await loadServicePrompts();
  await using phone = await Phone.create({ prompts });
  const target = service.uri(ACCESS_NUMBER);
  const found: Measurement[] = [];
  let callCount = 0;
  for (const benchmark of benchmarks) {
    const book = new CallBook();
    found.push(
      ...(await measure(benchmark, { service, phone, prompts, target, callers, victims, scale, failures, book })),
    );
    callCount += book.size;
  }
  await phone.close();
  await failures.note('the stop', () => service.stop());
  for (const line of service.lines) {
    if (FAULT_LEVELS.includes(line.level)) failures.add('the service logged a fault', JSON.stringify(line));
  }
  console.log(`\n${callCount} calls came out as they should, for the callers and in the service’s log.`);
  return found;
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
  const measurements = (await failures.note('the run', () => runAll(wanted, failures))) ?? [];
  const judged = measurements.map(judge).filter((judgement) => judgement !== 'no aim');
  const passed = judged.filter((judgement) => judgement === 'pass').length;
  console.log(`Aims met: ${passed} of ${judged.length}.`);
  if (failures.count > 0) {
    console.error(`\nFAILED, ${failures.count} times:\n\n${failures.describe()}`);
    process.exitCode = 1;
  }
}

await main();
