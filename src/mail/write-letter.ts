import type { Letter } from '../services/ports/letter.ts';
import { momentWriter } from './local-time.ts';
import { policyText } from './policy-text.ts';
import { renderHtml } from './render-html.ts';
import { renderText } from './render-text.ts';
import { isolated, shownName } from './shown-name.ts';
import { wordLetter } from './texts/catalogue.ts';
import { catalogueFor, dateLanguageOf } from './texts/catalogues.ts';

/** A letter in words: both parts say the same. */
export interface WrittenLetter {
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Letters without a moment in them are not asked for a zone. */
function localTimeOf(letter: Letter): { readonly timeZone: string; readonly clock: '12-hour' | '24-hour' } {
  return letter.kind === 'lockout' || letter.kind === 'sign-in-link' ? letter : { timeZone: 'UTC', clock: '24-hour' };
}

/**
 * Writes a letter in its user's language (SPEC §5), or in American English where there are no words in that language.
 *
 * @param pin the PIN of a letter that tells one, else the empty text; it is in both parts and nowhere else.
 * @param link the address in a letter with a link, else the empty text; so it is with that.
 */
export function writeLetter(letter: Letter, pin: string, link: string = ''): WrittenLetter {
  const catalogue = catalogueFor(letter.language);
  const { timeZone, clock } = localTimeOf(letter);
  const name = shownName(letter.displayName, letter.address);
  const content = wordLetter(catalogue, letter, {
    name: isolated(name),
    pin,
    link,
    moment: momentWriter({ language: dateLanguageOf(letter.language, catalogue), timeZone, clock }),
  });
  const policy = 'policyText' in letter ? policyText(letter.policyText) : undefined;
  return {
    to: { name, address: letter.address },
    subject: content.subject,
    text: renderText(content, policy),
    html: renderHtml(content, policy, catalogue),
  };
}
