/** The cmdlets of administrators, as `./touchtone` starts them. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { errorCode } from '../../domain/error-code.ts';
import { describeFault } from '../../domain/fault.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { runCommandLine } from './run.ts';

/** The first Ctrl-C is for the listener, the second ends the process. */
function onInterrupt(listener: () => void): () => void {
  const interrupted = (): void => {
    process.once('SIGINT', () => process.exit(EXIT_CODES.interrupted));
    listener();
  };
  process.once('SIGINT', interrupted);
  return () => process.removeListener('SIGINT', interrupted);
}

/** Whoever reads the output may stop before its end, as `head` does. */
process.stdout.on('error', (error) => {
  process.exit(errorCode(error) === 'EPIPE' ? EXIT_CODES.done : EXIT_CODES.refused);
});

try {
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    env: process.env,
    root: join(import.meta.dirname, '../../..'),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    pause: async (milliseconds, signal) => pause(milliseconds, undefined, signal === undefined ? {} : { signal }),
    onInterrupt,
  });
} catch (error) {
  // A fault of the program: told without digits, for a PIN may be among them.
  const { name, message, frames } = describeFault(error);
  process.stderr.write(`This should not have happened. ${name}: ${message}\n${frames.join('\n')}\n`);
  process.exitCode = EXIT_CODES.refused;
}
