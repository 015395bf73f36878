/** Characters that no single line of text has: controls, the other ends of a line, and halves of a surrogate pair. */
const NOT_ON_A_LINE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/** The same for text of several lines, which may have line breaks and tabs. */
const NOT_IN_A_TEXT = /[^\P{Cc}\t\r\n]|\p{Cs}/u;

/** Anything that a reader sees. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

const lengthOf = (text: string): number => [...text].length;

/**
 * A name as it is kept: without blanks around it, and composed (Unicode NFC), so that what looks the same is the same.
 * Undefined for what is no name: nothing to see, control characters, or more than `maximum` characters (code points).
 */
export function normaliseName(name: string, maximum: number): string | undefined {
  const normal = name.trim().normalize('NFC');
  const isName = VISIBLE.test(normal) && !NOT_ON_A_LINE.test(normal) && lengthOf(normal) <= maximum;
  return isName ? normal : undefined;
}

/** Whether a text can be kept and mailed: at most `maximum` characters (code points), line breaks and tabs among them. */
export function isText(text: string, maximum: number): boolean {
  return lengthOf(text) <= maximum && !NOT_IN_A_TEXT.test(text);
}

/** A language tag (BCP 47) in its canonical form, such as `en-US` for `en-us`; undefined for what is none. */
export function normaliseLanguage(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    // The only error there is says that the tag is malformed.
    return undefined;
  }
}
