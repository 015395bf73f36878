import { isKey, type Key } from '../domain/key.ts';

/** What an INFO request within a call says. */
export type InfoReading =
  | { readonly kind: 'key'; readonly key: Key }
  /** A body that says something of the telephone keypad but no key, such as a hook flash, or malformed. */
  | { readonly kind: 'no-key' }
  /** No body at all: the peer asks whether the call is alive (RFC 2976 §2.2). */
  | { readonly kind: 'empty' }
  /** It belongs to an Info Package, none of which is supported (RFC 6086 §4.2.2). */
  | { readonly kind: 'package' }
  /** A body of a type that nothing here understands. */
  | { readonly kind: 'unsupported' };

/** The parts of an INFO request that matter. */
export interface InfoRequest {
  readonly contentType: string | undefined;
  readonly infoPackage: string | undefined;
  readonly body: string | undefined;
}

/** No body that carries a key is longer. */
const MAX_BODY = 256;

/** Keys are also written as their event codes (RFC 4733 §3.2). */
const BY_EVENT_CODE: ReadonlyMap<string, Key> = new Map([
  ['10', '*'],
  ['11', '#'],
  ['12', 'A'],
  ['13', 'B'],
  ['14', 'C'],
  ['15', 'D'],
]);

/**
 * Reads an INFO request: `application/dtmf-relay` (`Signal=5`, further lines for its duration) and `application/dtmf`
 * (the key alone), the two types that telephones and gateways send keys in. Neither has an RFC; both write `*` and `#`
 * either as themselves or as the event codes 10 and 11.
 */
export function readInfo({ contentType, infoPackage, body }: InfoRequest): InfoReading {
  if (infoPackage !== undefined) return { kind: 'package' };
  if (body === undefined || body === '') return { kind: 'empty' };
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/dtmf-relay' && type !== 'application/dtmf') return { kind: 'unsupported' };
  if (body.length > MAX_BODY) return { kind: 'no-key' };
  const signal = type === 'application/dtmf' ? body : /^\s*signal\s*=([^\r\n]*)/im.exec(body)?.[1];
  const key = keyOf((signal ?? '').trim());
  return key === undefined ? { kind: 'no-key' } : { kind: 'key', key };
}

function keyOf(text: string): Key | undefined {
  const upper = text.toUpperCase();
  return isKey(upper) ? upper : BY_EVENT_CODE.get(upper);
}
