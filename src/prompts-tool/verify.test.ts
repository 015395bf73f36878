import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Phrase, PhraseBook } from './phrase-book.ts';
import { parsePhraseBook } from './phrase-book.ts';
import { verifyPack } from './verify.ts';
import { encodeWav, readWav } from './wav.ts';

const pack = path.join(import.meta.dirname, '../../prompts/en-US');
const real = parsePhraseBook(await readFile(path.join(pack, 'phrases.json'), 'utf8'));

test('the pack keeps every promise of prompts/README.md', async () => {
  expect(await verifyPack(pack, real)).toEqual([]);
});

test('every digit and every number word up to 999,999 is there', () => {
  const tens = [20, 30, 40, 50, 60, 70, 80, 90];
  const numbers = [...Array(20).keys(), ...tens, 'hundred', 'thousand'].map((number) => `number-${number}`);
  const digits = [...Array(10).keys()].flatMap((digit) => [`digit-${digit}`, `digit-${digit}-final`]);
  expect(Object.keys(real.phrases)).toEqual(expect.arrayContaining([...numbers, ...digits]));
});

describe('a pack with one fault', () => {
  let folder: string;
  const ids = ['goodbye', 'main-menu', 'digit-1'];

  function bookOf(changes: Readonly<Record<string, Partial<Phrase>>> = {}): PhraseBook {
    const phrases = Object.entries(real.phrases)
      .filter(([id]) => ids.includes(id))
      .map(([id, phrase]) => [id, { ...phrase, ...changes[id] }] as const);
    return { ...real, phrases: Object.fromEntries(phrases) };
  }

  async function rulesBroken(book: PhraseBook = bookOf()): Promise<string[]> {
    return (await verifyPack(folder, book)).map(({ subject, rule }) => `${subject} ${rule}`);
  }

  async function replace(file: string, change: (samples: Int16Array) => Int16Array): Promise<void> {
    const reading = readWav(await readFile(path.join(folder, file)));
    if (reading.kind !== 'wav') throw new Error(reading.detail);
    await writeFile(path.join(folder, file), encodeWav(change(reading.samples)));
  }

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'touchtone-verify-'));
    for (const id of ids) await copyFile(path.join(pack, `${id}.wav`), path.join(folder, `${id}.wav`));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('is good before', async () => {
    expect(await readdir(folder)).toHaveLength(3);
    expect(await rulesBroken()).toEqual([]);
  });

  test('a missing file', async () => {
    await rm(path.join(folder, 'goodbye.wav'));
    expect(await rulesBroken()).toEqual(['goodbye.wav missing']);
  });

  test('a file that nothing uses', async () => {
    await writeFile(path.join(folder, 'extra.wav'), '');
    expect(await rulesBroken()).toEqual(['extra.wav orphan']);
  });

  test('a file that was cut short', async () => {
    const file = path.join(folder, 'goodbye.wav');
    await writeFile(file, (await readFile(file)).subarray(0, 1000));
    expect(await rulesBroken()).toEqual(['goodbye.wav truncated']);
  });

  test('a voice that is too quiet, or too loud', async () => {
    // Soft ends fall below the silence threshold together with the voice, so silence may be reported as well.
    await replace('goodbye.wav', (samples) => samples.map((sample) => sample * 0.8));
    expect(await rulesBroken()).toContain('goodbye.wav level');
    await replace('goodbye.wav', (samples) => samples.map((sample) => sample * 1.6));
    expect(await rulesBroken()).toContain('goodbye.wav level');
  });

  test('one sample above the peak', async () => {
    await replace('goodbye.wav', (samples) => samples.with(samples.length / 2, 24_000));
    expect(await rulesBroken()).toEqual(['goodbye.wav peak']);
  });

  test('too much silence at an end', async () => {
    await replace('goodbye.wav', (samples) => Int16Array.from([...samples, ...Array<number>(400).fill(0)]));
    expect(await rulesBroken()).toEqual(['goodbye.wav silence']);
  });

  test('two prompts that begin alike', async () => {
    await copyFile(path.join(folder, 'goodbye.wav'), path.join(folder, 'main-menu.wav'));
    expect(await rulesBroken()).toEqual(['goodbye.wav too-similar']);
    const alike = { keep: 'before-pause', beginsLike: 'goodbye' } as const;
    expect(await rulesBroken(bookOf({ 'main-menu': alike }))).toEqual(['main-menu stale']);
  });

  test('a text that changed after the audio was made', async () => {
    expect(await rulesBroken(bookOf({ goodbye: { text: 'Bye.' } }))).toEqual(['goodbye stale']);
  });

  test('a recording of other words than the text; the same words are good', async () => {
    expect(await rulesBroken(bookOf({ goodbye: { recorded: 'Bye.' } }))).toEqual(['goodbye stale']);
    expect(await rulesBroken(bookOf({ goodbye: { recorded: 'Goodbye.' } }))).toEqual([]);
  });

  test('two texts for one file', async () => {
    await rm(path.join(folder, 'digit-1.wav'));
    expect(await rulesBroken(bookOf({ 'digit-1': { file: 'goodbye.wav' } }))).toContain('digit-1 conflict');
  });
});
