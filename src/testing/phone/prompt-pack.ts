import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../../domain/is-record.ts';
import { SoundIndex } from './sound-index.ts';
import { readWav } from './wav.ts';

/** Blocks whose level (RMS) is below this, in 16-bit samples, count as quiet: −55 dBFS. */
export const QUIET_RMS = 60;
const BLOCK = 80;

/** One prompt that may be heard. */
export interface Prompt {
  readonly id: string;
  /** What it says, for captions. */
  readonly caption: string;
  /** 16-bit samples at 8 kHz. */
  readonly samples: Int16Array;
  /** Other ids that play the very same sound, which the ear cannot tell from this one. */
  readonly aliases?: readonly string[];
}

/** A prompt with what recognising it needs. */
export interface IndexedPrompt extends Prompt {
  /** The sample after the last one that can be heard; a prompt was heard to its end when this much was heard. */
  readonly audibleEnd: number;
}

/** Every prompt that a call may play, indexed for recognition. It is immutable and can be shared by any number of calls. */
export class PromptPack {
  readonly prompts: readonly IndexedPrompt[];
  readonly index: SoundIndex;

  /** Throws when two prompts have one id. Indexing takes about 0.1 s for five minutes of sound. */
  constructor(prompts: readonly Prompt[]) {
    const ids = new Set<string>();
    for (const id of prompts.flatMap((prompt) => [prompt.id, ...(prompt.aliases ?? [])])) {
      if (ids.has(id)) throw new Error(`Two prompts are called "${id}"`);
      ids.add(id);
    }
    this.prompts = prompts.map((prompt) => ({ ...prompt, audibleEnd: audibleEnd(prompt.samples) }));
    this.index = new SoundIndex(prompts.map((prompt) => prompt.samples));
  }

  /** The prompt with this id or alias; undefined when the pack has none. */
  find(id: string): IndexedPrompt | undefined {
    return this.prompts.find((prompt) => prompt.id === id || prompt.aliases?.includes(id) === true);
  }
}

const PACK_RATE = 8_000;

/**
 * Loads a pack: a folder with `phrases.json` (ids with their `text` and `file`) and its WAV files, 8 kHz 16-bit mono.
 * Ids that name one file become one prompt with aliases. Throws an Error that names the file that is missing or wrong.
 */
export async function loadPromptPack(folder: string): Promise<PromptPack> {
  const byFile = new Map<string, { id: string; caption: string; aliases: string[] }>();
  for (const { id, text, file } of readPhrases(await readFile(join(folder, 'phrases.json'), 'utf8'))) {
    const known = byFile.get(file);
    if (known === undefined) byFile.set(file, { id, caption: text, aliases: [] });
    else known.aliases.push(id);
  }
  const prompts = [...byFile].map(async ([file, prompt]) => {
    const path = join(folder, file);
    try {
      const sound = readWav(await readFile(path));
      const [samples] = sound.channels;
      if (samples === undefined || sound.channels.length !== 1 || sound.rate !== PACK_RATE) {
        throw new Error('not 8 kHz mono');
      }
      return { ...prompt, samples };
    } catch (error) {
      throw new Error(`Cannot use the prompt ${path}`, { cause: error });
    }
  });
  return new PromptPack(await Promise.all(prompts));
}

function readPhrases(text: string): { id: string; text: string; file: string }[] {
  const book: unknown = JSON.parse(text);
  const phrases = isRecord(book) ? book.phrases : undefined;
  if (!isRecord(phrases)) throw new Error('phrases.json has no "phrases"');
  return Object.entries(phrases).map(([id, phrase]) => {
    const said = isRecord(phrase) ? phrase.text : undefined;
    const file = isRecord(phrase) ? phrase.file : undefined;
    if (typeof said !== 'string' || typeof file !== 'string') throw new Error(`Phrase "${id}" lacks its text or file`);
    return { id, text: said, file };
  });
}

/** The level (RMS) of the samples from `from` up to `to`, in 16-bit samples; 0 for none. */
export function level(samples: Int16Array, from: number, to: number): number {
  if (to <= from) return 0;
  let energy = 0;
  for (let i = from; i < to; i++) energy += (samples[i] ?? 0) ** 2;
  return Math.sqrt(energy / (to - from));
}

function audibleEnd(samples: Int16Array): number {
  for (let end = samples.length; end > 0; end -= BLOCK) {
    if (level(samples, Math.max(0, end - BLOCK), end) > QUIET_RMS) return end;
  }
  return 0;
}
