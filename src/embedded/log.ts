/** Facts that accompany a log line. Never a digit, a PIN, a token or a key. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * The logger that the embedded parts are given. The embedded pair imports nothing of the application, so this type is
 * written again here; it is structurally the application's own.
 */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A logger that adds `bindings` to each of its lines. */
  child(bindings: LogFields): Log;
}
