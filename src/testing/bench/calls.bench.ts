import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Benchmark, Findings } from './benchmark.ts';
import { hearWelcome, type WelcomeCall } from './welcome-call.ts';

const CALLS_PER_SECOND = 10;
const CALLS = 100;
/** A pause this long can be heard as one, in milliseconds. */
const AUDIBLE_PAUSE_MS = 60;

/** Calls come at their rate whether or not earlier ones have been answered, as callers do. */
async function run(bench: Bench): Promise<Findings> {
  const count = Math.ceil(CALLS * bench.scale);
  const calls: Promise<WelcomeCall | undefined>[] = [];
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) {
    await sleep(Math.max(0, startedAt + (i * 1_000) / CALLS_PER_SECOND - performance.now()));
    calls.push(bench.failures.note('calls', () => hearWelcome(bench)));
  }
  const answered = (await Promise.all(calls)).filter((call) => call !== undefined);
  const logged = await bench.book.confirmedBy(bench.service);
  const paused = answered.filter(({ pause }) => pause >= AUDIBLE_PAUSE_MS).length;
  const longest = Math.max(0, ...answered.map(({ pause }) => pause));
  return {
    measurements: [
      { label: 'INVITE → 200', values: answered.map(({ answer }) => answer), aim: 50 },
      {
        label: '  the part that the service sees',
        values: logged.map(({ setup }) => setup).filter((setup) => typeof setup === 'number'),
      },
      { label: 'INVITE → first RTP packet', values: answered.map(({ firstPacket }) => firstPacket) },
      { label: 'INVITE → first of the welcome', values: answered.map(({ welcome }) => welcome) },
    ],
    notes: [
      `${CALLS_PER_SECOND} calls a second, each staying for the whole welcome, which must be recognised with nothing of it ` +
        'lost and its packets in order.',
      'The first RTP packet may be one of silence, sent as soon as the media is open and perhaps before the answer.',
      `The audio paused for ${AUDIBLE_PAUSE_MS} ms or more in ${paused} of ${answered.length} calls; the longest pause was ${longest.toFixed(0)} ms.`,
    ],
  };
}

export const calls: Benchmark = {
  name: 'calls',
  about: 'how soon calls are answered and heard',
  run,
};
