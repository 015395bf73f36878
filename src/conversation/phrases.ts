import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../domain/error-code.ts';
import { isRecord } from '../domain/is-record.ts';
import type { Audio, Pause } from './line.ts';
import {
  DIGIT_PHRASE_IDS,
  type DigitPhraseId,
  NUMBER_PHRASE_IDS,
  type NumberPhraseId,
  spokenDigits,
  spokenNumber,
} from './spoken-digits.ts';
import { spokenTime, TIME_PHRASE_IDS, type TimePhraseId, type TimeStyle } from './spoken-time.ts';

/** Everything that screens say; digits, numbers and times apart. */
const SCREEN_PHRASE_IDS = [
  'welcome',
  'enter-extension',
  'enter-pin',
  'enter-pin-known-caller',
  'enter-pin-again',
  'mailbox-of',
  'extension-invalid',
  'no-input',
  'invalid-key',
  'entry-cleared',
  'pin-too-short',
  'pin-too-long',
  'sign-in-failed',
  'too-many-sign-in-failures',
  'too-many-input-failures',
  'signed-in',
  'main-menu',
  'menu-repeat',
  'menu-leave',
  'leave-confirm',
  'goodbye',
  'please-wait',
  'system-error',
  'call-too-long',
  'ended-by-administrator',
  'service-closing',
  'pin-was-reset',
  'mailbox-locked',
  'ask-administrator',
  'or-try-later',
  'source-refused',
  'overloaded',
  'failures-since',
  'failure-one',
  'failures-many',
  'last-failure',
  'locked-elsewhere',
  'cause-pin-expired',
  'cause-first-time',
  'cause-lifetime',
  'cause-too-short',
  'forced-change',
  'change-required',
  'enter-new-pin',
  'new-pin-minimum',
  'new-pin-digits',
  'keep-pin',
  'confirm-new-pin',
  'pins-differ',
  'pin-changed',
  'pin-kept',
  'too-many-pin-refusals',
  'refused-too-short',
  'refused-extension-suffix',
  'refused-contains-extension',
  'refused-sequential',
  'refused-one-digit',
  'refused-repeated-group',
  'refused-extension-reversed',
  'refused-keypad-pattern',
  'refused-date',
  'refused-most-used',
  'refused-in-use',
  'refused-used-before',
  'refused-used-before-end',
  'menu-personal-options',
  'personal-options',
  'options-change-pin',
  'menu-back',
  'ended-pin-reset',
  'ended-pin-changed',
  'ended-mailbox-locked',
  'ended-mailbox-disabled',
] as const;

export type PhraseId = (typeof SCREEN_PHRASE_IDS)[number] | DigitPhraseId | NumberPhraseId | TimePhraseId;

/** Every phrase that the program can ask for: a pack of prompts has them all, or the program does not start. */
export const PHRASE_IDS: readonly PhraseId[] = [
  ...SCREEN_PHRASE_IDS,
  ...DIGIT_PHRASE_IDS,
  ...NUMBER_PHRASE_IDS,
  ...TIME_PHRASE_IDS,
];

/** The pack that is always there, and stands in for a language that has none. */
const DEFAULT_LANGUAGE = 'en-US';

/** A BCP 47 tag as a folder's name, which ends in a path that media servers are told. */
const LANGUAGE_TAG = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i;

/** No separators and no spaces: the name becomes part of a path, and of a list of paths on the event socket. */
const FILE_NAME = /^[a-z0-9][a-z0-9_-]*\.wav$/i;

/**
 * What keeps two digits apart. Without it listeners hear digits that were not said; a quarter of a second is what it
 * takes (prompts/README.md has the measurement).
 */
const BETWEEN_DIGITS: Pause = { id: 'pause', milliseconds: 250 };

/** The prompts of one language: ids to what the line plays. */
export class Phrases {
  readonly #audio: ReadonlyMap<PhraseId, Audio>;

  /** @param files the file of each phrase, below the folder of prompts. Throws, naming every phrase that is missing. */
  constructor(files: ReadonlyMap<string, string>) {
    const missing = PHRASE_IDS.filter((id) => !files.has(id));
    if (missing.length > 0) throw new Error(`There is no phrase ${missing.join(', ')}`);
    this.#audio = new Map(PHRASE_IDS.map((id) => [id, { id, file: files.get(id) ?? '' }]));
  }

