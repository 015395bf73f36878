/** What would change how the text around it is read: controls, line ends, and marks that turn the direction of writing. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** What begins an encoded word; mail programs decode one even in a quoted name, where RFC 2047 §5 has none. */
const ENCODED_WORD = /=\?/g;

/** A name from a directory as one line that reads the same everywhere; of no name at all, `otherwise`. */
export function shownName(name: string, otherwise: string): string {
  const shown = name.toWellFormed().replace(UNSEEN, ' ').replace(ENCODED_WORD, '= ?').replace(/ +/g, ' ');
  return shown.trim() || otherwise;
}

/**
 * The same where it stands in a sentence of the other direction: set apart by isolates (Unicode TR #9 §2.4.2), so that
 * the comma behind a Hebrew name stays behind it.
 */
export function isolated(name: string): string {
  return RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;
}
