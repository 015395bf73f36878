import { needsDtls } from './media-security.ts';
import { unsupportedOptions } from './option-tags.ts';
import type { Refusal } from './refusal.ts';
import { factsOf, fitDescription } from './session-description.ts';
import { readSessionTimer } from './session-timer.ts';
import { assertedNumberOf, numberOfUri } from './sip-identity.ts';
import type { SipRequest } from './srf.ts';

/** What was read of an INVITE that begins a call. */
export interface InviteFacts {
  readonly kind: 'invite';
  /** The number in the Request-URI; undefined when it names none. */
  readonly calledNumber: string | undefined;
  /** The caller's session description, fit for a media server; undefined when we are asked to make the offer. */
  readonly offer: string | undefined;
  /** The IP address that the INVITE came from. */
  readonly peer: string;
  /** How it came on its last hop; what was before that only its sender knows. */
  readonly transport: string;
  /** Whether that address may assert a caller's number. */
  readonly peerIsTrusted: boolean;
  /** The caller's number, if the peer may assert it and did. */
  readonly assertedNumber: string | undefined;
  readonly sipCallId: string;
  /** What the answer says about the session timer (RFC 4028); nothing when there is none. */
  readonly sessionTimer: Readonly<Record<string, string>>;
}

/** What an INVITE is read with. */
export interface InviteReading {
  readonly isTrustedPeer: (peer: string) => boolean;
  /** The shortest session timer that a caller may have, in seconds. */
  readonly shortestSession: number;
}

const BAD_REQUEST = { kind: 'bad-request', status: 400 } as const;

/**
 * Reads an INVITE, or says why it is refused. The message was bounded before drachtio-srf parsed it; here the headers
 * that a dialog is made of (RFC 3261 §12.1.1) are parsed once as the library will, because after the 200 it is too
 * late to find that they cannot be.
 */
export function readInvite(req: SipRequest, { isTrustedPeer, shortestSession }: InviteReading): InviteFacts | Refusal {
  const headers = dialogHeaders(req);
  if (headers === undefined) return BAD_REQUEST;
  if (headers.toTag) return { kind: 'no-such-dialog', status: 481 };
  const unsupported = unsupportedOptions(req);
  if (unsupported !== '') return { kind: 'extension-not-supported', status: 420, unsupported };
  const body = readBody(req);
  if (body.kind !== 'description') return body;
  const session = readSessionTimer(req, shortestSession);
  if (session.kind !== 'headers') return session;
  const peerIsTrusted = isTrustedPeer(req.source_address);
  return {
    kind: 'invite',
    calledNumber: numberOfUri(req.uri),
    offer: body.description,
    peer: req.source_address,
    transport: req.protocol,
    peerIsTrusted,
    assertedNumber: peerIsTrusted
      ? assertedNumberOf({ pAssertedIdentity: req.get('P-Asserted-Identity'), from: req.get('From') })
      : undefined,
    sessionTimer: session.headers,
    sipCallId: (req.get('Call-ID') ?? '').slice(0, 128),
  };
}

interface DialogHeaders {
  readonly toTag: boolean;
}

/** Longest value of a header with addresses that the library may parse, all fields of that name together. */
const MAX_ADDRESSES = 1_024;

function dialogHeaders(req: SipRequest): DialogHeaders | undefined {
  // The library's parser takes time in proportion to the third power of a run of white space.
  const bounded = ['Contact', 'From', 'To'].every((name) => (req.get(name) ?? '').length <= MAX_ADDRESSES);
  if (!bounded) return undefined;
  try {
    const contacts = req.getParsedHeader('Contact');
    const contact: unknown = Array.isArray(contacts) ? contacts[0] : undefined;
    if (textAt(contact, 'uri') === undefined) return undefined;
    if (!hasTag(req.getParsedHeader('From'))) return undefined;
    return { toTag: hasTag(req.getParsedHeader('To')) };
  } catch {
    return undefined;
  }
}

function textAt(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const text: unknown = Reflect.get(value, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

function hasTag(address: unknown): boolean {
  if (typeof address !== 'object' || address === null || !('params' in address)) return false;
  return textAt(address.params, 'tag') !== undefined;
}

/** A message's session description, or why it cannot be used. */
export type BodyReading = { readonly kind: 'description'; readonly description: string | undefined } | Refusal;

/**
 * Finds the session description in a request, alone or as one part of several (RFC 5621 §4). No body means that the
 * peer wants our offer (RFC 3261 §13.2.1).
 */
export function readBody(req: SipRequest): BodyReading {
  const body = req.body;
  if (body === undefined || body === '') return { kind: 'description', description: undefined };
  const type = mediaType(req.get('Content-Type'));
  const found = type.startsWith('multipart/')
    ? req.payload.find((part) => mediaType(part.type ?? undefined) === 'application/sdp')?.content
    : body;
  if (found === undefined || (type !== 'application/sdp' && !type.startsWith('multipart/'))) {
    return { kind: 'body-not-supported', status: 415 };
  }
  const description = fitDescription(found);
  if (description === undefined) return BAD_REQUEST;
  if (!factsOf(description).audio) return { kind: 'no-offer-in-common', status: 488, lacks: 'audio' };
  return needsDtls(description)
    ? { kind: 'no-offer-in-common', status: 488, lacks: 'usable-transport' }
    : { kind: 'description', description };
}

function mediaType(contentType: string | undefined): string {
  return (contentType?.split(';', 1)[0] ?? '').trim().toLowerCase();
}
