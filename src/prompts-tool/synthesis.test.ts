import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Voice } from './phrase-book.ts';
import { commandLine, MissingToolError, synthesise } from './synthesis.ts';
import { encodeWav, readWav } from './wav.ts';

describe('speaking a phrase', () => {
  let folder: string;
  let voice: Voice;
  const phrase = { text: 'Hello.', file: 'hello.wav' };

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'touchtone-synthesis-'));
    // Node itself stands for the synthesiser, so that the test needs none: it copies a tone, whatever it is asked to say.
    const tone = Int16Array.from({ length: 4000 }, (_, i) => 3000 * Math.sin(i * 0.4));
    await writeFile(path.join(folder, 'tone.dat'), encodeWav(tone));
    const copy = path.join(folder, 'copy.mjs');
    await writeFile(copy, 'import { copyFileSync } from "node:fs"; copyFileSync(process.argv[2], process.argv[3]);');
    voice = {
      name: 'tone',
      engine: 'node',
      packages: 'one two',
      licence: 'none',
      synthesise: `${process.execPath} ${copy} ${path.join(folder, 'tone.dat')} {output}`,
      condition: `${process.execPath} ${copy} {input} {output}`,
    };
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('leaves a finished file and nothing else', async () => {
    await synthesise(phrase, voice, folder);
    expect(readWav(await readFile(path.join(folder, 'hello.wav'))).kind).toBe('wav');
    expect((await readdir(folder)).toSorted()).toEqual(['copy.mjs', 'hello.wav', 'tone.dat']);
  });

  test('names the packages when a program is missing, and keeps the old file', async () => {
    await writeFile(path.join(folder, 'hello.wav'), 'old');
    const missing = synthesise(phrase, { ...voice, condition: 'no-such-program-here {input}' }, folder);
    await expect(missing).rejects.toThrow(MissingToolError);
    await expect(missing).rejects.toThrow(
      'no-such-program-here is not installed. On Debian or Ubuntu: sudo apt-get install one two',
    );
    expect(await readFile(path.join(folder, 'hello.wav'), 'utf8')).toBe('old');
  });

  test('a program that fails is quoted', async () => {
    const failing = { ...voice, synthesise: `${process.execPath} --no-such-option` };
    await expect(synthesise(phrase, failing, folder)).rejects.toThrow(/ended with 9: .*no-such-option/);
  });
});

test('a sentence stays one argument, whatever is in it', () => {
  expect(
    commandLine('say  -t {speech} -o {output} {other}', { speech: 'Press {output}; $(x) "now"', output: 'a b.wav' }),
  ).toEqual(['say', '-t', 'Press {output}; $(x) "now"', '-o', 'a b.wav', '{other}']);
});
