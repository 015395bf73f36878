import type { CallEnd } from '../domain/call-end.ts';

/** What made drachtio send a BYE by itself, from the text of its Reason header. */
export function endOfOwnBye(reason: string): CallEnd {
  // A CANCEL that drachtio-server met behind the 200: the caller has gone.
  if (/\bcancel\b/i.test(reason)) return 'caller-hung-up';
  if (/\back\b/i.test(reason)) return 'not-acknowledged';
  return /\bsession timer\b/i.test(reason) ? 'session-expired' : 'signalling-lost';
}
