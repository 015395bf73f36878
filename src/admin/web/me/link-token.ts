/** Where mailed links lead. */
const LINK = '/me/link';

/**
 * What a mailed link has behind its #, taken out of the address, so that no history and no screenshot keeps it. The second
 * call finds nothing; so it is not for React, which may begin a page more than once before it shows it.
 */
export function takeLinkToken(): string | undefined {
  const { pathname, hash } = window.location;
  if (pathname !== LINK || hash.length < 2) return undefined;
  window.history.replaceState(null, '', LINK);
  return hash.slice(1);
}
