import { errorCode } from '../domain/error-code.ts';

/** Why the database cannot be used. */
export type DatabaseRefusal =
  /** Not a database, or one that is broken. */
  | 'damaged'
  /** A sound database of another program. */
  | 'not-ours'
  /** A newer version of the program has changed its tables. */
  | 'newer'
  /** The service has not brought its tables up to date yet, and tools do not. */
  | 'older'
  /** There is none, and tools make none. */
  | 'missing'
  /** The file or its folder cannot be made, read or written. */
  | 'unwritable'
  /** Another process is writing, and does not end. */
  | 'locked'
  /** Another service runs in the same folder. */
  | 'in-use'
  /** The disk is full. */
  | 'full'
  /** It is in use, and its file is not where it was. */
  | 'moved'
  /** PostgreSQL cannot be reached, or is a standby. */
  | 'unreachable'
  /** The certificate of PostgreSQL is not to be trusted, or it has none. */
  | 'untrusted'
  /** PostgreSQL does not let this user in. */
  | 'login'
  /** The file with the password, or with certificates, cannot be read. */
  | 'unreadable'
  /** PostgreSQL has no database of this name. */
  | 'absent'
  /** This user may not make or change tables there. */
  | 'forbidden'
  /** The database is in an encoding that cannot hold every text. */
  | 'encoding'
  /** The PostgreSQL is of a version from before what is needed. */
  | 'server-too-old';

const ADVICE: Readonly<Record<DatabaseRefusal, string>> = {
  damaged: 'is damaged or not a database; put the last backup in its place (nothing has been changed)',
  'not-ours': 'belongs to another program; choose another DATA_DIR or DATABASE_URL (nothing has been changed)',
  newer: 'was made by a newer version; start that version, or put back a backup from before (nothing has been changed)',
  older: 'has not been used with this version; start the service once (nothing has been changed)',
  missing: 'is not there; start the service once, or choose another DATA_DIR',
  unwritable: 'cannot be opened for writing; let this user read and write the file and its folder',
  locked: 'is in use by another process; stop that one first',
  'in-use': 'belongs to a service that is running; stop that one first, or choose another DATA_DIR or DATABASE_URL',
  full: 'cannot grow because the disk is full; make room and start again',
  moved:
    'was removed, moved or replaced while it is in use; nothing is stored until its own file is back, so put that back, or stop the service before another takes its place',
  unreachable: 'cannot be reached, or only be read; see that PostgreSQL runs there and DATABASE_URL is right',
  untrusted:
    'is not at a server to be trusted; name its authority with sslrootcert in DATABASE_URL, or another sslmode',
  login: 'does not let this user in; look at the user and the password, and at pg_hba.conf of the server',
  unreadable: 'cannot be opened; see that the files named with it can be read',
  absent: 'does not exist; make it with CREATE DATABASE, owned by the user of DATABASE_URL',
  forbidden: 'may not be changed by this user; let it own the database',
  encoding: 'cannot hold every text; make one with ENCODING UTF8 and name that (nothing has been changed)',
  'server-too-old': 'is at a server that is too old; PostgreSQL 14 or later is needed (nothing has been changed)',
};

/** Thrown when a database cannot be opened, or not be used any more; the message is a sentence for the operator and says what to do. */
export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';
  readonly reason: DatabaseRefusal;
  /** The path of its file, or where its server is. */
  readonly file: string;

  constructor(reason: DatabaseRefusal, file: string, cause?: unknown, detail?: string) {
    super(`The database ${file} ${ADVICE[reason]}${detail === undefined ? '' : ` (${detail})`}.`, { cause });
    this.reason = reason;
    this.file = file;
  }
}

/** SQLite's primary result codes (sqlite.org/rescode.html); extended ones carry them in the low byte. */
const REFUSAL_BY_SQLITE_CODE: ReadonlyMap<number, DatabaseRefusal> = new Map([
  [3, 'unwritable'], // SQLITE_PERM
  [5, 'locked'], // SQLITE_BUSY
  [6, 'locked'], // SQLITE_LOCKED
  [8, 'unwritable'], // SQLITE_READONLY
  [11, 'damaged'], // SQLITE_CORRUPT
  [13, 'full'], // SQLITE_FULL
  [14, 'unwritable'], // SQLITE_CANTOPEN
  [23, 'unwritable'], // SQLITE_AUTH
  [26, 'damaged'], // SQLITE_NOTADB
]);

const REFUSAL_BY_SYSTEM_CODE: ReadonlyMap<string, DatabaseRefusal> = new Map([
  ['EACCES', 'unwritable'],
  ['EPERM', 'unwritable'],
  ['EROFS', 'unwritable'],
  ['ENOENT', 'unwritable'],
  ['ENOTDIR', 'unwritable'],
  ['EEXIST', 'unwritable'],
  ['EISDIR', 'unwritable'],
  ['ELOOP', 'unwritable'],
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
]);

/** The refusal that an error while opening stands for; undefined when it is a fault of another kind. */
export function refusalOf(error: unknown): DatabaseRefusal | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return REFUSAL_BY_SQLITE_CODE.get(error.errcode & 0xff);
  return REFUSAL_BY_SYSTEM_CODE.get(errorCode(error) ?? '');
}
