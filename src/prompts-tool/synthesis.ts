/** Runs the voice's two commands and finishes what they made. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finish } from './finish.ts';
import type { Phrase, Voice } from './phrase-book.ts';
import { encodeWav, readWav } from './wav.ts';

/** A program of the voice is not installed; the message says which packages bring it. */
export class MissingToolError extends Error {}

/** Fills the placeholders of a command. It is split first, so a sentence with spaces stays one argument. */
export function commandLine(template: string, values: Readonly<Record<string, string>>): readonly string[] {
  return template
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => word.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder));
}

function run(command: readonly string[], packages: string): Promise<void> {
  const [program = '', ...args] = command;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint += chunk;
  });
  child.on('error', (error: NodeJS.ErrnoException) => {
    const missing = `${program} is not installed. On Debian or Ubuntu: sudo apt-get install ${packages}`;
    reject(error.code === 'ENOENT' ? new MissingToolError(missing) : error);
  });
  child.on('close', (code) => {
    if (code === 0) resolve();
    else reject(new Error(`${program} ended with ${code}: ${complaint.trim()}`));
  });
  return promise;
}

/** Writes beside the target and renames, so that nobody ever reads half a file. Rejects with the file system's error. */
export async function replaceFile(target: string, content: string | Buffer): Promise<void> {
  const unfinished = `${target}.${process.pid}.tmp`;
  try {
    await writeFile(unfinished, content);
    await rename(unfinished, target);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/**
 * Speaks a phrase into its file in `folder`, replacing what was there in one step. Rejects with `MissingToolError` when a program
 * is not installed, and with an `Error` when it fails or its sound is no usable WAV file; the old file is kept then.
 */
export async function synthesise(phrase: Phrase, voice: Voice, folder: string): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'touchtone-prompts-'));
  try {
    const spoken = path.join(scratch, 'spoken.wav');
    const conditioned = path.join(scratch, 'conditioned.wav');
    const speech = phrase.speech ?? phrase.text;
    await run(commandLine(voice.synthesise, { speech, output: spoken }), voice.packages);
    await run(commandLine(voice.condition, { input: spoken, output: conditioned }), voice.packages);
    const reading = readWav(await readFile(conditioned));
    if (reading.kind !== 'wav') throw new Error(`${phrase.file}: ${reading.detail}`);
    await replaceFile(path.join(folder, phrase.file), encodeWav(finish(reading.samples, phrase.keep ?? 'all')));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
