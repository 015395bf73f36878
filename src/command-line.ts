import { hostname, userInfo } from 'node:os';
import { type Config, readConfig } from './config.ts';
import { errorCode } from './domain/error-code.ts';
import type { Log } from './domain/log.ts';
import { createLogger } from './logger.ts';
import type { AuditEntry } from './services/audit.ts';
import type { Database } from './services/ports/database.ts';
import { openExistingDatabase } from './storage/open-database.ts';
import { systemClock } from './system-clock.ts';

/** What a command ends with, as its exit code: done, not as it should be, or not able to say. */
export type CommandResult = 'done' | 'bad' | 'unable';

const EXIT_CODES: Readonly<Record<CommandResult, number>> = { done: 0, bad: 1, unable: 2 };

/** Thrown when a command cannot be understood; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What commands beside the service work with. */
export interface CommandParts extends AsyncDisposable {
  readonly config: Config;
  readonly database: Database;
  /** To standard error, warnings and worse. */
  readonly log: Log;
}

/**
 * Opens the database of the configuration beside a service that may be running.
 *
 * @throws ConfigError and DatabaseRefused, saying what to do.
 */
export async function openForCommand(use: 'change' | 'read'): Promise<CommandParts> {
  const config = readConfig(process.env);
  const log = createLogger('warn', process.stderr);
  const database = await openExistingDatabase({ ...config.database, log, clock: systemClock }, use);
  return { config, database, log, [Symbol.asyncDispose]: () => database.close() };
}

/** As whom the audit trail names whoever gives a command: the user of the operating system. */
export function givenBy(): Pick<AuditEntry, 'actor' | 'source'> {
  return { actor: { kind: 'administrator', name: userName() }, source: { kind: 'command', host: hostname() } };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In containers, users may have a number only.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

function isMisunderstood(error: unknown): boolean {
  return error instanceof UsageError || errorCode(error)?.startsWith('ERR_PARSE_ARGS_') === true;
}

/**
 * Runs a command to its end: what it says goes to standard output, why it cannot to standard error, and how it ended is
 * the exit code. Never rejects.
 *
 * @param usage what is shown with a command that cannot be understood.
 */
export async function runCommand(usage: string, command: () => Promise<CommandResult>): Promise<void> {
  try {
    process.exitCode = EXIT_CODES[await command()];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${message}\n${isMisunderstood(error) ? `${usage}\n` : ''}`);
    process.exitCode = EXIT_CODES.unable;
  }
}
