import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

/** Ends a command: one line for people, without any PIN or token, and the exit code. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT_CODES.refused) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * A command that cannot be understood. The message names parameters and never repeats a value: whatever was typed in
 * the wrong place may be a PIN.
 */
export class UsageFailure extends Failure {
  override readonly name = 'UsageFailure' as 'Failure';

  constructor(message: string) {
    super(message, EXIT_CODES.usage);
  }
}
