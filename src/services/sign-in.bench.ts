/**
 * How long attempts take with the hash of production, by sort, and how many a second: `node
 * src/services/sign-in.bench.ts`. Sorts take turns, so that whatever else the machine does slows all of them alike.
 */
import { performance } from 'node:perf_hooks';
import { PIN_HASH_COST } from '../security/pin-hasher.ts';
import { percentile } from '../testing/bench/statistics.ts';
import { rankSumDeviation } from '../testing/rank-sum.ts';
import { createTestDialPlan, createTestService, provisionTestMailbox } from '../testing/test-service.ts';

const ROUNDS = 100;
const AT_ONCE = 50;
const SOURCE = { callId: 'bench', peer: '127.0.0.1' };
const SORTS = [
  { name: 'wrong PIN', extension: '51234', pin: '407193', verdict: 'failed' },
  { name: 'unknown extension', extension: '99999', pin: '407193', verdict: 'failed' },
  { name: 'no phone access', extension: '52000', pin: '407193', verdict: 'failed' },
  { name: 'right PIN', extension: '51234', pin: '1985848', verdict: 'signed-in' },
] as const;

const service = await createTestService({ cost: PIN_HASH_COST });
const plan = await createTestDialPlan(service);
await provisionTestMailbox(service, plan);
await provisionTestMailbox(service, plan, {
  address: 'off@contoso.com',
  extensions: ['52000'],
  subscriberAccess: false,
});

async function attempt({ extension, pin, verdict }: (typeof SORTS)[number]): Promise<number> {
  const start = performance.now();
  const { kind } = await service.signIn.attempt(plan.dialPlan.id, extension, pin, SOURCE);
  if (kind !== verdict) throw new Error(`An attempt came to ${kind} instead of ${verdict}`);
  return performance.now() - start;
}

const durations = new Map<string, number[]>(SORTS.map(({ name }) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  // Another sort goes first each round, so that none always follows the same one.
  const first = round % SORTS.length;
  for (const sort of [...SORTS.slice(first), ...SORTS.slice(0, first)]) {
    durations.get(sort.name)?.push(await attempt(sort));
  }
}
const wrongPin = durations.get('wrong PIN') ?? [];
console.log('milliseconds');
for (const [name, values] of durations) {
  const of = (rank: number): string => percentile(values, rank).toFixed(1).padStart(7);
  const apart = Math.abs(rankSumDeviation(wrongPin, values)).toFixed(1);
  console.log(`${name.padEnd(18)} p5${of(0.05)}  p50${of(0.5)}  p95${of(0.95)}  from a wrong PIN ${apart} σ`);
}

const start = performance.now();
await Promise.all(Array.from({ length: AT_ONCE }, () => attempt(SORTS[0])));
const rate = (AT_ONCE * 1_000) / (performance.now() - start);
console.log(`${AT_ONCE} attempts at the same instant: ${rate.toFixed(1)} a second`);

service.stored.takeStatements();
const writes: number[] = [];
for (let i = 0; i < ROUNDS; i++) {
  const begun = performance.now();
  await service.database.credentials.openAttempt(plan.dialPlan.id, '51234');
  writes.push(performance.now() - begun);
}
console.log(
  `counting an attempt, durably: p50 ${percentile(writes, 0.5).toFixed(2)}, p95 ${percentile(writes, 0.95).toFixed(2)}`,
);
await service.dispose();
