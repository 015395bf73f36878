import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** How long a command may take, in milliseconds. */
const DEADLINE_MS = 30_000;

/** What a command said, and its exit code; null when it did not end in time. */
export interface CommandOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of the programs in `src` as `npm run` does, with the node of this process, to its end. */
export async function runProgram(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  input = '',
): Promise<CommandOutcome> {
  return runExecutable(process.execPath, [join(import.meta.dirname, '..', program), ...args], environment, { input });
}

/** How a command is run besides what it is given. */
export interface CommandOptions {
  /** Its standard input, to the end. */
  readonly input?: string;
  readonly cwd?: string;
  /** Is told of the process when it has started. */
  readonly started?: (child: ChildProcessWithoutNullStreams) => void;
}

/** Runs any program to its end, with no more of this environment than PATH and where compiled modules are kept. */
export async function runExecutable(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  { input, cwd, started }: CommandOptions = {},
): Promise<CommandOutcome> {
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...environment },
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
    ...(cwd === undefined ? {} : { cwd }),
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  // A command that does not read its input may have ended before it.
  child.stdin.on('error', () => undefined);
  if (started === undefined || input !== undefined) child.stdin.end(input ?? '');
  started?.(child);
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}
