import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { runCommandLine } from '../admin/cli/run.ts';
import type { CommandOutcome } from './command.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What a cmdlet is run with besides its command line. */
export interface CmdletRunOptions {
  /** Replaces waiting; resolves at once when absent. */
  readonly pause?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Is given what stands for Ctrl-C. */
  readonly interruptible?: (interrupt: () => void) => void;
  /** Has standard error be a terminal, where progress is shown. */
  readonly onTerminal?: boolean;
}

/** Runs a cmdlet in this process, with streams of its own, as `./touchtone` does in one of its own. */
export async function runCmdlet(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { pause = async () => undefined, interruptible, onTerminal = false }: CmdletRunOptions = {},
): Promise<CommandOutcome> {
  const stdin = new PassThrough();
  stdin.end();
  const stdout = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY: onTerminal, columns: 80 });
  const shown = [collect(stdout), collect(stderr)] as const;
  const onInterrupt = (listener: () => void) => {
    interruptible?.(listener);
    return () => undefined;
  };
  const code = await runCommandLine(args, { env, root: ROOT, stdin, stdout, stderr, pause, onInterrupt });
  stdout.end();
  stderr.end();
  const [printed, told] = await Promise.all(shown);
  return { code, stdout: printed, stderr: told };
}

async function collect(stream: PassThrough): Promise<string> {
  let collected = '';
  for await (const chunk of stream) collected += String(chunk);
  return collected;
}
