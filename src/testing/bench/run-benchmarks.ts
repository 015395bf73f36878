import { loadServicePrompts, Phone } from '../phone/phone.ts';
import type { Wanted } from './arguments.ts';
import { ACCESS_NUMBER, startBenchService } from './bench-service.ts';
import type { Bench, Benchmark, Measurement } from './benchmark.ts';
import { CallBook } from './call-book.ts';
import type { Failures } from './failures.ts';
import { type Load, LoadMeter } from './load-meter.ts';
import { table } from './table.ts';

/** The levels of the log that tell of a fault. */
const FAULT_LEVELS: readonly unknown[] = ['error', 'fatal'];

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

/**
 * Starts a service and carries out benchmarks on it, one after the other; what is found is printed, too.
 *
 * @param environment settings of the service besides those of this process.
 */
export async function runBenchmarks(
  { benchmarks, scale }: Wanted,
  failures: Failures,
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly Measurement[]> {
  const { service, callers, victims } = await startBenchService(environment);
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
