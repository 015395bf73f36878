import type { StockedMailbox } from '../mailbox-stock.ts';
import type { Call } from '../phone/call.ts';
import { FAST_KEYS } from '../phone/fast-keys.ts';
import type { ServiceProcess } from '../service-process.ts';
import { callerAt } from './bench-service.ts';
import type { Bench } from './benchmark.ts';
import { assertTold } from './hearing.ts';
import { inCall } from './in-call.ts';
import { inParallel, OneAtATime } from './in-parallel.ts';

/** How long the caller may be kept waiting, by whatever else the service does, in milliseconds. */
const TOLD_WITHIN_MS = 15_000;
/**
 * What a call keys. Fewer wrong PINs than end a call, and a right one behind them, so that failures never add up
 * (SPEC §3.5); and first one that is too short to be looked at, of which a caller is told without any hash.
 */
const ENTRIES = ['short', 'wrong', 'wrong', 'right'] as const;
const TOLD = { short: 'pin-too-short', wrong: 'sign-in-failed', right: 'signed-in' } as const;

export type PinEntry = (typeof ENTRIES)[number];

/** What one call's PINs took: its SIP Call-ID, and the waits in the order of {@link ENTRIES}. */
interface Sample {
  readonly sipCallId: string;
  readonly waits: readonly { readonly entry: PinEntry; readonly milliseconds: number }[];
}

/** How long callers waited to be told of the PINs that they keyed, in milliseconds. */
export interface PinWaits {
  of(entry: PinEntry): readonly number[];
  /** Of each PIN that was checked: the wait, and how much of it the service says that the check took, in turn and hash. */
  readonly checked: readonly { readonly wait: number; readonly check: number }[];
}

/**
 * Has so many calls key PINs and measures from the first packet of each `#` to the first packet of what is said of it.
 * A call that goes wrong is noted in the bench's failures.
 *
 * @param atOnce how many calls key their digits at the same time; the `#` itself is pressed in one after the other. A
 *   call that waited for its turn longer than people may pause within a PIN would have ended it by that.
 */
export async function measurePinWaits(bench: Bench, calls: number, atOnce: number): Promise<PinWaits> {
  const samples: Sample[] = [];
  const turns = new OneAtATime();
  await inParallel(atOnce, calls, (i) =>
    bench.failures.note('PINs', async () => void samples.push(await keyPins(bench, callerAt(bench, i), turns))),
  );
  await bench.book.confirmedBy(bench.service);
  const waits = samples.flatMap((sample) => sample.waits);
  return {
    of: (wanted) => waits.filter(({ entry }) => entry === wanted).map(({ milliseconds }) => milliseconds),
    checked: samples.flatMap((sample) => attemptsOf(sample, bench.service)),
  };
}

/** Joins what a caller waited for each PIN that was checked with how long the service says that its check took. */
function attemptsOf({ sipCallId, waits }: Sample, service: ServiceProcess): PinWaits['checked'] {
  const callId = service.lines.find((line) => line.msg === 'Call ended' && line.sipCallId === sipCallId)?.callId;
  const checks = service.lines
    .filter((line) => line.event === 'sign-in' && line.callId === callId)
    .map((line) => line.checked);
  const checked = waits.filter(({ entry }) => entry !== 'short');
  if (checks.length !== checked.length)
    throw new Error(`The service logged ${checks.length} checks of ${checked.length}`);
  return checked.map(({ milliseconds }, index) => {
    const check = checks[index];
    if (typeof check !== 'number') throw new Error('The service did not log how long a check took');
    return { wait: milliseconds, check };
  });
}

async function keyPins(bench: Bench, caller: StockedMailbox, turns: OneAtATime): Promise<Sample> {
  const { extension } = caller;
  const waits: { entry: PinEntry; milliseconds: number }[] = [];
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

function digitsOf(entry: PinEntry, { pin, wrongPin }: StockedMailbox): string {
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
async function finish(call: Call, entry: PinEntry): Promise<number> {
  const before = call.timings.keys.length;
  await call.press('#', FAST_KEYS);
  const pound = call.timings.keys[before];
  if (pound?.key !== '#') throw new Error(`The # was not pressed.\n${call.describe()}`);
  let told = await call.heard(TOLD[entry], { within: TOLD_WITHIN_MS });
  // The same was said before, and was perhaps heard in two pieces.
  while (told.startedAt < pound.at) told = await call.heard(TOLD[entry], { within: TOLD_WITHIN_MS });
  if (told.fromMs > 0) throw new Error(`The beginning of "${told.id}" was not heard.\n${call.describe()}`);
  return told.startedAt - pound.at;
}
