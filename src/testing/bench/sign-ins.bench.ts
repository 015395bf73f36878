import { setTimeout as sleep } from 'node:timers/promises';
import type { StockedMailbox } from '../mailbox-stock.ts';
import { FAST_KEYS } from '../phone/fast-keys.ts';
import { callerAt } from './bench-service.ts';
import type { Bench, Benchmark, Findings } from './benchmark.ts';
import { assertTold } from './hearing.ts';
import { inCall } from './in-call.ts';
import { type Load, LoadMeter } from './load-meter.ts';

/** How many callers there are at a time, in one round after the other: so few that they hardly wait, and more than can be served. */
const AT_ONCE = [8, 32];
/** How long each round is measured, in milliseconds. */
const MEASURED_MS = 7_000;
/** Calls begin one after the other over this time, so that they do not go in step; it is not measured. Milliseconds. */
const RAMP_MS = 1_500;
/** How long a caller waits to be signed in, keys included: with all the others before him in the queue of hashes. */
const SIGNED_IN_WITHIN_MS = 15_000;

interface Round {
  readonly atOnce: number;
  /** How long each call took from INVITE to the confirmed BYE, in milliseconds. */
  readonly durations: readonly number[];
  readonly load: Load;
}

async function run(bench: Bench): Promise<Findings> {
  const rounds: Round[] = [];
  for (const atOnce of bench.scale < 1 ? AT_ONCE.slice(0, 1) : AT_ONCE) {
    rounds.push(await signInFor(bench, atOnce, MEASURED_MS * bench.scale));
  }
  await bench.book.confirmedBy(bench.service);
  return {
    measurements: rounds.map(({ atOnce, durations }) => ({
      label: `sign-in call, ${atOnce} at a time`,
      values: durations,
    })),
    notes: [
      'A sign-in call is INVITE, the first word of the welcome, then extension, PIN and # without a break (40 ms tones, 40 ms between), “signed in” heard, BYE.',
      ...rounds.map(describe),
    ],
  };
}

/** Has `atOnce` callers sign in again and again; what is completed while it is measured counts. */
async function signInFor(bench: Bench, atOnce: number, milliseconds: number): Promise<Round> {
  let over = false;
  const completed: { readonly at: number; readonly duration: number }[] = [];
  const caller = async (index: number): Promise<void> => {
    await sleep((index * RAMP_MS) / atOnce);
    while (!over) {
      const duration = await bench.failures.note('sign-ins', () => signIn(bench, callerAt(bench, index)));
      // Who failed once is not let in again: thousands of refused calls a second would measure something else.
      if (duration === undefined) return;
      completed.push({ at: performance.now(), duration });
    }
  };
  const callers = Array.from({ length: atOnce }, (_, index) => caller(index));
  await sleep(RAMP_MS);
  const from = performance.now();
  const meter = await LoadMeter.start(bench.service.pid);
  await sleep(milliseconds);
  const load = await meter.stop();
  const to = performance.now();
  over = true;
  await Promise.all(callers);
  const counted = completed.filter(({ at }) => at > from && at <= to);
  return { atOnce, durations: counted.map(({ duration }) => duration), load };
}

async function signIn(bench: Bench, { extension, pin }: StockedMailbox): Promise<number> {
  const startedAt = performance.now();
  await inCall(bench, { signedIn: true }, async (call) => {
    // Nobody keys before anything is heard; FreeSWITCH loses one in forty of the keys that come with the answer.
    await call.heard('welcome');
    await Promise.all([
      call.press(`${extension}${pin}#`, FAST_KEYS),
      call.heard('signed-in', { within: SIGNED_IN_WITHIN_MS }),
    ]);
    assertTold(call, ['signed-in']);
  });
  return performance.now() - startedAt;
}

function describe({ atOnce, durations, load }: Round): string {
  const perSecond = (1_000 * durations.length) / load.elapsedMs;
  const rate = `${atOnce} at a time: ${perSecond.toFixed(1)} sign-in calls a second`;
  if (load.service === undefined || durations.length === 0) return `${rate}.`;
  const perCall = (1_000 * load.service) / perSecond;
  return (
    `${rate}, with ${load.service.toFixed(2)} of a core for the service: ${perCall.toFixed(0)} ms of CPU for each, ` +
    `so that a core carries ${(1_000 / perCall).toFixed(1)} a second.`
  );
}

export const signIns: Benchmark = {
  name: 'sign-ins',
  about: 'how many callers can sign in in a second',
  run,
};
