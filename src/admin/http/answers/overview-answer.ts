import type { Overview } from '../../../services/overview.ts';
import type { Overview as Answer } from '../schemas/overview.ts';
import { momentOf } from './moment.ts';

/** The numbers as they are answered. */
export function overviewAnswer({ pinResets, lockouts, at, ...numbers }: Overview): Answer {
  return { ...numbers, pinResetsToday: pinResets, lockoutsToday: lockouts, at: momentOf(at) };
}
