import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Benchmark, Findings } from './benchmark.ts';
import { inParallel } from './in-parallel.ts';

/** How many calls are there at the same time. */
const AT_ONCE = 6;
/** Within which time after the welcome was recognised the key comes, in milliseconds. */
const WINDOW_MS = 1_000;
/** Steps of the golden ratio spread the moments evenly over the window, and over the time between two packets. */
const SPREAD = (Math.sqrt(5) - 1) / 2;
/** For how long nothing may follow. The next prompt comes 5 s after a digit: what is heard before that is a remnant. */
const SILENCE_MS = 600;

async function run(bench: Bench): Promise<Findings> {
  const silences = await inParallel(AT_ONCE, bench.quick ? 18 : 72, (i) =>
    bench.failures.note('keys', () => interrupt(bench, i)),
  );
  await bench.book.confirmedBy(bench.service);
  return {
    measurements: [{ label: 'key → silence', values: silences.filter((silence) => silence !== undefined), aim: 40 }],
    notes: [
      'From the first packet of a key pressed during the welcome to the last packet of audio (0: not one came after ' +
        `the key). For ${SILENCE_MS} ms nothing followed it.`,
    ],
  };
}

async function interrupt({ phone, target, book }: Bench, index: number): Promise<number> {
  const call = await phone.call(target);
  await call.heard('welcome');
  await sleep(WINDOW_MS * ((index * SPREAD) % 1));
  await call.press(String(index % 10));
  await call.quiet(SILENCE_MS);
  const { keyToSilenceMs, keys, packets, prompts } = call.timings;
  const [key] = keys;
  const [silence] = keyToSilenceMs;
  if (key === undefined || silence === undefined || prompts.length !== 1 || prompts[0]?.state !== 'cut') {
    throw new Error(`The key did not cut the welcome short.\n${call.describe()}`);
  }
  if (packets.some(({ at }) => at > key.at + silence)) throw new Error(`Audio went on.\n${call.describe()}`);
  await book.hangUp(call, { signedIn: false });
  return silence;
}

export const keys: Benchmark = {
  name: 'keys',
  about: 'how soon a key silences what is being said',
  run,
};
