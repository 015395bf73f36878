import type { CommonPattern } from '../domain/common-patterns.ts';
import type { PinRefusal } from '../domain/pin-policy.ts';
import type { Audio } from './line.ts';
import type { PhraseId, Phrases } from './phrases.ts';

const PATTERNS: Readonly<Record<CommonPattern, PhraseId>> = {
  sequential: 'refused-sequential',
  'one-digit': 'refused-one-digit',
  'repeated-group': 'refused-repeated-group',
  'extension-reversed': 'refused-extension-reversed',
  'keypad-pattern': 'refused-keypad-pattern',
  date: 'refused-date',
  'most-used': 'refused-most-used',
};

/** Says how many digits a PIN needs at least. */
export function spokenMinimum(phrases: Phrases, digits: number): readonly Audio[] {
  return [...phrases.sequence(['new-pin-minimum']), ...phrases.number(digits), ...phrases.sequence(['new-pin-digits'])];
}

/** Says which rule refuses a PIN (SPEC §2), with the number in it where it has one. */
export function spokenRefusal(phrases: Phrases, refusal: PinRefusal): readonly Audio[] {
  switch (refusal.kind) {
    case 'not-digits':
      return phrases.sequence(['invalid-key']);
    case 'too-short':
      return [...phrases.sequence(['refused-too-short']), ...spokenMinimum(phrases, refusal.minimum)];
    case 'too-long':
      return phrases.sequence(['pin-too-long']);
    case 'extension-suffix':
      return phrases.sequence(['refused-extension-suffix']);
    case 'contains-extension':
      return phrases.sequence(['refused-contains-extension']);
    case 'common-pattern':
      return phrases.sequence([PATTERNS[refusal.pattern]]);
    case 'used-before':
      if (refusal.lastPins === 1) return phrases.sequence(['refused-in-use']);
      return [
        ...phrases.sequence(['refused-used-before']),
        ...phrases.number(refusal.lastPins),
        ...phrases.sequence(['refused-used-before-end']),
      ];
  }
}
