import { type DestinationStream, pino } from 'pino';
import type { LogLevel } from './config.ts';
import type { Log } from './domain/log.ts';
import { REDACTED_PATHS } from './security/redaction.ts';

/**
 * The program's log: one JSON object a line, with the secret-bearing field names redacted as a second net.
 *
 * @param destination where the lines go; standard output when not given. It is written to synchronously, so that the
 *   last words of a dying process are not lost.
 */
export function createLogger(level: LogLevel, destination: DestinationStream = pino.destination({ sync: true })): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: [...REDACTED_PATHS], censor: '[redacted]' },
    },
    destination,
  );
}
