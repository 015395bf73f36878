import type { ApiAnswer, ApiClient, ApiRequest } from '../api-client.ts';
import type { Host } from '../host.ts';
import { problemNameOf } from '../problem-sentence.ts';

/** How often a request without an answer is sent again. */
const LOST_TRIES = 3;
/** How long a row waits altogether before it is given up, in milliseconds. */
const PATIENCE = 10 * 60_000;
/** The first wait where the service does not say how long, in milliseconds; it doubles each time. */
const FIRST_WAIT = 1_000;

/** Waiting was cut short. */
export type PatientAnswer = ApiAnswer | { readonly kind: 'interrupted' };

/**
 * Sends a request, and again when the service is busy or does not answer: with an idempotency key that does no harm.
 * Waits as long as the service asks to.
 */
export async function sendPatiently(
  api: ApiClient,
  request: ApiRequest,
  { pause }: Pick<Host, 'pause'>,
  signal: AbortSignal,
): Promise<PatientAnswer> {
  let waited = 0;
  for (let tries = 1; ; tries++) {
    const answer = await api.send(request);
    const wait = waitAfter(answer, tries);
    if (wait === undefined || waited + wait > PATIENCE) return answer;
    waited += wait;
    try {
      await pause(wait, signal);
    } catch {
      return { kind: 'interrupted' };
    }
  }
}

/** Milliseconds after which the same request may have another answer; undefined when it will not. */
function waitAfter(answer: ApiAnswer, tries: number): number | undefined {
  const growing = FIRST_WAIT * 2 ** Math.min(tries - 1, 6);
  switch (answer.kind) {
    case 'ok':
      return undefined;
    case 'unreachable':
      return tries < LOST_TRIES ? growing : undefined;
    case 'problem':
      return isBusy(answer) ? (answer.retryAfter ?? growing) : undefined;
  }
}

/** Whether a refusal says nothing of the request but that it came too early. */
export function isBusy({ status, problem }: Extract<ApiAnswer, { kind: 'problem' }>): boolean {
  const name = problemNameOf(problem);
  return status === 503 || name === 'idempotency-key-in-use' || (status === 429 && name !== 'history-attempts-used-up');
}
