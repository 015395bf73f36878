import type { CallRefusal } from '../domain/call-outcome.ts';
import { SUPPORTED_OPTIONS } from './option-tags.ts';
import type { SendOptions, SipResponse } from './srf.ts';

/** Why an INVITE is refused: what the rest of the program tells apart, and what only SIP asks for. */
export type Refusal =
  | Exclude<CallRefusal, { readonly kind: 'no-offer-in-common' }>
  | (Extract<CallRefusal, { readonly kind: 'no-offer-in-common' }> & {
      /** What the caller's description has not: an audio stream, one that DTLS is not needed for, or a coding that is known. */
      readonly lacks: 'audio' | 'usable-transport' | 'format';
    })
  /** A shorter session timer than is allowed (RFC 4028 §5). */
  | { readonly kind: 'session-interval-too-small'; readonly status: 422; readonly minimum: number }
  /** `Require` names an extension that is not supported (RFC 3261 §8.2.2.3). */
  | { readonly kind: 'extension-not-supported'; readonly status: 420; readonly unsupported: string }
  /** The body is not a session description (RFC 3261 §8.2.3). */
  | { readonly kind: 'body-not-supported'; readonly status: 415 }
  /** An INVITE within a dialog that is not known (RFC 3261 §12.2.2). */
  | { readonly kind: 'no-such-dialog'; readonly status: 481 };

/** What this service understands, for `Allow` (RFC 3261 §20.5). */
export const ALLOWED_METHODS = 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK';

/** What a 2xx to INVITE and OPTIONS tells of this service (RFC 3261 §11.2, §13.3.1.4). */
export const CAPABILITIES: Readonly<Record<string, string>> = {
  Allow: ALLOWED_METHODS,
  Supported: SUPPORTED_OPTIONS,
  Accept: 'application/sdp',
};

/** RFC 3261 §20.43. */
const WARNINGS = {
  'usable-transport': '302 touchtone "Audio with DTLS-SRTP only"',
  audio: '304 touchtone "No audio stream"',
  format: '305 touchtone "No audio format in common"',
} as const;

/** RFC 5630 §5.3.2 and its registration: the caller is to come again by TLS. */
const TLS_REQUIRED = '381 touchtone "SIPS Required"';

/** RFC 3261 §20.43: plain RTP is what is not to be had here. */
const SRTP_REQUIRED = '302 touchtone "Encrypted audio (RTP/SAVP) required"';

/** Seconds after which a refused caller may try again; short, for another instance may take the call. */
const RETRY_AFTER = '5';

/** The headers that a refusal must or should carry (RFC 3261 §8.2, §20.33). */
export function optionsOf(refusal: Refusal): SendOptions {
  switch (refusal.kind) {
    case 'draining':
      return { headers: { 'Retry-After': RETRY_AFTER } };
    case 'extension-not-supported':
      return { headers: { Unsupported: refusal.unsupported } };
    case 'body-not-supported':
      return { headers: { Accept: 'application/sdp' } };
    case 'no-offer-in-common':
      return { headers: { Warning: WARNINGS[refusal.lacks] } };
    case 'signalling-not-secured':
      return { headers: { Warning: TLS_REQUIRED } };
    case 'media-not-secured':
      return { headers: { Warning: SRTP_REQUIRED } };
    case 'session-interval-too-small':
      return { headers: { 'Min-SE': String(refusal.minimum) } };
    case 'busy':
    case 'peer-not-allowed':
    case 'no-such-number':
    case 'bad-request':
    case 'no-media-server':
    case 'no-such-dialog':
    case 'fault':
      return {};
  }
}

/** Sends a final response unless one was sent; a connection that has dropped meanwhile makes it do nothing. */
export function respond(res: SipResponse, status: number, options: SendOptions = {}): void {
  if (res.finalResponseSent) return;
  res.send(status, { ...options, headers: { ...options.headers } });
}

/**
 * Sends a final response with a status that drachtio-srf's own table does not have, such as 469 (RFC 6086 §4.2.2);
 * its `send` throws on one.
 */
export function respondUnlisted(res: SipResponse, status: number, reason: string, options: SendOptions): void {
  if (res.finalResponseSent) return;
  res.status = status;
  res.msg.status = status;
  res.msg.reason = reason;
  res.agent.sendResponse(res, { ...options, headers: { ...options.headers } });
}
