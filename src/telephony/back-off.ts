import { randomInt } from 'node:crypto';

/** How long to wait before a server that cannot be reached is tried again. */
export interface BackOffRules {
  /** The first wait, in milliseconds. */
  readonly first: number;
  /** The longest wait, in milliseconds. */
  readonly longest: number;
}

/**
 * The wait before attempt `attempt` (1 is the first one after a failure): it doubles each time, and a random half is
 * taken off it, so that several instances do not all come back in the same moment.
 */
export function backOff(attempt: number, { first, longest }: BackOffRules): number {
  const full = Math.min(first * 2 ** Math.min(attempt - 1, 20), longest);
  return full - randomInt(Math.floor(full / 2) + 1);
}
