import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Benchmark, Findings } from './benchmark.ts';
import { loudMoments } from './hearing.ts';
import { inCall } from './in-call.ts';
import { inParallel } from './in-parallel.ts';

const SAMPLES_PER_MS = 8;
/** How many calls are there at the same time. */
const AT_ONCE = 6;
const KEYS = 72;
/** Between which moments of the welcome keys are pressed, in milliseconds from its beginning. */
const FROM_MS = 300;
const TO_MS = 1_500;
/** For how long the welcome is loud before and behind each of them, so that its last packet is one that can be heard. */
const LOUD_BEFORE_MS = 60;
const LOUD_BEHIND_MS = 120;
/** Steps of the golden ratio spread the keys evenly over the moments, and over the time between two packets. */
const SPREAD = (Math.sqrt(5) - 1) / 2;
/** For how long nothing may follow. The next prompt comes 5 s after a digit: what is heard before that is a remnant. */
const SILENCE_MS = 600;
/** How long ago the last packet may have come when the key goes down, in milliseconds; else there was nothing to cut. */
const UNDER_WAY_MS = 60;

async function run(bench: Bench): Promise<Findings> {
  const welcome = bench.prompts.find('welcome');
  const samples = welcome?.samples ?? new Int16Array(0);
  const loudFor = LOUD_BEFORE_MS + LOUD_BEHIND_MS;
  const moments = loudMoments(samples, FROM_MS, TO_MS, loudFor).map((from) => from + LOUD_BEFORE_MS);
  if (moments.length === 0) throw new Error('The welcome is nowhere loud for long enough');
  const silences = await inParallel(AT_ONCE, Math.ceil(KEYS * bench.scale), (i) =>
    bench.failures.note('keys', () =>
      interrupt(bench, {
        key: String(i % 10),
        moment: moments[Math.floor(moments.length * ((i * SPREAD) % 1))] ?? FROM_MS,
        length: samples.length / SAMPLES_PER_MS,
      }),
    ),
  );
  await bench.book.confirmedBy(bench.service);
  const stalled = silences.filter((silence) => silence === 'stalled').length;
  return {
    measurements: [
      { label: 'key → silence', values: silences.filter((silence) => typeof silence === 'number'), aim: 40 },
    ],
    notes: [
      'From the first packet of a key pressed during the welcome to the last packet of it that can be heard (0: not one ' +
        `came after the key). For ${SILENCE_MS} ms nothing followed.`,
      ...(stalled > 0
        ? [`${stalled} more keys came while the audio or the caller was held up, and are not counted.`]
        : []),
    ],
  };
}

/** What is pressed, how many milliseconds after the welcome began, and how many the whole of it takes. */
interface Interruption {
  readonly key: string;
  readonly moment: number;
  readonly length: number;
}

/** Presses a key during the welcome, and measures for how long that goes on. */
async function interrupt(bench: Bench, { key, moment, length }: Interruption): Promise<number | 'stalled'> {
  return await inCall(bench, { signedIn: false }, async (call) => {
    const { startedAt } = await call.heard('welcome');
    await sleep(Math.max(0, startedAt + moment - performance.now()));
    await call.press(key);
    await call.quiet(SILENCE_MS);
    const { keys, packets, prompts } = call.timings;
    const [pressed] = keys;
    // A caller that is so late has nothing to cut.
    if (pressed !== undefined && pressed.at > startedAt + length - LOUD_BEHIND_MS) return 'stalled';
    const cut = prompts.at(-1);
    if (pressed === undefined || cut?.id !== 'welcome' || cut.state !== 'cut') {
      throw new Error(`The key did not cut the welcome short.\n${call.describe()}`);
    }
    const last = packets.filter(({ audible }) => audible).at(-1)?.at ?? Number.NEGATIVE_INFINITY;
    return last < pressed.at - UNDER_WAY_MS ? 'stalled' : Math.max(0, last - pressed.at);
  });
}

export const keys: Benchmark = {
  name: 'keys',
  about: 'how soon a key silences what is being said',
  run,
};
