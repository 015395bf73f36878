import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConstraintViolated, DatabaseUnavailable, TransactionConflict } from './database-unavailable.ts';

/** For how long a database that is away is asked again, in milliseconds: somebody is on the telephone meanwhile. */
const PATIENCE = 3_000;

/** Longest pause before a transaction that met another is done again, in milliseconds; it is chosen by chance. */
const LONGEST_PAUSE = 20;

/** How long to wait before the database is asked again, in milliseconds. */
const AWAY_PAUSE = 150;

/** More conflicts in a row than any crowd of processes makes. */
const MOST_CONFLICTS = 50;

/**
 * Does something in the database, all of which is undone when it throws, and does it again when that was for a reason
 * that passes: another transaction was in its way, or the connection was lost before anything was stored. These waits are
 * on the machine's own time, like those of a driver for its network. What contradicts what is stored is done once more, too:
 * if somebody has written in between, `work` finds that now, and says so in its own words.
 *
 * Throws what `work` throws otherwise, {@link ConstraintViolated} the second time, and {@link DatabaseUnavailable} when the
 * database stays away for three seconds.
 */
export async function retried<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  let isFirstViolation = true;
  for (let conflicts = 0; ; ) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof TransactionConflict && ++conflicts < MOST_CONFLICTS) {
        await sleep(randomInt(1, LONGEST_PAUSE));
      } else if (
        error instanceof DatabaseUnavailable &&
        error.interruption === 'undone' &&
        performance.now() < deadline
      ) {
        await sleep(AWAY_PAUSE);
      } else if (error instanceof ConstraintViolated && isFirstViolation) {
        isFirstViolation = false;
      } else throw error;
    }
  }
}
