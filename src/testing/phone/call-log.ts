import type { HeardPrompt } from './recogniser.ts';
import { cseq, type SipMessage } from './sip-message.ts';

/** A SIP message of the call; `at` in `performance.now()` milliseconds. */
export interface LadderStep {
  readonly at: number;
  readonly direction: 'sent' | 'received';
  readonly message: SipMessage;
}

/** One line of a ladder: the start line, and for a response the method it answers. */
export function summary(message: SipMessage): string {
  const media = message.body.includes('m=audio') ? ' (SDP)' : '';
  return message.kind === 'request'
    ? `${message.method}${media}`
    : `${message.status} ${message.reason} to ${cseq(message).method}${media}`;
}

/** The call's messages one under the other, with the milliseconds since its INVITE; the phone is on the left. */
export function ladder(steps: readonly LadderStep[]): string {
  const start = steps[0]?.at ?? 0;
  const lines = steps.map(({ at, direction, message }) => {
    const arrow = direction === 'sent' ? '───▶' : '◀───';
    return `  ${(at - start).toFixed(1).padStart(9)} ms  ${arrow} ${summary(message)}`;
  });
  return lines.length === 0 ? '  (no SIP message yet)' : lines.join('\n');
}

/** The prompts that were heard, one in a line, with the milliseconds since `start`. */
export function captions(prompts: readonly HeardPrompt[], start: number): string {
  const lines = prompts.map((prompt) => {
    const how =
      prompt.state === 'complete'
        ? 'whole'
        : `${prompt.state}, ${Math.round(prompt.heardMs)} of ${Math.round(prompt.lengthMs)} ms`;
    return `  ${(prompt.startedAt - start).toFixed(1).padStart(9)} ms  ${prompt.id} (${how}): “${prompt.caption}”`;
  });
  return lines.length === 0 ? '  (nothing that is in the prompt pack)' : lines.join('\n');
}
