import type { CallEnd } from './call-end.ts';

/** How an answered call came out, as the conversation sees it: a closed list, one of which each call ends with. */
export type CallOutcome =
  /** Signed in, and left by the menu. */
  | { readonly kind: 'left' }
  /** Ended by the service: too many failed sign-ins in this call (SPEC §3.4). */
  | { readonly kind: 'sign-in-failures' }
  /** Ended by the service: the last of the failed sign-ins had the PIN replaced (SPEC §3.6). */
  | { readonly kind: 'pin-reset' }
  /** Ended by the service: the mailbox is locked (SPEC §3.7). */
  | { readonly kind: 'mailbox-locked' }
  /** Ended by the service: too many failed sign-ins from the same source (SPEC §3.11). */
  | { readonly kind: 'source-refused' }
  /** Ended by the service: so many sign-ins were waiting that this caller's was not looked at. */
  | { readonly kind: 'overloaded' }
  /** Ended by the service: too many refused or mismatched new PINs; a change that was due still is (SPEC §3.9). */
  | { readonly kind: 'pin-change-failures' }
  /** Ended by the service: too many input failures in a row (SPEC §3.4). */
  | { readonly kind: 'input-failures'; readonly signedIn: boolean }
  /** Ended from outside; the caller hanging up is one of the reasons. */
  | { readonly kind: 'ended'; readonly by: CallEnd; readonly signedIn: boolean }
  /** A fault in the program or in what it depends on, such as the database; the caller heard an apology. */
  | { readonly kind: 'fault' };

/** Why an INVITE was refused without a call coming to be, with the SIP status it was given. */
export type CallRefusal =
  | { readonly kind: 'draining'; readonly status: 503 }
  | { readonly kind: 'busy'; readonly status: 486 }
  | { readonly kind: 'peer-not-allowed'; readonly status: 403 }
  | { readonly kind: 'no-such-number'; readonly status: 404 }
  | { readonly kind: 'bad-request'; readonly status: 400 }
  | { readonly kind: 'no-offer-in-common'; readonly status: 488 }
  /** The dial plan asks for TLS, and the INVITE came without it. */
  | { readonly kind: 'signalling-not-secured'; readonly status: 480 }
  /** The dial plan asks for SRTP, and the caller offers none. */
  | { readonly kind: 'media-not-secured'; readonly status: 488 }
  | { readonly kind: 'no-media-server'; readonly status: 500 }
  | { readonly kind: 'fault'; readonly status: 500 };
