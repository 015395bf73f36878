import type { Audio, Pause } from './line.ts';

/**
 * The pause between two sentences, in milliseconds: what a speaker takes to breathe. The prompts themselves end within
 * 80 ms of their last sound, and sentences that close up sound hurried.
 */
const BREATH: Pause = { id: 'pause', milliseconds: 250 };

/** Digits and words of numbers belong to the sentence around them, and have pauses of their own where they need any. */
function isSentence(piece: Audio | undefined): boolean {
  return piece !== undefined && piece.id !== 'pause' && !/^(digit|number)-/.test(piece.id);
}

/** Puts a breath between sentences that follow each other. */
export function withBreaths(pieces: readonly Audio[]): readonly Audio[] {
  return pieces.flatMap((piece, index) => (isSentence(piece) && index > 0 ? [BREATH, piece] : [piece]));
}
