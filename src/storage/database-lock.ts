import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DatabaseRefused, refusalOf } from './database-refused.ts';

/** A database file that one service alone uses. */
export interface DatabaseLock {
  /** Lets another service have it; calling it again does nothing. */
  release(): void;
}

/**
 * Takes a database file for this service alone, until it is released or the process ends, however it ends. Two services
 * on one file would settle each other's staged letters, and so could lose the only copy of a PIN. Tools that look into
 * the file, or save it, are not kept out: the lock is a file of its own, beside it.
 *
 * Node has no locks for files, and SQLite has: an empty database is kept locked, which ends with the process.
 *
 * @param file path of the database; its folder is made, with mode 0700, when it is not there.
 * @throws DatabaseRefused when another service has it, or the lock cannot be made.
 */
export function lockDatabase(file: string): DatabaseLock {
  let held: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(`${file}.lock`, 'a', 0o600));
    held = new DatabaseSync(`${file}.lock`, { timeout: 0 });
    // Nothing is ever written to it, so no journal needs to lie beside it.
    held.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    held?.close();
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    throw new DatabaseRefused(refusal === 'locked' ? 'in-use' : refusal, file, error);
  }
  const lock = held;
  return {
    release: () => {
      if (lock.isOpen) lock.close();
    },
  };
}
