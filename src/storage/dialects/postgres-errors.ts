import { DatabaseError } from 'pg';
import { errorCode } from '../../domain/error-code.ts';
import { ConstraintViolated, DatabaseUnavailable, TransactionConflict } from '../database-unavailable.ts';

/** SQLSTATEs (PostgreSQL's manual, appendix A) after which the same transaction may go well. */
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01']);

/** The class of what contradicts what is stored. */
const VIOLATION = /^23/;

/** The server is no primary (any more): another connection may lead to one. */
const READ_ONLY = '25006';

const LOCK_NOT_AVAILABLE = '55P03';

/** No time, no lock, no room. Whoever comes next would fare no better. */
const REFUSED: ReadonlySet<string> = new Set(['57014', LOCK_NOT_AVAILABLE, '53000', '53100', '53200', '53400']);

/**
 * Classes of what no statement of ours can be blamed for: tables or rights that somebody has taken away, files that are
 * damaged or cannot be read.
 */
const BROKEN = /^(42|58|F0|XX)/;

/** Whether it comes from the server, in answer to a statement on a connection that goes on. */
function isAnswer(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.severity !== 'FATAL' && error.severity !== 'PANIC';
}

/** Whether it tells that somebody else did not let go of a lock in time. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof DatabaseUnavailable && errorCode(error.cause) === LOCK_NOT_AVAILABLE;
}

/** Whether the server says of the database that it is not as the program has made it. */
export function isBroken(error: unknown): boolean {
  return isAnswer(error) && BROKEN.test(errorCode(error) ?? '');
}

/**
 * Whether a connection is of no use after an error: the server has ended it (57P01 when it is shut down or a standby
 * takes over), nobody knows what it waits for, or it leads to a server that may not be written to.
 */
export function isConnectionSpent(error: unknown): boolean {
  return !isAnswer(error) || error.code === READ_ONLY;
}

/**
 * What an error of the driver is to the rest of the program.
 *
 * @param isUndone whether nothing that the statement belongs to can have been stored.
 */
export function translated(error: unknown, isUndone: boolean): unknown {
  if (error instanceof DatabaseUnavailable || error instanceof TypeError) return error;
  const code = errorCode(error) ?? '';
  if (isAnswer(error)) {
    if (CONFLICTS.has(code)) return new TransactionConflict(error);
    if (VIOLATION.test(code)) return new ConstraintViolated(error);
    if (code === READ_ONLY) return new DatabaseUnavailable('The database may only be read now', 'undone', error);
    if (REFUSED.has(code)) return new DatabaseUnavailable('The database could not do this in time', 'refused', error);
    if (isBroken(error)) return new DatabaseUnavailable('The database is not as it must be', 'refused', error);
    return error;
  }
  const interruption = isUndone ? 'undone' : 'unknown';
  return new DatabaseUnavailable('The connection to the database was lost', interruption, error);
}
