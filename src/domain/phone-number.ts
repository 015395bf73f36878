/** The visual separators of a telephone number (RFC 3966 §5.1.1), and the space that people write. */
const SEPARATORS = /[-.() ]/g;

/** Digits, globally unique ones after a `+` (E.164). No number that is dialled is longer than this. */
const NUMBER = /^\+?[0-9]{1,32}$/;

/**
 * The one way in which a number is written, for comparing: without visual separators, the `+` of a global number kept.
 * Undefined for what is no number (a name, `anonymous`, nothing, more than 32 digits).
 *
 * Numbers are the same only when this is the same (SPEC §3.1). Nothing is completed, cut or compared by its end: a
 * local number that ends like a mailbox's would otherwise be taken for the mailbox's own, and `+` is never guessed.
 */
export function normaliseNumber(number: string): string | undefined {
  const bare = number.replace(SEPARATORS, '');
  return NUMBER.test(bare) ? bare : undefined;
}
