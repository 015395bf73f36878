import { randomBytes } from 'node:crypto';
import type { CredentialId } from '../../domain/credential.ts';
import { createPinHasher, PIN_HASH_COST } from '../../security/pin-hasher.ts';
import type { Call } from '../phone/call.ts';
import type { Bench, Benchmark, Findings } from './benchmark.ts';
import { assertTold } from './hearing.ts';
import { inCall } from './in-call.ts';
import { inParallel, OneAtATime } from './in-parallel.ts';
import { FAST_KEYS, wrongPin } from './keying.ts';
import { percentile } from './statistics.ts';

/** How many calls key their digits at the same time; the `#` itself is pressed in one call after the other. */
const AT_ONCE = 4;
const CALLS = 20;
/**
 * What a call keys. Fewer wrong PINs than end a call, and a right one behind them, so that failures never add up
 * (SPEC §3.5); and first one that is too short to be looked at, of which a caller is told without any hash.
 */
const ENTRIES = ['short', 'wrong', 'wrong', 'right'] as const;
const TOLD = { short: 'pin-too-short', wrong: 'sign-in-failed', right: 'signed-in' } as const;

type Entry = (typeof ENTRIES)[number];

interface Samples extends Readonly<Record<Entry, number[]>> {
  readonly hash: number[];
}

async function run(bench: Bench): Promise<Findings> {
  const samples: Samples = { short: [], wrong: [], right: [], hash: [] };
  const turns = new OneAtATime();
  const hashOnce = await prepareHash(bench.mailbox.pin);
  await inParallel(AT_ONCE, Math.ceil(CALLS * bench.scale), async () => {
    await bench.failures.note('pins', () => keyPins(bench, turns, samples));
    // Measured among the prompts and under the same conditions, but never while one of them is waited for.
    for (const _ of ENTRIES) samples.hash.push(await turns.run(hashOnce));
  });
  await bench.book.confirmedBy(bench.service);
  const share = percentile(samples.hash, 0.5);
  const { memory, passes } = PIN_HASH_COST;
  return {
    measurements: [
      { label: '# → prompt, PIN too short (no hash)', values: samples.short },
      { label: '# → prompt, wrong PIN', values: samples.wrong },
      { label: '# → prompt, right PIN', values: samples.right },
      { label: '  the hash’s share', values: samples.hash },
      {
        label: '# → prompt beyond the hash',
        values: [...samples.wrong, ...samples.right].map((time) => time - share),
        aim: 60,
      },
    ],
    notes: [
      'From the first packet of the # behind a PIN to the first packet of what is said of it, one call at a time.',
      `The hash’s share is measured here between the calls, with the service’s own hasher (Argon2id, ${memory / 1024} MiB, ` +
        `${passes} passes); beyond the hash is less the median of it, ${share.toFixed(1)} ms, so that whatever a hash took longer counts as beyond it.`,
    ],
  };
}

async function keyPins(bench: Bench, turns: OneAtATime, samples: Samples): Promise<void> {
  const { extension, pin } = bench.mailbox;
  await inCall(bench, { signedIn: true }, async (call) => {
    await call.heard('welcome');
    await call.press(extension, FAST_KEYS);
    for (const entry of ENTRIES) {
      await call.press(digitsOf(entry, pin), FAST_KEYS);
      samples[entry].push(await turns.run(() => finish(call, entry)));
    }
    assertTold(
      call,
      ENTRIES.map((entry) => TOLD[entry]),
    );
  });
}

function digitsOf(entry: Entry, pin: string): string {
  switch (entry) {
    case 'short':
      return pin.slice(0, 3);
    case 'wrong':
      return wrongPin(pin);
    case 'right':
      return pin;
  }
}

/** Ends an entry by `#` and measures when what is said of it begins. */
async function finish(call: Call, entry: Entry): Promise<number> {
  const before = call.timings.keys.length;
  await call.press('#', FAST_KEYS);
  const pound = call.timings.keys[before];
  if (pound?.key !== '#') throw new Error(`The # was not pressed.\n${call.describe()}`);
  let told = await call.heard(TOLD[entry]);
  // The same was said before, and was perhaps heard in two pieces.
  while (told.startedAt < pound.at) told = await call.heard(TOLD[entry]);
  if (told.fromMs > 0) throw new Error(`The beginning of "${told.id}" was not heard.\n${call.describe()}`);
  return told.startedAt - pound.at;
}

/** Makes a function that checks a PIN as the service does, and says how long that took, in milliseconds. */
async function prepareHash(pin: string): Promise<() => Promise<number>> {
  const hasher = createPinHasher({ keys: [{ id: 'bench', key: randomBytes(32) }] });
  const credential = 'bench' as CredentialId;
  const stored = await hasher.hash(pin, credential);
  return async () => {
    const startedAt = performance.now();
    if (!(await hasher.matches(pin, credential, stored))) throw new Error('The hash of a PIN is not its hash');
    return performance.now() - startedAt;
  };
}

export const pins: Benchmark = {
  name: 'pins',
  about: 'how soon a caller is told that a PIN was right or wrong',
  run,
};
