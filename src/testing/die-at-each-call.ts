import type { Database } from '../services/ports/database.ts';
import { Crash, dyingDatabase } from './dying-database.ts';

/** More calls of stores than any use case makes in its transactions. */
const TOO_MANY = 100;

/**
 * Does something again and again, each time on a database for a program that dies one call later, until it does not die
 * any more. Says how often it died; `afterDeath` looks at what is left each time. Throws what is done throws of its own.
 */
export async function dieAtEachCall(
  database: Database,
  doIt: (dying: Database) => Promise<unknown>,
  afterDeath: () => Promise<void>,
): Promise<number> {
  for (let deaths = 0; deaths < TOO_MANY; deaths++) {
    const dying = dyingDatabase(database, deaths);
    const error = await doIt(dying).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!dying.hasDied && error === undefined) return deaths;
    if (!(error instanceof Crash)) throw error ?? new Error('It has gone on after the program died');
    await afterDeath();
  }
  throw new Error('It is never done');
}
