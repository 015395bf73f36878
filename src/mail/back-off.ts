/** After the first failed attempt, in milliseconds. */
const SHORTEST = 30_000;

/** However many there were. */
const LONGEST = 3_600_000;

/** How much of the time is left to chance, either way, so that mails that failed together do not come back together. */
const JITTER = 0.2;

/** No mail waits longer than this between two attempts, in milliseconds. */
export const LONGEST_BACK_OFF = LONGEST * (1 + JITTER);

/**
 * How long a mail waits after so many failed attempts (from 1), in milliseconds: about half a minute, then twice as
 * long each time, up to about an hour.
 *
 * @param random from 0 to below 1, uniform.
 */
export function backOff(attempts: number, random: () => number): number {
  const time = Math.min(SHORTEST * 2 ** Math.max(attempts - 1, 0), LONGEST);
  return Math.round(time * (1 - JITTER + 2 * JITTER * random()));
}
