/** Checks a folder of prompts against every rule that README.md in `prompts/` promises. Needs no synthesiser. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { endSilences, peakLevel, voicedLevel } from './level.ts';
import type { Phrase, PhraseBook } from './phrase-book.ts';
import { alikeTo, fingerprintOf } from './phrase-book.ts';
import { beginningSimilarity } from './similarity.ts';
import type { WavFault } from './wav.ts';
import { readWav } from './wav.ts';

/** Something that is wrong with the pack: the file or id it concerns, the name of the rule, and a sentence. */
export type Violation = {
  readonly subject: string;
  readonly rule:
    | WavFault['kind']
    | 'missing'
    | 'orphan'
    | 'level'
    | 'peak'
    | 'silence'
    | 'stale'
    | 'conflict'
    | 'too-similar';
  readonly detail: string;
};

const LEVEL_DBFS = { lowest: -21, highest: -19 };
const PEAK_DBFS = -3;
/** Silence is measured in windows of 5 ms; the limit itself is already too much. */
const SILENCE_LIMIT_MS = 80;
/** Above this, two beginnings are the same sound; different words of one voice stay well below it. */
const SIMILARITY_LIMIT = 0.95;

/** Measures one prompt's audio against the limits for level, peak and silence. `subject` names it in what is returned. */
function checkAudio(subject: string, samples: Int16Array): readonly Violation[] {
  const violations: Violation[] = [];
  const level = voicedLevel(samples);
  if (!(level >= LEVEL_DBFS.lowest && level <= LEVEL_DBFS.highest)) {
    violations.push({ subject, rule: 'level', detail: `The voice has ${level.toFixed(1)} dBFS, not −20 ± 1 dBFS.` });
  }
  const peak = peakLevel(samples);
  if (peak > PEAK_DBFS) {
    violations.push({ subject, rule: 'peak', detail: `The peak is ${peak.toFixed(1)} dBFS, above ${PEAK_DBFS} dBFS.` });
  }
  const { before, after } = endSilences(samples);
  for (const [end, silence] of [['before', before] as const, ['after', after] as const]) {
    if (silence < SILENCE_LIMIT_MS) continue;
    violations.push({
      subject,
      rule: 'silence',
      detail: `${silence} ms of silence ${end} the voice; under 80 ms is allowed.`,
    });
  }
  return violations;
}

/** A phrase whose audio no longer says its text, or that disagrees with another phrase about a file that both use. */
function checkBook(book: PhraseBook): readonly Violation[] {
  const violations: Violation[] = [];
  const fingerprints = new Map<string, string>();
  for (const [id, phrase] of Object.entries(book.phrases)) {
    const expected = fingerprintOf(phrase, book.voice);
    const content = phrase.recorded ?? expected;
    if ((fingerprints.get(phrase.file) ?? content) !== content) {
      violations.push({ subject: id, rule: 'conflict', detail: `Another id wants different words in ${phrase.file}.` });
    }
    fingerprints.set(phrase.file, content);
    const stale = staleness(phrase, expected);
    if (stale !== undefined) violations.push({ subject: id, rule: 'stale', detail: stale });
  }
  return violations;
}

function staleness(phrase: Phrase, expected: string): string | undefined {
  if (phrase.recorded !== undefined) {
    return phrase.recorded === phrase.text
      ? undefined
      : `The recording says ${JSON.stringify(phrase.recorded)}, the text is now ${JSON.stringify(phrase.text)}.`;
  }
  return phrase.fingerprint === expected ? undefined : 'The text, voice or command changed after the audio was made.';
}

/** The files that may begin like each other, by both of their names. */
function likenesses({ phrases }: PhraseBook): ReadonlySet<string> {
  const pairs = Object.values(phrases).flatMap((phrase) =>
    alikeTo(phrase).flatMap((id) => {
      const other = phrases[id]?.file ?? '';
      return [`${phrase.file} ${other}`, `${other} ${phrase.file}`];
    }),
  );
  return new Set(pairs);
}

function checkBeginnings(book: PhraseBook, prompts: ReadonlyMap<string, Int16Array>): readonly Violation[] {
  const violations: Violation[] = [];
  const allowed = likenesses(book);
  const entries = [...prompts];
  entries.forEach(([file, samples], i) => {
    for (const [other, otherSamples] of entries.slice(i + 1)) {
      if (allowed.has(`${file} ${other}`)) continue;
      const similarity = beginningSimilarity(samples, otherSamples, SIMILARITY_LIMIT);
      if (similarity <= SIMILARITY_LIMIT) continue;
      const detail = `Begins like ${other} (correlation ${similarity.toFixed(2)}), so neither is told from the other in time.`;
      violations.push({ subject: file, rule: 'too-similar', detail });
    }
  });
  return violations;
}

/**
 * Checks the whole pack: every file named is there, is 8000 Hz, 16-bit, mono, keeps to level, peak and silence, is up to date, begins
 * unlike every other that it may not begin like, and no other file lies in the folder. Answers with all violations, none when the pack is good. Throws when
 * the folder itself cannot be read.
 */
export async function verifyPack(folder: string, book: PhraseBook): Promise<readonly Violation[]> {
  const violations: Violation[] = [...checkBook(book)];
  const expected = new Set(Object.values(book.phrases).map((phrase) => phrase.file));
  const present = new Set(await readdir(folder));
  const prompts = new Map<string, Int16Array>();
  for (const file of [...expected].toSorted()) {
    if (!present.has(file)) {
      violations.push({
        subject: file,
        rule: 'missing',
        detail: 'The file is named in phrases.json and is not there.',
      });
      continue;
    }
    const reading = readWav(await readFile(path.join(folder, file)));
    if (reading.kind !== 'wav') {
      violations.push({ subject: file, rule: reading.kind, detail: reading.detail });
      continue;
    }
    prompts.set(file, reading.samples);
    violations.push(...checkAudio(file, reading.samples));
  }
  for (const file of [...present].toSorted()) {
    if (file === 'phrases.json' || expected.has(file)) continue;
    violations.push({ subject: file, rule: 'orphan', detail: 'No phrase uses this file.' });
  }
  return [...violations, ...checkBeginnings(book, prompts)];
}
