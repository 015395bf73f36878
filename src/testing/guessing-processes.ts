import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { SignInVerdict } from '../services/sign-in.ts';
import { EXTENSION, type SignInRig } from './sign-in-rig.ts';

/** What the attempts of one process came to. */
export interface Guessed {
  /** How many of its PINs were checked. */
  readonly checked: number;
  /** In the order of its PINs. */
  readonly kinds: readonly SignInVerdict['kind'][];
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** How long all of it may take on a busy machine, in milliseconds. */
const DEADLINE = 40_000;

/**
 * Lets several processes on one database try PINs at a rig's mailbox, all at the same instant. Rejects when one of them
 * fails or is not done in time; none is left running.
 *
 * @param pins those of each process.
 */
export async function guessInProcesses(
  { service, plan }: SignInRig,
  pins: readonly (readonly string[])[],
): Promise<readonly Guessed[]> {
  const script = join(import.meta.dirname, 'guessing-process.ts');
  const common = [script, service.stored.path, service.keyFile, plan.dialPlan.id, EXTENSION];
  const children = pins.map((own) =>
    spawn(process.execPath, [...common, ...own], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const deadline = setTimeout(() => {
    for (const child of children) child.kill('SIGKILL');
  }, DEADLINE);
  try {
    const outputs = children.map(linesOf);
    await Promise.all(outputs.map(async (lines) => lines.next()));
    for (const child of children) child.stdin.write('go\n');
    return await Promise.all(
      outputs.map(async (lines) => {
        const line = await lines.next();
        if (line.done === true) throw new Error('A process has ended and said nothing');
        return JSON.parse(line.value) as Guessed;
      }),
    );
  } finally {
    clearTimeout(deadline);
    await Promise.all(children.map(gone));
  }
}

function linesOf({ stdout }: Child): AsyncIterator<string, unknown> {
  return createInterface({ input: stdout })[Symbol.asyncIterator]();
}

async function gone(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.stdin.end();
  await exit;
}
