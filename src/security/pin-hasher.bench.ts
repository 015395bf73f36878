/**
 * What a PIN hash costs here, at the cost in use and at others: `node src/security/pin-hasher.bench.ts`. Hashes run one
 * at a time and the costs take turns, so that whatever else the machine does slows all of them alike; the fastest run
 * is nearest to what a core of its own would give.
 */
import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { CredentialId } from '../domain/credential.ts';
import { percentile } from '../testing/bench/statistics.ts';
import type { Argon2Cost } from './argon2-encoding.ts';
import { createPinHasher, PIN_HASH_COST } from './pin-hasher.ts';

const ROUNDS = 40;
const CREDENTIAL = 'bench' as CredentialId;

const COSTS: readonly Argon2Cost[] = [
  PIN_HASH_COST,
  { memory: 19_456, passes: 2, parallelism: 1 },
  { memory: 19_456, passes: 3, parallelism: 1 },
  { memory: 28_672, passes: 3, parallelism: 1 },
  { memory: 32_768, passes: 2, parallelism: 1 },
  { memory: 47_104, passes: 1, parallelism: 1 },
];

const keys = [{ id: 'bench', key: randomBytes(32) }] as const;
const candidates = await Promise.all(
  COSTS.map(async (cost) => {
    const hasher = createPinHasher({ keys, cost });
    return { cost, hasher, stored: await hasher.hash('407193', CREDENTIAL), durations: [] as number[] };
  }),
);

for (let round = 0; round < ROUNDS; round++) {
  for (const { hasher, stored, durations } of candidates) {
    const pin = round % 2 === 0 ? '407193' : '407194';
    const start = performance.now();
    const matches = await hasher.matches(pin, CREDENTIAL, stored);
    durations.push(performance.now() - start);
    if (matches !== (round % 2 === 0)) throw new Error('A PIN was judged wrongly');
  }
}

console.log(`${cpus()[0]?.model.trim()}, Node ${process.version}; milliseconds`);
for (const { cost, durations } of candidates) {
  const of = (rank: number): string => percentile(durations, rank).toFixed(1).padStart(7);
  const name = `${(cost.memory / 1024).toFixed(0)} MiB, ${cost.passes} passes`;
  const inUse = cost === PIN_HASH_COST ? '  in use' : '';
  console.log(`${name.padEnd(18)} fastest${of(0)}  p50${of(0.5)}  p95${of(0.95)}${inUse}`);
}
