import type { Letter, LetterKind } from '../../services/ports/letter.ts';
import type { LetterContent } from '../letter-content.ts';

export type LetterOf<K extends LetterKind> = Extract<Letter, { readonly kind: K }>;

/** What a catalogue needs to know besides the letter's own facts. */
export interface Wording {
  /** The user's name, fit to be shown in a sentence. */
  readonly name: string;
  /** The PIN of a letter that tells one, else the empty text. */
  readonly pin: string;
  /** The address in a letter with a link, else the empty text. */
  readonly link: string;
  /** A moment (milliseconds since 1970) as its reader would write it, in the mailbox's zone and clock. */
  readonly moment: (at: number) => string;
}

/**
 * Every letter in one language. Whole letters, not phrases to be joined: what goes into a sentence, and in which order,
 * is for each language to say. The PIN comes late in a letter, behind what a list of mails shows of it.
 */
export interface Catalogue {
  /** BCP 47 tag. */
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  readonly letters: {
    readonly [K in LetterKind]: (letter: LetterOf<K>, wording: Wording) => LetterContent;
  };
}

/** Puts a letter into the words of a catalogue. */
export function wordLetter({ letters }: Catalogue, letter: Letter, wording: Wording): LetterContent {
  switch (letter.kind) {
    case 'um-enabled':
      return letters['um-enabled'](letter, wording);
    case 'um-enabled-notice':
      return letters['um-enabled-notice'](letter, wording);
    case 'pin-reset':
      return letters['pin-reset'](letter, wording);
    case 'pin-reset-notice':
      return letters['pin-reset-notice'](letter, wording);
    case 'lockout':
      return letters.lockout(letter, wording);
    case 'sign-in-link':
      return letters['sign-in-link'](letter, wording);
  }
}
