import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Benchmark, Findings } from './benchmark.ts';
import { assertTold } from './hearing.ts';
import { FAST_KEYS } from './keying.ts';
import { type Load, LoadMeter } from './load-meter.ts';

/** Calls begin one after the other over this time, so that they do not go in step; it is not measured. Milliseconds. */
const RAMP_MS = 1_500;

interface Round {
  readonly atOnce: number;
  /** How long each call took from INVITE to the confirmed BYE, in milliseconds. */
  readonly durations: readonly number[];
  readonly load: Load;
}

async function run(bench: Bench): Promise<Findings> {
  const rounds: Round[] = [];
  for (const atOnce of bench.quick ? [8] : [8, 16])
    rounds.push(await signInFor(bench, atOnce, bench.quick ? 3_000 : 7_000));
  await bench.book.confirmedBy(bench.service);
  return {
    measurements: rounds.map(({ atOnce, durations }) => ({
      label: `sign-in call, ${atOnce} at a time`,
      values: durations,
    })),
    notes: [
      'A sign-in call is INVITE, extension, PIN and # typed ahead (40 ms tones, 40 ms between), “signed in” heard, BYE.',
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
      const duration = await bench.failures.note('sign-ins', () => signIn(bench));
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

async function signIn({ phone, target, mailbox, book }: Bench): Promise<number> {
  const startedAt = performance.now();
  const call = await phone.call(target);
  await Promise.all([
    call.press(`${mailbox.extension}${mailbox.pin}#`, FAST_KEYS),
    call.heard('signed-in', { within: 15_000 }),
  ]);
  assertTold(call, ['signed-in']);
  await book.hangUp(call, { signedIn: true });
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
