import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Benchmark, Findings } from './benchmark.ts';
import { assertInOrder, assertTold } from './hearing.ts';

const CALLS_PER_SECOND = 10;

interface Answered {
  readonly answer: number;
  readonly firstPacket: number;
}

/** Calls come at their rate whether or not earlier ones have been answered, as callers do. */
async function run(bench: Bench): Promise<Findings> {
  const count = CALLS_PER_SECOND * (bench.quick ? 3 : 10);
  const calls: Promise<Answered | undefined>[] = [];
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) {
    await sleep(startedAt + (i * 1_000) / CALLS_PER_SECOND - performance.now());
    calls.push(bench.failures.note('calls', () => place(bench)));
  }
  const answered = (await Promise.all(calls)).filter((call) => call !== undefined);
  const logged = await bench.book.confirmedBy(bench.service);
  return {
    measurements: [
      { label: 'INVITE → 200', values: answered.map(({ answer }) => answer), aim: 50 },
      {
        label: '  the part that the service sees',
        values: logged.map(({ setup }) => setup).filter((setup) => typeof setup === 'number'),
      },
      { label: 'INVITE → first RTP packet', values: answered.map(({ firstPacket }) => firstPacket) },
    ],
    notes: [
      `${CALLS_PER_SECOND} calls a second, each staying for the whole welcome, which was recognised in every one of ` +
        'them with its packets in order and none missing.',
    ],
  };
}

async function place({ phone, target, book }: Bench): Promise<Answered> {
  const call = await phone.call(target);
  const welcome = await call.heardWhole('welcome');
  const { inviteToAnswerMs, inviteToFirstPacketMs } = call.timings;
  assertTold(call, []);
  assertInOrder(call, welcome.endedAt);
  if (call.prompts[0] !== welcome || welcome.fromMs > 0) {
    throw new Error(`The welcome was not heard from its beginning.\n${call.describe()}`);
  }
  await book.hangUp(call, { signedIn: false });
  if (inviteToAnswerMs === undefined || inviteToFirstPacketMs === undefined) throw new Error('The call has no timings');
  return { answer: inviteToAnswerMs, firstPacket: inviteToFirstPacketMs };
}

export const calls: Benchmark = {
  name: 'calls',
  about: 'how soon calls are answered and heard',
  run,
};
