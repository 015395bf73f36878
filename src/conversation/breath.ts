import type { Audio, Pause } from './line.ts';
import type { PhraseId } from './phrases.ts';
import { DIGIT_PHRASE_IDS, NUMBER_PHRASE_IDS } from './spoken-digits.ts';
import { TIME_PHRASE_IDS } from './spoken-time.ts';

/**
 * The pause between two sentences, in milliseconds: what a speaker takes to breathe. The prompts themselves end within
 * 80 ms of their last sound, and sentences that close up sound hurried.
 */
const BREATH: Pause = { id: 'pause', milliseconds: 250 };

/**
 * What goes on with the sentence before it: digits, which have pauses of their own, the words of numbers and times, and
 * what follows a number.
 */
const CONTINUATIONS: ReadonlySet<string> = new Set<PhraseId>([
  ...DIGIT_PHRASE_IDS,
  ...NUMBER_PHRASE_IDS,
  ...TIME_PHRASE_IDS,
  'failure-one',
  'failures-many',
  'new-pin-digits',
  'refused-used-before-end',
]);

function isSentence({ id }: Audio): boolean {
  return id !== 'pause' && !CONTINUATIONS.has(id);
}

/** Puts a breath between sentences that follow each other. */
export function withBreaths(pieces: readonly Audio[]): readonly Audio[] {
  return pieces.flatMap((piece, index) => (isSentence(piece) && index > 0 ? [BREATH, piece] : [piece]));
}
