import type { PromptPack } from '../phone/prompt-pack.ts';
import type { HeardPrompt } from '../phone/recogniser.ts';
import type { Bench } from './benchmark.ts';
import { assertTold, findDisorder, longestPause, lostSound } from './hearing.ts';
import { inCall } from './in-call.ts';

/** A place where the recogniser is not sure of a block on either side; a packet is twice as much. Milliseconds. */
const LOSS_TOLERANCE_MS = 10;

/** What one call took that stayed for the whole welcome, in milliseconds. */
export interface WelcomeCall {
  readonly answer: number;
  readonly firstPacket: number;
  readonly welcome: number;
  /** The longest pause in the welcome. */
  readonly pause: number;
}

/**
 * Calls, hears the welcome to its end and hangs up. Rejects when something of it was lost, or came in the wrong order.
 */
export async function hearWelcome(bench: Bench): Promise<WelcomeCall> {
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
