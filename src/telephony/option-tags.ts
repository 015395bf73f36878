import type { SipRequest } from './srf.ts';

/**
 * The extensions that this service understands (RFC 3261 §19.2): `timer` (RFC 4028), and `100rel` (RFC 3262), which asks
 * nothing of a service that sends no provisional response to who requires it.
 */
const SUPPORTED: readonly string[] = ['timer', '100rel'];

/** For `Supported` (RFC 3261 §20.37). */
export const SUPPORTED_OPTIONS = SUPPORTED.join(', ');

/** The option tags of a header, in lower case; none for what is no tag. */
export function optionTags(req: SipRequest, header: 'Require' | 'Supported'): readonly string[] {
  const value = req.get(header) ?? '';
  return value
    .split(',')
    .map((tag) => tag.trim().toLowerCase())
    .filter((tag) => /^[\w.!%*+`'~-]{1,64}$/.test(tag));
}

/** The option tags that a request requires and that are not supported, for `Unsupported` (RFC 3261 §8.2.2.3). */
export function unsupportedOptions(req: SipRequest): string {
  return optionTags(req, 'Require')
    .filter((tag) => !SUPPORTED.includes(tag))
    .join(', ');
}
