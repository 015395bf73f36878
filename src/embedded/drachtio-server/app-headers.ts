import { canonicalName, HeaderList } from '../sip/headers.ts';
import { reasonFor, type SipRequest } from '../sip/message.ts';
import type { SocketAddress, TransportProtocol } from '../sip/transport.ts';
import { formatHostPort, formatNameAddress, parseNameAddress, splitOutside } from '../sip/values.ts';
import type { AppHeader } from './command.ts';

/** What only the stack may write; drachtio-server leaves an application's own values out in the same way. */
const stackHeaders: readonly string[] = ['Via', 'Route', 'Record-Route', 'RSeq', 'Content-Length'];

/** What the dialog determines; an application's own values are left out of responses and of requests inside a dialog. */
export const dialogHeaders: readonly string[] = ['From', 'To', 'Call-ID', 'CSeq'];

/** In these, an application may write "localhost" and means this server's address. */
const localisedHeaders: ReadonlySet<string> = new Set(['From', 'To', 'Contact', 'P-Asserted-Identity']);

/** The headers that an application may add, in their usual spelling, "localhost" replaced by `local`. */
export function applicationHeaders(
  given: readonly AppHeader[],
  local: SocketAddress,
  without: readonly string[] = [],
): HeaderList {
  const localised = given.map(([name, value]): AppHeader => {
    return localisedHeaders.has(canonicalName(name)) ? [name, localise(value, local)] : [name, value];
  });
  const headers = HeaderList.of(localised).without(...stackHeaders, ...without);
  const contacts = headers.getAll('Contact').flatMap((value) => splitOutside(value, ',') ?? [value]);
  return contacts.length === 0 ? headers : headers.set('Contact', ...contacts.map(inBrackets));
}

/** A Contact with its URI in angle brackets, as drachtio-server writes it and some peers expect it. */
function inBrackets(contact: string): string {
  const address = parseNameAddress(contact);
  return address === undefined ? contact : formatNameAddress(address);
}

/** Puts `local` in the place of "localhost", and of its port, in the URI of an address. */
function localise(value: string, local: SocketAddress): string {
  return value.replace(
    /((?:sips?:|@))localhost(?::\d+)?(?=[;>?\s]|$)/gi,
    `$1${formatHostPort(local.address, local.port)}`,
  );
}

/**
 * The Content-Type for a body: the application's, else that of a session description, which is recognised by its first
 * line. `undefined` when neither is the case.
 */
export function withContentType(headers: HeaderList, body: Buffer): HeaderList | undefined {
  if (body.length === 0 || headers.has('Content-Type')) return headers;
  if (body.toString('latin1', 0, 3) !== 'v=0') return undefined;
  return headers.append('Content-Type', 'application/sdp');
}

/** The tag that an application wants on the To of its first response; a token, else it is not taken. */
export function wantedToTag(given: readonly AppHeader[]): string | undefined {
  const to = given.find(([name]) => canonicalName(name) === 'To')?.[1];
  return /;\s*tag=([A-Za-z0-9\-.!%*_+`'~]{1,64})\s*$/.exec(to ?? '')?.[1];
}

/**
 * The Contact that this server writes where an application gave none; as with drachtio-server, UDP goes without saying.
 *
 * @param scheme "sips" when the other side has said that it wants every hop secured; see {@link contactScheme}.
 */
export function contactOf(local: SocketAddress, protocol: TransportProtocol, scheme: 'sip' | 'sips' = 'sip'): string {
  const transport = protocol === 'UDP' ? '' : `;transport=${protocol.toLowerCase()}`;
  return `<${scheme}:${formatHostPort(local.address, local.port)}${transport}>`;
}

/**
 * RFC 3261 §12.1.1, RFC 5630 §5.1: our Contact is a SIPS URI when the request's URI is one, or its topmost Record-Route,
 * or, without one, its Contact. Only where TLS is spoken: a SIPS URI that leads to a plain port would be a lie.
 */
export function contactScheme(request: SipRequest, protocol: TransportProtocol): 'sip' | 'sips' {
  if (protocol !== 'TLS') return 'sip';
  const via = request.headers.get('Record-Route') ?? request.headers.get('Contact') ?? '';
  const peer = parseNameAddress(splitOutside(via, ',')?.[0] ?? via)?.uri ?? '';
  return [request.uri, peer].some((uri) => /^sips:/i.test(uri)) ? 'sips' : 'sip';
}

/** The reason phrase of a response: the application's, else the usual words. */
export function reasonPhrase(status: number, given: string): string {
  return given === '' ? reasonFor(status) : given;
}
