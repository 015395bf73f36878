import { PIN_HASH_COST } from '../../security/pin-hasher.ts';
import type { StockedMailbox } from '../mailbox-stock.ts';
import type { Call } from '../phone/call.ts';
import { FAST_KEYS } from '../phone/fast-keys.ts';
import type { ServiceProcess } from '../service-process.ts';
import { callerAt } from './bench-service.ts';
import type { Bench, Benchmark, Findings } from './benchmark.ts';
import { assertTold } from './hearing.ts';
import { inCall } from './in-call.ts';
import { inParallel, OneAtATime } from './in-parallel.ts';

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

/** What one call's PINs took: its SIP Call-ID, and the waits in the order of {@link ENTRIES}. */
interface Sample {
  readonly sipCallId: string;
  readonly waits: readonly { readonly entry: Entry; readonly milliseconds: number }[];
}

async function run(bench: Bench): Promise<Findings> {
  const samples: Sample[] = [];
  const turns = new OneAtATime();
  await inParallel(AT_ONCE, Math.ceil(CALLS * bench.scale), (i) =>
    bench.failures.note('pins', async () => void samples.push(await keyPins(bench, callerAt(bench, i), turns))),
  );
  await bench.book.confirmedBy(bench.service);
  const waits = samples.flatMap((sample) => sample.waits);
  const of = (entry: Entry): number[] => waits.filter((wait) => wait.entry === entry).map((wait) => wait.milliseconds);
  const checked = samples.flatMap((sample) => attemptsOf(sample, bench.service));
  const { memory, passes } = PIN_HASH_COST;
  return {
    measurements: [
      { label: '# → prompt, PIN too short (no hash)', values: of('short') },
      { label: '# → prompt, wrong PIN', values: of('wrong') },
      { label: '# → prompt, right PIN', values: of('right') },
      { label: '  the hash’s share', values: checked.map(({ hash }) => hash) },
      {
        label: '# → prompt beyond the hash',
        values: checked.map(({ wait, hash }) => wait - hash),
        aim: 60,
      },
    ],
    notes: [
      'From the first packet of the # behind a PIN to the first packet of what is said of it, one call at a time.',
      `The hash’s share is what the service logs of the check of that very PIN (Argon2id, ${memory / 1024} MiB, ${passes} passes).`,
    ],
  };
}

/** Joins what a caller waited for each PIN that was checked with how long the service says that its check took. */
function attemptsOf({ sipCallId, waits }: Sample, service: ServiceProcess): { wait: number; hash: number }[] {
  const callId = service.lines.find((line) => line.msg === 'Call ended' && line.sipCallId === sipCallId)?.callId;
  const hashes = service.lines
    .filter((line) => line.event === 'sign-in' && line.callId === callId)
    .map((line) => line.checked);
  const checked = waits.filter(({ entry }) => entry !== 'short');
  if (hashes.length !== checked.length)
    throw new Error(`The service logged ${hashes.length} checks of ${checked.length}`);
  return checked.map(({ milliseconds }, index) => {
    const hash = hashes[index];
    if (typeof hash !== 'number') throw new Error('The service did not log how long a check took');
    return { wait: milliseconds, hash };
  });
}

async function keyPins(bench: Bench, caller: StockedMailbox, turns: OneAtATime): Promise<Sample> {
  const { extension } = caller;
  const waits: { entry: Entry; milliseconds: number }[] = [];
  let sipCallId = '';
  await inCall(bench, { signedIn: true }, async (call) => {
    sipCallId = call.callId;
    await call.heard('welcome');
    await call.press(extension, FAST_KEYS);
    for (const entry of ENTRIES) {
      await call.press(digitsOf(entry, caller), FAST_KEYS);
      waits.push({ entry, milliseconds: await turns.run(() => finish(call, entry)) });
    }
    assertTold(
      call,
      ENTRIES.map((entry) => TOLD[entry]),
    );
  });
  return { sipCallId, waits };
}

function digitsOf(entry: Entry, { pin, wrongPin }: StockedMailbox): string {
  switch (entry) {
    case 'short':
      return pin.slice(0, 3);
    case 'wrong':
      return wrongPin;
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

export const pins: Benchmark = {
  name: 'pins',
  about: 'how soon a caller is told that a PIN was right or wrong',
  run,
};
