/**
 * How long attempts take with the hash of production, by sort, and how many a second: `node
 * src/services/sign-in.bench.ts`. Sorts take turns, so that whatever else the machine does slows all of them alike.
 */
import { performance } from 'node:perf_hooks';
import { PIN_HASH_COST } from '../security/pin-hasher.ts';
import { percentile } from '../testing/bench/statistics.ts';
import { rankSumDeviation } from '../testing/rank-sum.ts';
import { createSignInRig, EXTENSION, hasherWith, PIN, UNKNOWN } from '../testing/sign-in-rig.ts';
import { provisionTestMailbox } from '../testing/test-service.ts';
import type { SignIn } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';

const ROUNDS = 100;
const AT_ONCE = 50;
const WRITES = 500;
const SORTS = [
  { name: 'wrong PIN', extension: EXTENSION, pin: '407193', verdict: 'failed' },
  { name: 'unknown extension', extension: UNKNOWN, pin: '407193', verdict: 'failed' },
  { name: 'no phone access', extension: '52000', pin: '407193', verdict: 'failed' },
  { name: 'right PIN', extension: EXTENSION, pin: PIN, verdict: 'signed-in' },
] as const;

// No threshold is reached, for what happens there is told to callers.
const rig = await createSignInRig({
  cost: PIN_HASH_COST,
  policy: { logonFailuresBeforePinReset: 'unlimited', maxLogonAttempts: 999 },
});
const { service, plan } = rig;
await provisionTestMailbox(service, plan, {
  address: 'off@contoso.com',
  extensions: ['52000'],
  subscriberAccess: false,
});

async function attempt(
  { pin, verdict }: (typeof SORTS)[number],
  extension: string,
  signIn: SignIn = service.signIn,
): Promise<number> {
  const start = performance.now();
  const { kind } = await rig.attempt(pin, { extension, signIn });
  if (kind !== verdict) throw new Error(`An attempt came to ${kind} instead of ${verdict}`);
  return performance.now() - start;
}

const durations = new Map<string, number[]>(SORTS.map(({ name }) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  // Another sort goes first each round, so that none always follows the same one.
  const first = round % SORTS.length;
  for (const sort of [...SORTS.slice(first), ...SORTS.slice(0, first)]) {
    durations.get(sort.name)?.push(await attempt(sort, sort.extension));
  }
}
const wrongPin = durations.get('wrong PIN') ?? [];
const shown = (values: readonly number[], rank: number): string => percentile(values, rank).toFixed(1).padStart(7);
console.log('milliseconds');
for (const [name, values] of durations) {
  const apart = Math.abs(rankSumDeviation(wrongPin, values)).toFixed(1);
  const [p5, p50, p95] = [0.05, 0.5, 0.95].map((rank) => shown(values, rank));
  console.log(`${name.padEnd(18)} p5${p5}  p50${p50}  p95${p95}  from a wrong PIN ${apart} σ`);
}

async function rateOf(extensionOf: (number: number) => string): Promise<string> {
  const start = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, (_, number) => attempt(SORTS[0], extensionOf(number))));
  return ((AT_ONCE * 1_000) / (performance.now() - start)).toFixed(1);
}

console.log(
  `${AT_ONCE} attempts at the same instant, each at another extension: ${await rateOf((i) => `${90_000 + i}`)} a second`,
);
console.log(`${AT_ONCE} attempts at the same instant at one mailbox: ${await rateOf(() => EXTENSION)} a second`);

const hasher = hasherWith(service.hasher, { matches: async () => false });
const withoutHash = await createSignIn({ ...service, hasher });
const besides: number[] = [];
for (let i = 0; i < WRITES; i++) besides.push(await attempt(SORTS[0], UNKNOWN, withoutHash));
console.log(`all of an attempt but the hash: p50${shown(besides, 0.5)}  p95${shown(besides, 0.95)}`);
await rig.dispose();
