import { setTimeout as sleep } from 'node:timers/promises';
import type { PromptPack } from '../phone/prompt-pack.ts';
import type { HeardPrompt } from '../phone/recogniser.ts';
import type { Bench, Benchmark, Findings } from './benchmark.ts';
import { assertTold, findDisorder, longestPause, lostSound } from './hearing.ts';
import { inCall } from './in-call.ts';

const CALLS_PER_SECOND = 10;
const CALLS = 100;
/** A place where the recogniser is not sure of a block on either side; a packet is twice as much. Milliseconds. */
const LOSS_TOLERANCE_MS = 10;
/** A pause this long can be heard as one, in milliseconds. */
const AUDIBLE_PAUSE_MS = 60;

interface Answered {
  readonly answer: number;
  readonly firstPacket: number;
  readonly welcome: number;
  /** The longest pause in the welcome. */
  readonly pause: number;
}

/** Calls come at their rate whether or not earlier ones have been answered, as callers do. */
async function run(bench: Bench): Promise<Findings> {
  const count = Math.ceil(CALLS * bench.scale);
  const calls: Promise<Answered | undefined>[] = [];
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) {
    await sleep(Math.max(0, startedAt + (i * 1_000) / CALLS_PER_SECOND - performance.now()));
    calls.push(bench.failures.note('calls', () => place(bench)));
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

async function place(bench: Bench): Promise<Answered> {
  return await inCall(bench, { signedIn: false }, async (call) => {
    const { endedAt } = await call.heardWhole('welcome');
    assertTold(call, []);
    const { invitedAt, inviteToAnswerMs, inviteToFirstPacketMs, packets } = call.timings;
    const pieces = call.prompts.filter(({ id }) => id === 'welcome');
    const heard = packets.filter(({ at }) => at <= endedAt);
    // A scrap between two pauses is too short to be recognised, but was heard.
    const fault = findDisorder(heard) ?? describeLoss(pieces, bench.prompts, call.unrecognisedMs);
    if (fault !== undefined) throw new Error(`${fault}.\n${call.describe()}`);
    const [first] = pieces;
    if (inviteToAnswerMs === undefined || inviteToFirstPacketMs === undefined || first === undefined) {
      throw new Error(`The call has no timings.\n${call.describe()}`);
    }
    return {
      answer: inviteToAnswerMs,
      firstPacket: inviteToFirstPacketMs,
      welcome: first.startedAt - invitedAt,
      pause: longestPause(heard),
    };
  });
}

function describeLoss(pieces: readonly HeardPrompt[], prompts: PromptPack, scraps: number): string | undefined {
  const prompt = prompts.find('welcome');
  const lost = prompt === undefined ? Number.POSITIVE_INFINITY : lostSound(pieces, prompt);
  return lost > scraps + LOSS_TOLERANCE_MS ? `The welcome lacked ${lost} ms of sound` : undefined;
}

export const calls: Benchmark = {
  name: 'calls',
  about: 'how soon calls are answered and heard',
  run,
};
