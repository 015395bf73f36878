import { setTimeout as sleep } from 'node:timers/promises';
import { Attack, type AttackReport } from './attack.ts';
import type { Bench, Benchmark, Findings, Measurement } from './benchmark.ts';
import { type Memory, readMemory } from './memory.ts';
import { measurePinWaits, type PinWaits } from './pin-waits.ts';
import { hearWelcome, type WelcomeCall } from './welcome-call.ts';

/** Attempts a second, by calls with wrong PINs at other mailboxes. */
const ATTEMPTS_PER_SECOND = 20;
/** From this scale on the attack is as strong as it is meant to be. */
const FULL_ATTACK_FROM = 0.25;
/** How many calls key PINs, once without the attack and once with it; four PINs each. */
const PIN_CALLS = 24;
const PIN_CALLS_AT_ONCE = 2;
/** How many calls listen to the whole welcome meanwhile, and how long after one the next begins, in milliseconds. */
const LISTENERS = 50;
const LISTENERS_APART_MS = 1_000;

/** What callers met who had nothing to do with the attack. */
interface Round {
  readonly waits: PinWaits;
  readonly listeners: readonly WelcomeCall[];
}

async function run(bench: Bench): Promise<Findings> {
  const strength = Math.min(1, bench.scale / FULL_ATTACK_FROM);
  const idle = await measureRound(bench);
  const before = await readMemory(bench.service.pid);
  const victims = bench.victims.slice(0, Math.ceil(bench.victims.length * strength));
  const attack = await Attack.start(bench, ATTEMPTS_PER_SECOND * strength, victims);
  const attacked = await measureRound(bench);
  const report = await attack.stop();
  const after = await readMemory(bench.service.pid);
  await bench.book.confirmedBy(bench.service);
  return {
    measurements: [...measurementsOf(idle, 'idle'), ...measurementsOf(attacked, 'attacked')].sort(byQuantity),
    notes: [
      'Each quantity once while nothing else goes on, and once during the attack: from the first packet of the # behind a ' +
        'PIN to the first packet of what is said of it, in calls at mailboxes that nobody attacks.',
      describeAttack(report, victims.length),
      'The check is what the service logs of it: the time in the queue of hashes, and the hash.',
      `Of ${idle.listeners.length + attacked.listeners.length} calls that stayed for the whole welcome, ${attacked.listeners.length} of them during the attack, none lost any of it.`,
      describeMemory(before, after),
    ],
  };
}

/** Has callers sign in, and others listen to a whole prompt, at the same time. */
async function measureRound(bench: Bench): Promise<Round> {
  const listening = listen(bench, Math.ceil(LISTENERS * bench.scale));
  const waits = await measurePinWaits(bench, Math.ceil(PIN_CALLS * bench.scale), PIN_CALLS_AT_ONCE);
  return { waits, listeners: await listening };
}

async function listen(bench: Bench, count: number): Promise<readonly WelcomeCall[]> {
  const calls: Promise<WelcomeCall | undefined>[] = [];
  for (let i = 0; i < count; i++) {
    calls.push(bench.failures.note('listening', () => hearWelcome(bench)));
    await sleep(LISTENERS_APART_MS);
  }
  return (await Promise.all(calls)).filter((call) => call !== undefined);
}

const QUANTITIES = [
  '# → prompt, no hash',
  '# → prompt, wrong PIN',
  '# → prompt, right PIN',
  '  the check’s share',
  'INVITE → 200',
  'longest pause in the welcome',
] as const;

function measurementsOf({ waits, listeners }: Round, when: 'idle' | 'attacked'): Measurement[] {
  const values: Readonly<Record<(typeof QUANTITIES)[number], readonly number[]>> = {
    '# → prompt, no hash': waits.of('short'),
    '# → prompt, wrong PIN': waits.of('wrong'),
    '# → prompt, right PIN': waits.of('right'),
    '  the check’s share': waits.checked.map(({ check }) => check),
    'INVITE → 200': listeners.map(({ answer }) => answer),
    'longest pause in the welcome': listeners.map(({ pause }) => pause),
  };
  return QUANTITIES.map((quantity) => ({ label: `${quantity}, ${when}`, values: values[quantity] }));
}

/** Puts what was measured twice side by side; idle comes first, as it was measured first. */
function byQuantity(one: Measurement, other: Measurement): number {
  const place = ({ label }: Measurement): number => QUANTITIES.findIndex((quantity) => label.startsWith(quantity));
  return place(one) - place(other);
}

function describeAttack({ attempts, perSecond }: AttackReport, victims: number): string {
  return (
    `The attack: ${attempts} attempts with wrong PINs, ${perSecond.toFixed(1)} a second, ` +
    `in calls at ${victims} other mailboxes.`
  );
}

function describeMemory(before: Memory | undefined, after: Memory | undefined): string {
  if (before === undefined || after === undefined) return 'The system does not tell how much memory the service held.';
  const [from, to, most] = [before.resident, after.resident, after.most].map((mebibytes) => mebibytes.toFixed(0));
  return `The service held ${from} MiB before the attack and ${to} MiB after it, ${most} MiB at most since its start.`;
}

export const flood: Benchmark = {
  name: 'flood',
  about: 'what callers notice of twenty attempts a second at other mailboxes',
  run,
};
