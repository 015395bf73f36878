import type { LiveCall } from '../../../services/ports/live-calls.ts';
import type { Call } from '../schemas/calls.ts';
import { momentOf } from './moment.ts';

/** A call as it is answered. */
export function callAnswer({ id, since, state, peer, dialPlan }: LiveCall): Call {
  return { id, since: momentOf(since), state, peer, dialPlan: dialPlan ?? null };
}
