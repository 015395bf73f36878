import { initialMaxForwards } from '../sip/dialog.ts';
import { HeaderList } from '../sip/headers.ts';
import { newCallId, newTag } from '../sip/ids.ts';
import { makeRequest, type SipRequest } from '../sip/message.ts';
import type { Transport } from '../sip/transport.ts';
import { formatHostPort, formatNameAddress, isUriText, type NameAddress, parseNameAddress } from '../sip/values.ts';
import { applicationHeaders, contactOf, dialogHeaders, withContentType } from './app-headers.ts';
import type { AppRequest } from './command.ts';
import type { EdgeDialog } from './edge-dialog.ts';
import type { Located } from './request-sender.ts';

/** An expected refusal of a command, in the words that the application is told. */
export interface Refused {
  readonly refused: string;
}

/** Methods that open a dialog or move its target, and so need a Contact (RFC 3261 §8.1.1.8). */
const needContact: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'UPDATE']);

/** A request outside of any dialog, with what the application left to this server filled in. */
export function composeNew(given: AppRequest, located: Located, transport: Transport): SipRequest | Refused {
  const remote = located.kind === 'found' ? located.destination.address : transport.local;
  const local = transport.addressToward(remote);
  const own = applicationHeaders(given.headers, local);
  const from = partyOf(own.get('From') ?? `<sip:${formatHostPort(local.address, local.port)}>`);
  const to = partyOf(own.get('To') ?? `<${given.uri}>`);
  if (from === undefined) return { refused: `invalid from value provided by client: ${own.get('From')}` };
  if (to === undefined) return { refused: `invalid to value provided by client: ${own.get('To')}` };
  const callId = own.get('Call-ID') ?? newCallId();
  if (!/^[!-+\--{}~]{1,256}$/.test(callId)) return { refused: 'invalid call-id value provided by client' };
  const params = new Map(from.params);
  if (!params.get('tag')) params.set('tag', newTag());
  const typed = withContentType(own, given.body);
  if (typed === undefined) return { refused: 'missing content-type' };
  let headers = HeaderList.of([
    ['Max-Forwards', own.get('Max-Forwards') ?? initialMaxForwards],
    ['From', formatNameAddress({ ...from, params })],
    ['To', formatNameAddress(to)],
    ['Call-ID', callId],
    // RFC 3261 §8.1.1.5: any number below 2^31; a moderate one leaves the dialog room to count.
    ['CSeq', `${sequenceFrom(own.get('CSeq'))} ${given.method}`],
  ]);
  for (const { name, value } of typed.without('Max-Forwards', ...dialogHeaders)) {
    headers = headers.append(name, value);
  }
  if ((given.method === 'INVITE' || given.method === 'SUBSCRIBE') && !headers.has('Contact')) {
    headers = headers.append('Contact', contactOf(local, transport.protocol, schemeOf(given.uri)));
  }
  return makeRequest(given.method, given.uri, headers, given.body);
}

/** A request inside a dialog. A PRACK goes where the dialog's requests go, whatever URI drachtio-srf writes. */
export function composeInside(dialog: EdgeDialog, given: AppRequest): SipRequest | Refused {
  const { transport } = dialog;
  const local = transport.addressToward(dialog.natAddress ?? dialog.source?.address ?? transport.local);
  const own = applicationHeaders(given.headers, local, dialogHeaders);
  const typed = withContentType(own, given.body);
  if (typed === undefined) return { refused: 'missing content-type' };
  const headers =
    needContact.has(given.method) && !typed.has('Contact')
      ? typed.append('Contact', contactOf(local, transport.protocol, schemeOf(dialog.localContact ?? '')))
      : typed;
  // drachtio-srf writes a placeholder where it means the other side of the dialog, and the INVITE's URI into a PRACK.
  const isTarget = given.method === 'PRACK' || given.uri.includes('placeholder') || !isUriText(given.uri);
  const uri = isTarget ? undefined : given.uri;
  return dialog.sip.request(given.method, headers, given.body, uri);
}

/** RFC 3261 §8.1.1.8: who is called by a SIPS URI is given one; within a dialog we stay with the one that we gave. */
function schemeOf(uri: string): 'sip' | 'sips' {
  return /^<?sips:/i.test(uri) ? 'sips' : 'sip';
}

function partyOf(value: string): NameAddress | undefined {
  const party = parseNameAddress(value);
  return party !== undefined && isUriText(party.uri) ? party : undefined;
}

function sequenceFrom(given: string | undefined): number {
  const number = Number.parseInt(given ?? '', 10);
  return Number.isInteger(number) && number > 0 && number < 2 ** 30 ? number : 1;
}
