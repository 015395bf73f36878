import { errorCode } from './error-code.ts';

/** What a log line says of an error: enough to find it, and no digit that a caller may have keyed. */
export interface FaultDescription {
  readonly name: string;
  /** The error's own text, runs of digits as long as an extension or a PIN made unreadable. */
  readonly message: string;
  /** A short code such as `SQLITE_BUSY`, where the error has one. */
  readonly code?: string;
  /** Where it was thrown: the frames alone, for the first line of a stack repeats the message. */
  readonly frames: readonly string[];
  readonly cause?: FaultDescription;
}

/** How far a chain of causes is followed; longer ones are loops or say nothing new. */
const MAX_CAUSES = 4;

/** The shortest run of digits that could be keyed by a caller and matter. */
const KEYED = /\d[\d\s]{2,}/g;

/**
 * Describes anything that was thrown, without digits (house rule: digits, PINs and keys are never logged). The second
 * net behind services that keep them out of their errors in the first place.
 */
export function describeFault(thrown: unknown, causes: number = MAX_CAUSES): FaultDescription {
  if (!(thrown instanceof Error)) {
    return { name: typeof thrown, message: 'Something that is no error was thrown', frames: [] };
  }
  const code = errorCode(thrown);
  return {
    name: thrown.name,
    message: thrown.message.replace(KEYED, '[digits]'),
    ...(code === undefined ? {} : { code: code.replace(KEYED, '[digits]') }),
    frames: framesOf(thrown),
    ...(thrown.cause === undefined || causes === 0 ? {} : { cause: describeFault(thrown.cause, causes - 1) }),
  };
}

function framesOf({ message, stack = '' }: Error): readonly string[] {
  // A stack begins with the message, and a line of that may look like a frame.
  const trace = stack.slice(stack.indexOf(message) + message.length);
  return trace.split('\n').flatMap((line) => /^\s+(at .+)$/.exec(line)?.[1] ?? []);
}
