/** `phrases.json`: what is spoken under which id, by which voice, in which file. README.md in `prompts/` describes the format. */
import { createHash } from 'node:crypto';

/** The voice and the commands that make it; `{speech}`, `{input}` and `{output}` stand for the sentence and the files. */
export type Voice = {
  readonly name: string;
  readonly engine: string;
  /** Debian packages that provide both commands, separated by spaces, as `apt-get install` wants them. */
  readonly packages: string;
  readonly licence: string;
  /** Writes `{speech}` as a WAV file `{output}`. Split at spaces before anything is filled in; no shell is involved. */
  readonly synthesise: string;
  /** Turns `{input}` into `{output}`, 8000 Hz, 16 bits, one channel. Split as above. */
  readonly condition: string;
};

/** One prompt. Ids that share a file share everything else, too. */
export type Phrase = {
  /** The caption: what the caller hears. */
  readonly text: string;
  readonly file: string;
  /** What the synthesiser is given, where that is not the text: another spelling, or a sentence that gives the right intonation. */
  readonly speech?: string;
  /** `before-pause`: only what comes before the longest pause of the sentence is kept. */
  readonly keep?: 'before-pause';
  /** Ids, separated by spaces, of words that may begin with the same sound, as fourteen and fourteenth do. Only for parts of sentences. */
  readonly beginsLike?: string;
  /** Set by hand when a person spoke the file: the words of the recording. Such a file is checked, never synthesised. */
  readonly recorded?: string;
  /** Written by the tool: changes with anything that the audio depends on. */
  readonly fingerprint?: string;
};

/** A whole `phrases.json`. */
export type PhraseBook = {
  readonly language: string;
  readonly voice: Voice;
  readonly phrases: Readonly<Record<string, Phrase>>;
};

/** Advance this when `finish.ts` changes what it makes of the same sound, so that every file is made again. */
const FINISH_VERSION = 1;

const VOICE_KEYS = ['name', 'engine', 'packages', 'licence', 'synthesise', 'condition'] as const;
const PHRASE_KEYS = ['text', 'file', 'speech', 'keep', 'beginsLike', 'recorded', 'fingerprint'];
const ID = /^[a-z0-9]+([-.][a-z0-9]+)*$/;
/** Names are used inside this folder only, and by servers on other systems: no path, no space, no capital letter. */
const FILE = /^[a-z0-9]+([-.][a-z0-9]+)*\.wav$/;

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is not an object.`);
  return Object.fromEntries(Object.entries(value));
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw new Error(`${what} is not a text, or empty.`);
  return value;
}

function parseVoice(value: unknown): Voice {
  const fields = record(value, 'voice');
  const [name, engine, packages, licence, synthesise, condition] = VOICE_KEYS.map((key) =>
    text(fields[key], `voice.${key}`),
  ) as [string, string, string, string, string, string];
  return { name, engine, packages, licence, synthesise, condition };
}

function parsePhrase(id: string, value: unknown): Phrase {
  if (!ID.test(id)) throw new Error(`The id ${JSON.stringify(id)} is not in lower-case words joined by - or a dot.`);
  const fields = record(value, id);
  const unknown = Object.keys(fields).find((key) => !PHRASE_KEYS.includes(key));
  if (unknown !== undefined) throw new Error(`${id} has an unknown field ${JSON.stringify(unknown)}.`);
  const file = text(fields.file, `${id}.file`);
  if (!FILE.test(file)) throw new Error(`${id}.file is not a plain lower-case file name ending in .wav.`);
  const { speech, keep, beginsLike, recorded, fingerprint } = fields;
  if (keep !== undefined && keep !== 'before-pause') throw new Error(`${id}.keep can only be "before-pause".`);
  if (beginsLike !== undefined && keep === undefined)
    throw new Error(`${id}.beginsLike is only for parts of sentences.`);
  return {
    text: text(fields.text, `${id}.text`),
    file,
    ...(speech === undefined ? {} : { speech: text(speech, `${id}.speech`) }),
    ...(keep === undefined ? {} : { keep }),
    ...(beginsLike === undefined ? {} : { beginsLike: text(beginsLike, `${id}.beginsLike`) }),
    ...(recorded === undefined ? {} : { recorded: text(recorded, `${id}.recorded`) }),
    ...(fingerprint === undefined ? {} : { fingerprint: text(fingerprint, `${id}.fingerprint`) }),
  };
}

/** The ids of words that a phrase may begin like. */
export function alikeTo({ beginsLike }: Phrase): readonly string[] {
  return beginsLike?.split(' ') ?? [];
}

/**
 * Reads `phrases.json`. Throws an `Error` whose message names the entry and the rule when something is missing, unknown or of the
 * wrong type.
 */
export function parsePhraseBook(json: string): PhraseBook {
  const book = record(JSON.parse(json), 'phrases.json');
  const phrases = Object.entries(record(book.phrases, 'phrases')).map(
    ([id, phrase]) => [id, parsePhrase(id, phrase)] as const,
  );
  const ids = new Set(phrases.map(([id]) => id));
  for (const [id, phrase] of phrases) {
    const unknown = alikeTo(phrase).find((other) => !ids.has(other));
    if (unknown !== undefined) throw new Error(`${id}.beginsLike names ${JSON.stringify(unknown)}, which is no id.`);
  }
  return {
    language: text(book.language, 'language'),
    voice: parseVoice(book.voice),
    phrases: Object.fromEntries(phrases),
  };
}

/** The text of `phrases.json`, in the form that the formatter of this repository leaves alone. */
export function printPhraseBook(book: PhraseBook): string {
  return `${JSON.stringify(book, null, 2)}\n`;
}

/** Identifies everything a synthesised file depends on, in 16 hexadecimal digits: equal fingerprint, equal audio. */
export function fingerprintOf(phrase: Phrase, voice: Voice): string {
  const parts = [phrase.speech ?? phrase.text, phrase.keep ?? 'all', voice.synthesise, voice.condition, FINISH_VERSION];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
