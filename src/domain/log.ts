/** Facts that accompany a log line. Never a digit, a PIN, a token or a key. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The part of pino that the program uses, so that no part but the composition root knows which logger it is. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A logger that adds `bindings` to each of its lines. */
  child(bindings: LogFields): Log;
}
