import { normaliseName } from './setting-text.ts';

/** Most characters of an alias, and of what is before the `@` of an address (RFC 5321 §4.5.3.1.1). */
export const ALIAS_MAXIMUM = 64;

/** Most characters of the name that a mailbox's user goes by. */
export const DISPLAY_NAME_MAXIMUM = 256;

/** Most numbers that a mailbox has: the PIN rules keep every extension out, and are to leave PINs to choose from. */
export const MAILBOX_NUMBERS_MAXIMUM = 100;

// One "@" with something before and behind it, none of it a blank, a control character or what headers are made of.
const PART = String.raw`[^\s\p{Cc}\p{Cs}@<>,;:"\\]`;
const ADDRESS = new RegExp(`^${PART}{1,64}@${PART}{1,255}$`, 'u');
const ALIAS = new RegExp(`^${PART}{1,${ALIAS_MAXIMUM}}$`, 'u');

/** Whether a text can be an SMTP address; one that is quoted, or has a blank or more than one `@`, is not taken. */
export function isMailAddress(text: string): boolean {
  return ADDRESS.test(text);
}

/** Whether a text can be an alias: what can be before the `@` of an address, so that it is never mistaken for one. */
export function isAlias(text: string): boolean {
  return ALIAS.test(text);
}

/** A display name as it is kept; undefined for what is none. */
export function normaliseDisplayName(name: string): string | undefined {
  return normaliseName(name, DISPLAY_NAME_MAXIMUM);
}

/**
 * The aliases to be tried, in this order, for a mailbox that was given none: what is before the `@` of its address, then
 * the same with a number behind it.
 */
export function* aliasesFor(address: string): Generator<string, never> {
  const base = address.slice(0, address.indexOf('@'));
  yield base;
  for (let number = 2; ; number++) {
    const end = `${number}`;
    yield [...base].slice(0, ALIAS_MAXIMUM - end.length).join('') + end;
  }
}

/** Whether a text names a zone of the IANA time zone database that this machine knows. */
export function isTimeZone(name: string): boolean {
  // Offsets such as +01:00 are taken where zones are, but say nothing of summer time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    // The only error there is says that there is no such zone.
    return false;
  }
}

/** The clock that is usual where a language is spoken; the tag as `normaliseLanguage` gives it. */
export function usualClock(language: string): '12-hour' | '24-hour' {
  const { hour12 } = new Intl.DateTimeFormat(language, { hour: 'numeric' }).resolvedOptions();
  return hour12 === true ? '12-hour' : '24-hour';
}
