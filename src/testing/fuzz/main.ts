/**
 * Feeds what strangers and applications may send to the parts that take it: `npm run fuzz`, `npm run fuzz -- --minutes 10
 * --seed 7 --target sip`. An input with which something is wrong is made small and kept in `corpus`, which the tests
 * try again from then on.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Coverage } from './coverage.ts';
import { type Finding, Fuzzer } from './fuzzer.ts';
import { Seeded } from './seeded.ts';
import { SrfParser } from './srf-parser.ts';
import { TARGETS } from './targets.ts';

const CORPUS = join(import.meta.dirname, 'corpus');
/** Between two lines that say how far it is, in milliseconds. */
const REPORT_EVERY = 15_000;
/** The part of the time in which inputs that reach new code are looked for; in the rest they are changed, at full speed. */
const LOOKING = 0.15;

async function keep({ target, why, input }: Finding): Promise<void> {
  const name = `${target}-${createHash('sha256').update(input).digest('hex').slice(0, 12)}.bin`;
  await writeFile(join(CORPUS, name), input);
  console.log(`\nFOUND in ${target}: ${why}\n  ${input.length} bytes, kept as corpus/${name}\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string' }, target: { type: 'string' } },
  });
  const seed = Number(values.seed ?? Date.now() % 2 ** 32);
  const lasts = 60_000 * Number(values.minutes);
  const targets = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
  if (targets.length === 0) throw new Error(`There are ${TARGETS.map(({ name }) => name).join(', ')} to be fed`);
  console.log(`Seed ${seed}; ${targets.map(({ name }) => name).join(', ')}; ${values.minutes} minutes.`);
  // A part may fail later than it is fed.
  process.on('uncaughtException', (error) => {
    console.log(`\nFOUND: nothing caught ${error.stack}`);
    process.exitCode = 1;
  });
  const parser = new SrfParser();
  const coverage = await Coverage.start();
  const fuzzers = targets.map((target, index) => ({
    name: target.name,
    fuzzer: new Fuzzer(target, new Seeded(seed + index), parser, coverage),
  }));
  let told = performance.now();
  let kept = 0;
  const startedAt = told;
  let isLooking = true;
  while (performance.now() < startedAt + lasts) {
    if (isLooking && performance.now() > startedAt + LOOKING * lasts) {
      isLooking = false;
      await coverage.close();
      for (const { fuzzer } of fuzzers) fuzzer.stopLooking();
    }
    for (const { fuzzer } of fuzzers) {
      const before = fuzzer.findings.length;
      await fuzzer.batch();
      for (const finding of fuzzer.findings.slice(before)) await keep(finding);
      kept += fuzzer.findings.length - before;
    }
    if (performance.now() - told < REPORT_EVERY) continue;
    told = performance.now();
    const inputs = fuzzers.reduce((sum, { fuzzer }) => sum + fuzzer.inputs, 0);
    const rate = (1_000 * inputs) / (told - startedAt);
    const pools = fuzzers.map(({ name, fuzzer }) => `${name} ${fuzzer.kept}`).join(', ');
    console.log(`${inputs} inputs, ${rate.toFixed(0)} a second; ${coverage.blocks} blocks reached; kept: ${pools}`);
  }
  await parser.close();
  console.log(kept === 0 ? `Nothing was found. Seed ${seed}.` : `${kept} findings. Seed ${seed}.`);
  process.exit(kept === 0 ? 0 : 1);
}

await main();
