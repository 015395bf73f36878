import { glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPhraseBooks, PHRASE_IDS } from './phrases.ts';

const PACKS = join(import.meta.dirname, '../../prompts');

describe('the prompts that come with the program', () => {
  it('have every phrase that the program asks for', async () => {
    const phrases = (await loadPhraseBooks(PACKS)).for('en-US');
    expect(phrases.sequence(PHRASE_IDS).map(({ id }) => id)).toEqual(PHRASE_IDS);
    expect(phrases.sequence(['welcome'])).toEqual([{ id: 'welcome', file: 'en-US/welcome.wav' }]);
    expect(phrases.digits('90').map(({ id }) => id)).toEqual(['digit-9', 'pause', 'digit-0-final']);
    expect(phrases.number(21).map(({ id }) => id)).toEqual(['number-20', 'number-1']);
  });

  it('stand in for a language that has none', async () => {
    const books = await loadPhraseBooks(PACKS);
    expect(books.for('de-DE')).toBe(books.for('en-US'));
    expect(books.for('EN-us')).toBe(books.for('en-US'));
  });
});

describe('a pack', () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchtone-prompts-'));
    await writePack('en-US', () => {});
  });

  afterEach(() => rm(folder, { recursive: true }));

  /** A whole pack with one empty file for every phrase, but for what `change` does to it. */
  async function writePack(
    language: string,
    change: (phrases: Record<string, unknown>) => void,
    file = 'speech.wav',
  ): Promise<void> {
    const phrases: Record<string, unknown> = Object.fromEntries(PHRASE_IDS.map((id) => [id, { text: id, file }]));
    change(phrases);
    await mkdir(join(folder, language), { recursive: true });
    await writeFile(join(folder, language, 'speech.wav'), '');
    await writeFile(join(folder, language, 'phrases.json'), JSON.stringify({ language, phrases }));
  }

  it('of another language is used for it', async () => {
    await writePack('de-DE', () => {});
    const books = await loadPhraseBooks(folder);
    expect(books.for('de-DE').sequence(['goodbye'])).toEqual([{ id: 'goodbye', file: 'de-DE/speech.wav' }]);
    expect(books.for('en-US').sequence(['goodbye'])).toEqual([{ id: 'goodbye', file: 'en-US/speech.wav' }]);
  });

  it('that lacks phrases is refused, naming them all', async () => {
    await writePack('de-DE', (phrases) => {
      delete phrases['enter-pin'];
      delete phrases['digit-3-final'];
    });
    await expect(loadPhraseBooks(folder)).rejects.toThrow(/de-DE.phrases\.json.*enter-pin, digit-3-final$/);
  });

  it.each(['../secret.wav', 'a b.wav', 'speech.mp3', '', 7])('with the file name %j is refused', async (file) => {
    await writePack('en-US', (phrases) => {
      phrases.goodbye = { text: 'Goodbye.', file };
    });
    await expect(loadPhraseBooks(folder)).rejects.toThrow(/phrase "goodbye"/);
  });

  it('whose file is not there is refused', async () => {
    await writePack('en-US', (phrases) => {
      phrases.goodbye = { text: 'Goodbye.', file: 'missing.wav' };
    });
    await expect(loadPhraseBooks(folder)).rejects.toThrow(/missing\.wav/);
  });

  it.each(['', '[]', '{"phrases": []}', '{'])('that reads %j is refused, naming it', async (text) => {
    await writeFile(join(folder, 'en-US', 'phrases.json'), text);
    await expect(loadPhraseBooks(folder)).rejects.toThrow(/en-US.phrases\.json cannot be used/);
  });

  it('has to be in a folder that is there', async () => {
    const nowhere = join(folder, 'nowhere');
    await expect(loadPhraseBooks(nowhere)).rejects.toThrow(`The folder of prompts ${nowhere} cannot be read (ENOENT).`);
  });

  it('for en-US has to be there', async () => {
    await writePack('de-DE', () => {});
    await rm(join(folder, 'en-US'), { recursive: true });
    await expect(loadPhraseBooks(folder)).rejects.toThrow('no prompts for en-US');
  });
});

/** Words of digits, numbers and times, whose ids are put together. */
const WORDS = /^(digit|number|time|weekday|month|ordinal)-/;

describe('the list of phrases', () => {
  it('has each once, and only those that some screen says', async () => {
    expect(new Set(PHRASE_IDS).size).toBe(PHRASE_IDS.length);
    const screens: string[] = [];
    for await (const file of glob('*.ts', { cwd: import.meta.dirname })) {
      if (file !== 'phrases.ts' && !file.endsWith('.test.ts')) {
        screens.push(await readFile(join(import.meta.dirname, file), 'utf8'));
      }
    }
    const unsaid = PHRASE_IDS.filter((id) => !WORDS.test(id) && !screens.some((source) => source.includes(`'${id}'`)));
    expect(unsaid).toEqual([]);
  });
});
