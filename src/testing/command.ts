import { spawn } from 'node:child_process';
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
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', program), ...args], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  child.stdin.end(input);
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}
