import { randomBytes, randomUUID } from 'node:crypto';
import {
  cseq,
  type HeaderField,
  header,
  headers,
  parameter,
  parseSipUri,
  type SipRequest,
  type SipResponse,
  uriOf,
} from './sip-message.ts';
import { type Address, hostText, type Transport, written } from './wire.ts';

/** Who calls whom. */
export interface Parties {
  /** The URI that is called. */
  readonly target: string;
  /** The caller's number, the user part of From. */
  readonly number: string;
  readonly displayName: string | undefined;
  readonly local: Address;
  readonly transport: Transport;
}

const ALLOW: HeaderField = { name: 'Allow', value: 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE' };
const USER_AGENT: HeaderField = { name: 'User-Agent', value: 'Touchtone test phone' };

/** The caller's end of a dialog (RFC 3261 §12): tags, sequence numbers, remote target and route set. */
export class Dialog {
  readonly callId = randomUUID();
  readonly #parties: Parties;
  readonly #from: string;
  #to: string;
  #target: string;
  #routes: readonly string[] = [];
  #sequence = 0;
  #remoteSequence = -1;

  constructor(parties: Parties) {
    this.#parties = parties;
    const name = parties.displayName === undefined ? '' : `"${parties.displayName.replace(/["\\]/g, '\\$&')}" `;
    this.#from = `${name}<sip:${parties.number}@${hostText(parties.local.host)}>;tag=${randomBytes(6).toString('hex')}`;
    this.#to = `<${parties.target}>`;
    this.#target = parties.target;
  }

  /** The phone's own Contact. */
  get contact(): string {
    const { number, local, transport } = this.#parties;
    return `<sip:${number}@${written(local)}${transport === 'udp' ? '' : `;transport=${transport}`}>`;
  }

  get remoteTag(): string | undefined {
    return parameter(this.#to, 'tag');
  }

  /** Builds a request with the next sequence number; in the dialog once a response has established it (RFC 3261 §12.2.1.1). */
  request(method: string, more: readonly HeaderField[] = [], body = ''): SipRequest {
    this.#sequence++;
    const contact = method === 'BYE' ? [] : [{ name: 'Contact', value: this.contact }];
    return this.#build(method, this.#sequence, [...contact, ALLOW, USER_AGENT, ...more], body);
  }

  /** Builds the ACK of a 2xx: the INVITE's sequence number, the dialog's target and routes (RFC 3261 §13.2.2.4). */
  ack(response: SipResponse, more: readonly HeaderField[] = [], body = ''): SipRequest {
    return this.#build('ACK', cseq(response).number, more, body);
  }

  /** Takes tag, target and routes from the 2xx to the INVITE (RFC 3261 §12.1.2); the routes are fixed from then on. */
  establish(response: SipResponse): void {
    this.#to = header(response, 'to') ?? this.#to;
    this.#routes = headers(response, 'record-route').reverse();
    this.refresh(response);
  }

  /** Takes the far side's new Contact from a re-INVITE or its 2xx (RFC 3261 §12.2.1.2, §12.2.2). */
  refresh(message: SipRequest | SipResponse): void {
    const contact = header(message, 'contact');
    if (contact !== undefined) this.#target = uriOf(contact);
  }

  /** Whether a request of the far side belongs to this dialog and is newer than its last (RFC 3261 §12.2.2). */
  accepts(request: SipRequest): boolean {
    const { number } = cseq(request);
    const sameTags =
      parameter(header(request, 'to') ?? '', 'tag') === parameter(this.#from, 'tag') &&
      parameter(header(request, 'from') ?? '', 'tag') === this.remoteTag;
    if (!sameTags || (request.method !== 'ACK' && number < this.#remoteSequence)) return false;
    this.#remoteSequence = Math.max(number, this.#remoteSequence);
    return true;
  }

  #build(method: string, sequence: number, more: readonly HeaderField[], body: string): SipRequest {
    const [first] = this.#routes;
    const strict = first !== undefined && parseSipUri(uriOf(first))?.looseRouter !== true;
    // A strict router wants to see itself in the Request-URI and the target at the end of the routes (RFC 3261 §12.2.1.1).
    const uri = strict ? uriOf(first) : this.#target;
    const routes = strict ? [...this.#routes.slice(1), `<${this.#target}>`] : this.#routes;
    return {
      kind: 'request',
      method,
      uri,
      headers: [
        ...routes.map((value) => ({ name: 'Route', value })),
        { name: 'From', value: this.#from },
        { name: 'To', value: this.#to },
        { name: 'Call-ID', value: this.callId },
        { name: 'CSeq', value: `${sequence} ${method}` },
        ...more,
      ],
      body,
    };
  }
}
