import type { CallEnd } from '../domain/call-end.ts';
import type { CallOutcome } from '../domain/call-outcome.ts';
import type { Log } from '../domain/log.ts';
import type { Refusal } from './refusal.ts';

/** How a call came out, for counting. */
export type CallResult =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** It ended before it was answered. */
  | { readonly kind: 'not-answered'; readonly cause: CallEnd }
  | { readonly kind: 'answered'; readonly outcome: CallOutcome; readonly cause: CallEnd | undefined };

/** Writes the one line that tells of a call's end. `facts` stands in each; `prompts` are the ids of those that were heard. */
export function reportCall(
  log: Log,
  facts: Readonly<Record<string, unknown>>,
  result: CallResult,
  prompts: readonly string[],
): void {
  switch (result.kind) {
    case 'refused':
      log.warn({ ...facts, refusal: result.refusal.kind, status: result.refusal.status }, 'Call refused');
      break;
    case 'not-answered':
      log.info({ ...facts, outcome: 'not-answered', cause: result.cause }, 'Call ended');
      break;
    case 'answered':
      log.info(
        {
          ...facts,
          outcome: result.outcome.kind,
          ...('signedIn' in result.outcome ? { signedIn: result.outcome.signedIn } : {}),
          cause: result.cause ?? 'service',
          prompts: prompts.length,
          lastPrompts: prompts.slice(-LAST_PROMPTS).map(maskDigits),
        },
        'Call ended',
      );
      break;
  }
}

/** How many of the prompts that were heard last are named. */
const LAST_PROMPTS = 12;

/** Spoken digits are prompts, too, and their ids would spell what they say. */
function maskDigits(id: string): string {
  return id.replace(/\d/g, '#');
}
