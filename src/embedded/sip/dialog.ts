import { HeaderList } from './headers.ts';
import { emptyBody, makeRequest, type SipRequest, type SipResponse } from './message.ts';
import { formatNameAddress, type NameAddress, parseCSeq, parseNameAddress, parseSipUri } from './values.ts';

/** RFC 3261 §8.1.1.6. */
export const initialMaxForwards = '70';

/**
 * What two user agents know of each other during a call (RFC 3261 §12): tags, sequence numbers, where requests go and
 * through which proxies. It holds no state of the call; whoever owns it decides what may be sent when.
 */
export class Dialog {
  readonly callId: string;
  /** Our From when we send, with our tag. */
  readonly #local: NameAddress;
  #remote: NameAddress;
  #localSequence: number;
  #remoteSequence: number | undefined;
  #target: string;
  #routes: readonly string[];

  private constructor(start: {
    callId: string;
    local: NameAddress;
    remote: NameAddress;
    localSequence: number;
    remoteSequence: number | undefined;
    target: string;
    routes: readonly string[];
  }) {
    this.callId = start.callId;
    this.#local = start.local;
    this.#remote = start.remote;
    this.#localSequence = start.localSequence;
    this.#remoteSequence = start.remoteSequence;
    this.#target = start.target;
    this.#routes = start.routes;
  }

  /**
   * The dialog that an INVITE from the network opens (RFC 3261 §12.1.1). `undefined` when it has no usable Contact or
   * no From tag, without which no request could ever be sent back.
   */
  static ofReceived(invite: SipRequest, localTag: string): Dialog | undefined {
    const remote = parseNameAddress(invite.headers.get('From') ?? '');
    const local = parseNameAddress(invite.headers.get('To') ?? '');
    const cseq = parseCSeq(invite.headers.get('CSeq') ?? '');
    const target = contactUri(invite);
    if (remote === undefined || local === undefined || cseq === undefined || target === undefined) return undefined;
    if (!remote.params.get('tag')) return undefined;
    return new Dialog({
      callId: invite.headers.get('Call-ID') ?? '',
      local: withTag(local, localTag),
      remote,
      localSequence: 0,
      remoteSequence: cseq.number,
      target,
      routes: invite.headers.getAll('Record-Route'),
    });
  }

  /**
   * The dialog that an INVITE of ours may open (RFC 3261 §12.1.2). It is not complete before {@link learn}. `undefined`
   * when the INVITE lacks a From tag, a To or a CSeq.
   */
  static ofSent(invite: SipRequest): Dialog | undefined {
    const local = parseNameAddress(invite.headers.get('From') ?? '');
    const remote = parseNameAddress(invite.headers.get('To') ?? '');
    const cseq = parseCSeq(invite.headers.get('CSeq') ?? '');
    if (local === undefined || remote === undefined || cseq === undefined || !local.params.get('tag')) return undefined;
    return new Dialog({
      callId: invite.headers.get('Call-ID') ?? '',
      local,
      remote,
      localSequence: cseq.number,
      remoteSequence: undefined,
      target: invite.uri,
      routes: [],
    });
  }

  get localTag(): string {
    return this.#local.params.get('tag') ?? '';
  }

  /** Empty while our INVITE has had no answer with a tag. */
  get remoteTag(): string {
    return this.#remote.params.get('tag') ?? '';
  }

  /** The remote target, a URI. */
  get target(): string {
    return this.#target;
  }

  get routes(): readonly string[] {
    return this.#routes;
  }

  /** The URI that requests go to first: the topmost route, else the target. */
  get nextHop(): string {
    const first = this.#routes[0];
    return (first === undefined ? undefined : parseNameAddress(first)?.uri) ?? this.#target;
  }

  /** Takes tag, target and routes from a response to our INVITE; the route set is its Record-Route turned round. */
  learn(response: SipResponse): void {
    const to = parseNameAddress(response.headers.get('To') ?? '');
    if (to?.params.get('tag')) this.#remote = to;
    this.#routes = response.headers.getAll('Record-Route').reverse();
    this.refreshTarget(response);
  }

  /** A re-INVITE or UPDATE, or the 2xx to one, may move the other side (RFC 3261 §12.2). */
  refreshTarget(message: SipRequest | SipResponse): void {
    this.#target = contactUri(message) ?? this.#target;
  }

  /** Whether a request from the network is newer than those before; if so it is the newest from now on (§12.2.2). */
  accepts(sequence: number): boolean {
    if (this.#remoteSequence !== undefined && sequence <= this.#remoteSequence) return false;
    this.#remoteSequence = sequence;
    return true;
  }

  /**
   * The next request on this dialog (RFC 3261 §12.2.1.1); `headers` are added below those of the dialog. With a strict
   * router first in the route set, the Request-URI and the Route headers change places as the RFC says.
   */
  request(method: string, headers: HeaderList = HeaderList.empty, body: Buffer = emptyBody, uri?: string): SipRequest {
    this.#localSequence++;
    return this.#compose(method, this.#localSequence, headers, body, uri);
  }

  /** The ACK for a 2xx to our INVITE with this sequence number (RFC 3261 §13.2.2.4). */
  ack(sequence: number, headers: HeaderList = HeaderList.empty, body: Buffer = emptyBody): SipRequest {
    return this.#compose('ACK', sequence, headers, body, undefined);
  }

  #compose(method: string, sequence: number, headers: HeaderList, body: Buffer, uri: string | undefined): SipRequest {
    const target = uri ?? this.#target;
    const first = this.#routes[0] === undefined ? undefined : parseNameAddress(this.#routes[0]);
    const strict = first !== undefined && parseSipUri(first.uri)?.params.has('lr') !== true;
    const routes = strict ? [...this.#routes.slice(1), `<${target}>`] : this.#routes;
    let composed = HeaderList.of([
      ...routes.map((route): [string, string] => ['Route', route]),
      ['Max-Forwards', headers.get('Max-Forwards') ?? initialMaxForwards],
      ['From', formatNameAddress(this.#local)],
      ['To', formatNameAddress(this.#remote)],
      ['Call-ID', this.callId],
      ['CSeq', `${sequence} ${method}`],
    ]);
    for (const { name, value } of headers.without('Max-Forwards')) composed = composed.append(name, value);
    return makeRequest(method, strict ? first.uri : target, composed, body);
  }
}

function contactUri(message: SipRequest | SipResponse): string | undefined {
  const uri = parseNameAddress(message.headers.get('Contact') ?? '')?.uri;
  return uri !== undefined && parseSipUri(uri) !== undefined ? uri : undefined;
}

function withTag(address: NameAddress, tag: string): NameAddress {
  return { ...address, params: new Map(address.params).set('tag', tag) };
}
