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

/** What may be logged of something that was thrown. */
export interface FaultFields {
  readonly name: string;
  /** The error's own text, cut short, every digit masked: nobody can vouch for what is in it. */
  readonly message: string;
  /** The system's name for it, such as `EADDRINUSE`. */
  readonly code?: string;
  /** Where it was thrown: the frames alone, because the first lines of a stack repeat the message. */
  readonly frames: readonly string[];
}

const longestMessage = 200;
const mostFrames = 8;

/** Describes anything that was thrown without a digit that a caller could have keyed. The frames keep their numbers. */
export function faultOf(thrown: unknown): FaultFields {
  if (!(thrown instanceof Error)) return { name: typeof thrown, message: '', frames: [] };
  const { name, message, stack = '' } = thrown;
  const trace = stack.slice(stack.indexOf(message) + message.length);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  return {
    name,
    message: message.slice(0, longestMessage).replace(/\d/g, '#'),
    ...(code === undefined ? {} : { code }),
    frames: trace
      .split('\n')
      .flatMap((line) => /^\s+(at .+)$/.exec(line)?.[1] ?? [])
      .slice(0, mostFrames),
  };
}