  /** Phrases, one after the other. */
  sequence(ids: readonly PhraseId[]): readonly Audio[] {
    return ids.map((id) => {
      const audio = this.#audio.get(id);
      if (audio === undefined) throw new Error(`There is no phrase ${id}`);
      return audio;
    });
  }

  /** Digits one by one with a pause between them, the last one falling. Throws a RangeError when something is no digit. */
  digits(digits: string): readonly Audio[] {
    return this.sequence(spokenDigits(digits)).flatMap((digit, index) =>
      index === 0 ? [digit] : [BETWEEN_DIGITS, digit],
    );
  }

  /** A whole number from 0 to 999,999; throws a RangeError for any other. */
  number(number: number): readonly Audio[] {
    return this.sequence(spokenNumber(number));
  }

  /** When something was, as it is told at `now`; both in milliseconds since 1970. Throws a RangeError for an unknown time zone. */
  time(moment: number, now: number, style: TimeStyle): readonly Audio[] {
    return this.sequence(spokenTime(moment, now, style));
  }
}

/** The prompts of every language there is a pack for. */
export class PhraseBooks {
  readonly #books: ReadonlyMap<string, Phrases>;
  readonly #default: Phrases;

  /** @param books by language tag; throws when there are none for `en-US`. */
  constructor(books: ReadonlyMap<string, Phrases>) {
    const standard = books.get(DEFAULT_LANGUAGE);
    if (standard === undefined) throw new Error(`There are no prompts for ${DEFAULT_LANGUAGE}`);
    this.#books = new Map([...books].map(([language, phrases]) => [language.toLowerCase(), phrases]));
    this.#default = standard;
  }

  /** The prompts for a BCP 47 tag; where it has no pack of its own, those of `en-US`. */
  for(language: string): Phrases {
    return this.#books.get(language.toLowerCase()) ?? this.#default;
  }
}

/**
 * Reads every pack below the folder of prompts: each folder that is named by a language has a `phrases.json`. Throws an
 * error that names the folder or the file and what is wrong with it: it is unreadable, phrases are missing, a phrase has
 * no proper file name, or its file is not there.
 */
export async function loadPhraseBooks(promptsDir: string): Promise<PhraseBooks> {
  const folders = await readdir(promptsDir, { withFileTypes: true }).catch((error: unknown) => {
    const code = errorCode(error);
    const why = code === undefined ? '' : ` (${code})`;
    throw new Error(`The folder of prompts ${promptsDir} cannot be read${why}.`, { cause: error });
  });
  const languages = folders.filter((one) => one.isDirectory() && LANGUAGE_TAG.test(one.name)).map(({ name }) => name);
  const books = await Promise.all(
    languages.map(async (language) => [language, await loadPhrases(promptsDir, language)] as const),
  );
  return new PhraseBooks(new Map(books));
}

async function loadPhrases(promptsDir: string, language: string): Promise<Phrases> {
  const path = join(promptsDir, language, 'phrases.json');
  try {
    const files = filesOf(JSON.parse(await readFile(path, 'utf8')));
    for (const file of new Set(files.values())) {
      await access(join(promptsDir, language, file));
    }
    return new Phrases(new Map([...files].map(([id, file]) => [id, `${language}/${file}`])));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The prompts in ${path} cannot be used: ${why}`, { cause: error });
  }
}

function filesOf(pack: unknown): ReadonlyMap<string, string> {
  const phrases = isRecord(pack) ? pack.phrases : undefined;
  if (!isRecord(phrases)) throw new Error('it has no object "phrases"');
  return new Map(
    Object.entries(phrases).map(([id, phrase]) => {
      const file = isRecord(phrase) ? phrase.file : undefined;
      if (typeof file !== 'string' || !FILE_NAME.test(file)) {
        throw new Error(`the "file" of the phrase "${id}" must be the name of a .wav file without spaces`);
      }
      return [id, file];
    }),
  );
}
