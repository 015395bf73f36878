import { normaliseNumber } from '../domain/phone-number.ts';

/** No URI of a telephone is longer; what is gets no further parsing. */
const MAX_URI = 512;

/** Longest header value that is looked into. */
const MAX_VALUE = 1024;

/**
 * The number in the user part of a `sip:`, `sips:` or `tel:` URI (RFC 3261 §19.1.1, RFC 3966): parameters and a
 * password are left out, escapes are resolved, visual separators removed, a `+` is kept. Undefined for a URI that
 * names no number, and for one that is too long or malformed.
 */
export function numberOfUri(uri: string): string | undefined {
  if (uri.length > MAX_URI) return undefined;
  const match = /^(sips?|tel):([^?]*)/i.exec(uri);
  const scheme = match?.[1]?.toLowerCase();
  const rest = match?.[2];
  if (scheme === undefined || rest === undefined) return undefined;
  const user = scheme === 'tel' ? rest : userPart(rest);
  const [subscriber = ''] = user.split(/[;:]/, 1);
  const unescaped = unescapeUser(subscriber);
  return unescaped === undefined ? undefined : normaliseNumber(unescaped);
}

/** What stands before the last `@`; a host cannot contain one. */
function userPart(rest: string): string {
  const at = rest.lastIndexOf('@');
  return at === -1 ? '' : rest.slice(0, at);
}

function unescapeUser(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The headers of an INVITE by which a caller is named, as they were received. */
export interface CallerHeaders {
  readonly pAssertedIdentity: string | undefined;
  readonly from: string | undefined;
}

/**
 * The number that a peer asserts for its caller: P-Asserted-Identity (RFC 3325 §9.1), else From (SPEC §3.1). Only to be
 * asked for a trusted peer; anybody else may write what they like there. Undefined when the peer names no number, as
 * for `anonymous` or `unavailable`: a P-Asserted-Identity without a number is not made up for by From, which the
 * caller's own telephone wrote.
 */
export function assertedNumberOf(headers: CallerHeaders): string | undefined {
  if (headers.pAssertedIdentity !== undefined) {
    return addressesOf(headers.pAssertedIdentity)
      .map(numberOfUri)
      .find((number) => number !== undefined);
  }
  const [uri, ...more] = addressesOf(headers.from ?? '');
  // From has one value (RFC 3261 §20.20). Several, which drachtio-srf joins into one, are somebody's trick.
  return uri === undefined || more.length > 0 ? undefined : numberOfUri(uri);
}

/**
 * The URIs of a header whose values are addresses (`name-addr / addr-spec`, RFC 3261 §25.1), by one pass over the text:
 * regular expressions that allow white space everywhere take seconds on a hostile value. Empty when it is too long.
 */
export function addressesOf(value: string): readonly string[] {
  if (value.length > MAX_VALUE) return [];
  return splitOutsideQuotes(value)
    .map(uriOfAddress)
    .filter((uri) => uri !== '');
}

/** Cuts at the commas that stand neither in quotes nor in angle brackets. */
function splitOutsideQuotes(value: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  let bracketed = false;
  for (let index = 0; index < value.length; index += 1) {
    const character = value[index];
    if (quoted) {
      if (character === '\\') index += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"' && !bracketed) {
      quoted = true;
    } else if (character === '<') {
      bracketed = true;
    } else if (character === '>') {
      bracketed = false;
    } else if (character === ',' && !bracketed) {
      parts.push(value.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(value.slice(start));
  return parts;
}

function uriOfAddress(part: string): string {
  const open = indexOutsideQuotes(part, '<');
  if (open !== -1) {
    const close = part.indexOf('>', open);
    return close === -1 ? '' : part.slice(open + 1, close).trim();
  }
  // Without brackets, a semicolon begins the header's parameters, not the URI's (RFC 3261 §20.10).
  return (part.split(';', 1)[0] ?? '').trim();
}

function indexOutsideQuotes(text: string, wanted: string): number {
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (quoted && character === '\\') index += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === wanted) return index;
  }
  return -1;
}
