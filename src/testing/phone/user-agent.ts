import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP, isIPv6 } from 'node:net';
import {
  cseq,
  type HeaderField,
  header,
  headers,
  parameter,
  parseSip,
  parseSipUri,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  uriOf,
  writeSip,
} from './sip-message.ts';
import { Timers } from './timers.ts';
import { ClientTransaction } from './transaction.ts';
import { type Address, openWire, type Transport, type Wire, type WireOptions, written } from './wire.ts';

export type { Address, Transport, WireOptions } from './wire.ts';

/** Whoever takes the messages of one Call-ID. */
export interface DialogUser {
  /** A request from the far side that is no retransmission; the ACKs of this side's 2xx among them. */
  onRequest(request: SipRequest, from: Address): void;
  /** A 2xx to an INVITE whose transaction is over: a retransmission, or another fork (RFC 3261 §13.2.2.4). */
  onStray2xx(response: SipResponse): void;
  /** Every message of the Call-ID, for the ladder. */
  onWire(message: SipMessage, direction: 'sent' | 'received'): void;
  /** Whether a message that arrived is let in; a phone that must behave badly is deaf to some. */
  hears(message: SipMessage): boolean;
}

/** What becomes of a request. The last call is `onResponse` with a final response, or `onTimeout`. */
export interface RequestOutcome {
  onResponse(response: SipResponse): void;
  onTimeout(): void;
}

const MAX_FORWARDS: HeaderField = { name: 'Max-Forwards', value: '70' };

/** A new branch with the magic cookie of RFC 3261 §8.1.1.7. */
function newBranch(): string {
  return `z9hG4bK${randomBytes(9).toString('hex')}`;
}

/** The SIP side of a phone: one wire, its client transactions and the dialogs' messages (RFC 3261 §17, §18). */
export class UserAgent {
  #wire: Wire | undefined;
  readonly #t1: number;
  readonly #timers = new Timers();
  readonly #transactions = new Map<string, ClientTransaction>();
  readonly #dialogs = new Map<string, DialogUser>();
  /** The last response to each request from the far side, to be repeated when the request is (RFC 3261 §17.2). */
  readonly #answered = new Map<string, { response?: SipResponse; to: Address }>();
  #closed = false;

  private constructor(t1: number) {
    this.#t1 = t1;
  }

  /** Binds the socket; port 0 is any free one. Rejects when the port is taken. `t1` is RFC 3261's T1 in milliseconds. */
  static async open(
    local: Address,
    t1: number,
    transport: Transport = 'udp',
    options: WireOptions = {},
  ): Promise<UserAgent> {
    const agent = new UserAgent(t1);
    const onMessage = (bytes: Buffer, from: Address): void => agent.#receive(bytes, from);
    agent.#wire = await openWire(transport, local, onMessage, options);
    return agent;
  }

  get local(): Address {
    return this.#open.local;
  }

  get transport(): Transport {
    return this.#open.transport;
  }

  get #open(): Wire {
    if (this.#wire === undefined) throw new Error('A phone speaks once it is opened');
    return this.#wire;
  }

  get timers(): Timers {
    return this.#timers;
  }

  get t1(): number {
    return this.#t1;
  }

  register(callId: string, user: DialogUser): void {
    this.#dialogs.set(callId, user);
  }

  /** The dialog is over: its messages are still taken for as long as the far side may repeat them (timer J), then no more. */
  release(callId: string): void {
    this.#timers.after(64 * this.#t1, () => this.#dialogs.delete(callId));
  }

  /** Sends a request in a new transaction, on a branch of its own, and tells what came of it. */
  request(request: SipRequest, outcome: RequestOutcome): void {
    const sent = this.#withVia(request, newBranch());
    this.#start(sent, outcome);
  }

  /** Sends a request that has no transaction: the ACK of a 2xx (RFC 3261 §13.2.2.4). Returns what was sent, for repeating it. */
  sendAck(ack: SipRequest): SipRequest {
    const sent = this.#withVia(ack, newBranch());
    this.repeat(sent);
    return sent;
  }

  /** Sends again what was sent before, byte for byte; what cannot be sent is lost, as on a network. */
  repeat(request: SipRequest): void {
    destinationOf(request, this.local).then(
      (destination) => this.#send(request, destination),
      () => undefined,
    );
  }

  /** Cancels a pending INVITE (RFC 3261 §9.1): same Request-URI, branch, To, Call-ID and CSeq number. */
  cancel(callId: string, outcome: RequestOutcome): boolean {
    const entry = [...this.#transactions].find(
      ([, pending]) => pending.request.method === 'INVITE' && header(pending.request, 'call-id') === callId,
    );
    if (entry === undefined) return false;
    const invite = entry[1].request;
    const kept = new Set(['route', 'from', 'to', 'call-id', 'max-forwards']);
    const cancel: SipRequest = {
      kind: 'request',
      method: 'CANCEL',
      uri: invite.uri,
      headers: [
        { name: 'Via', value: header(invite, 'via') ?? '' },
        ...invite.headers.filter((field) => kept.has(field.name.toLowerCase())),
        { name: 'CSeq', value: `${cseq(invite).number} CANCEL` },
      ],
      body: '',
    };
    this.#start(cancel, outcome);
    return true;
  }

  /** Answers a request of the far side; retransmissions of the request get the same again. */
  respond(request: SipRequest, from: Address, response: SipResponse): void {
    const to = responseDestination(request, from);
    const stamped = stampVia(response, from);
    this.#remember(request, { response: stamped, to });
    this.#send(stamped, to);
  }

  /** Stops everything at once; nothing is sent any more. Resolves when the socket is gone. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timers.close();
    await this.#open.close();
  }

  #start(request: SipRequest, outcome: RequestOutcome): void {
    const key = `${parameter(header(request, 'via') ?? '', 'branch')} ${request.method}`;
    const begin = (destination: Address): void => {
      if (this.#closed) return;
      const transaction = new ClientTransaction(request, {
        timers: this.#timers,
        t1: this.#t1,
        reliable: this.transport !== 'udp',
        send: (message) => this.#send(message, destination),
        acknowledge: (response) => this.#negativeAck(request, response),
        onResponse: (response) => outcome.onResponse(response),
        onTimeout: () => outcome.onTimeout(),
        onTerminated: () => this.#transactions.delete(key),
      });
      this.#transactions.set(key, transaction);
    };
    destinationOf(request, this.local).then(begin, () => outcome.onTimeout());
  }

  #withVia(request: SipRequest, branch: string): SipRequest {
    const protocol = this.transport.toUpperCase();
    const via = { name: 'Via', value: `SIP/2.0/${protocol} ${written(this.local)};branch=${branch};rport` };
    return { ...request, headers: [via, MAX_FORWARDS, ...request.headers] };
  }

  /** The ACK of a refusal: the INVITE's Via, Route, From, Call-ID and CSeq number, the response's To (RFC 3261 §17.1.1.3). */
  #negativeAck(invite: SipRequest, response: SipResponse): SipRequest {
    const kept = new Set(['max-forwards', 'route', 'from', 'call-id']);
    return {
      kind: 'request',
      method: 'ACK',
      uri: invite.uri,
      headers: [
        { name: 'Via', value: header(invite, 'via') ?? '' },
        ...invite.headers.filter((field) => kept.has(field.name.toLowerCase())),
        { name: 'To', value: header(response, 'to') ?? '' },
        { name: 'CSeq', value: `${cseq(invite).number} ACK` },
      ],
      body: '',
    };
  }

  /** Keeps what was answered for as long as the request may be repeated (RFC 3261 §17.2.2, timer J). */
  #remember(request: SipRequest, answer: { readonly response?: SipResponse; readonly to: Address }): void {
    const key = requestKey(request);
    if (!this.#answered.has(key)) this.#timers.after(64 * this.#t1, () => this.#answered.delete(key));
    this.#answered.set(key, answer);
  }

  #send(message: SipMessage, to: Address): void {
    if (this.#closed) return;
    this.#dialogs.get(header(message, 'call-id') ?? '')?.onWire(message, 'sent');
    this.#open.send(writeSip(message), to);
  }

  #receive(bytes: Buffer, from: Address): void {
    const message = parseSip(bytes);
    if (message === undefined) return;
    const user = this.#dialogs.get(header(message, 'call-id') ?? '');
    if (user !== undefined && !user.hears(message)) return;
    user?.onWire(message, 'received');
    if (message.kind === 'response') this.#receiveResponse(message, user);
    else this.#receiveRequest(message, from, user);
  }

  #receiveResponse(response: SipResponse, user: DialogUser | undefined): void {
    const branch = parameter(header(response, 'via') ?? '', 'branch');
    const { method } = cseq(response);
    const transaction = this.#transactions.get(`${branch} ${method}`);
    if (transaction !== undefined) transaction.receive(response);
    else if (method === 'INVITE' && response.status >= 200 && response.status < 300) user?.onStray2xx(response);
  }

  #receiveRequest(request: SipRequest, from: Address, user: DialogUser | undefined): void {
    const known = this.#answered.get(requestKey(request));
    if (known !== undefined && request.method !== 'ACK') {
      if (known.response !== undefined) this.#send(known.response, known.to);
      return;
    }
    if (request.method !== 'ACK') this.#remember(request, { to: responseDestination(request, from) });
    if (user !== undefined) user.onRequest(request, from);
    else if (request.method === 'OPTIONS') this.respond(request, from, responseTo(request, 200, 'OK'));
    else if (request.method === 'INVITE') this.respond(request, from, responseTo(request, 486, 'Busy Here'));
    else if (request.method !== 'ACK') {
      this.respond(request, from, responseTo(request, 481, 'Call/Transaction Does Not Exist'));
    }
  }
}

/** What tells one request of the far side from another (RFC 3261 §17.2.3). */
function requestKey(request: SipRequest): string {
  const via = header(request, 'via') ?? '';
  const sentBy = via.split(';')[0] ?? '';
  return `${parameter(via, 'branch')} ${sentBy} ${request.method}`;
}

/** Where a response goes: back to where the request came from if it asks for that, else to Via's port (RFC 3261 §18.2.2, RFC 3581 §4). */
function responseDestination(request: SipRequest, from: Address): Address {
  const via = header(request, 'via') ?? '';
  if (parameter(via, 'rport') !== undefined) return from;
  const sentBy = via.split(/\s+/)[1]?.split(';')[0] ?? '';
  const port = /:(\d+)$/.exec(sentBy)?.[1];
  return { host: from.host, port: port === undefined ? 5060 : Number(port) };
}

/** Tells the far side in the response's first Via where its request came from (RFC 3261 §18.2.1, RFC 3581 §4). */
function stampVia(response: SipResponse, from: Address): SipResponse {
  const first = response.headers.findIndex((field) => field.name === 'Via');
  const stamped = response.headers.map((field, i) => {
    if (i !== first) return field;
    const value = `${field.value.replace(/;rport(?=;|$)/i, `;rport=${from.port}`)};received=${from.host}`;
    return { name: field.name, value };
  });
  return { ...response, headers: stamped };
}

/** A response with the headers that it must copy from its request (RFC 3261 §8.2.6.2), and others. */
export function responseTo(
  request: SipRequest,
  status: number,
  reason: string,
  more: readonly HeaderField[] = [],
  body = '',
): SipResponse {
  const copied = ['via', 'from', 'to', 'call-id', 'cseq'].flatMap((name) =>
    headers(request, name).map((value) => ({ name: WRITTEN[name] ?? name, value })),
  );
  return { kind: 'response', status, reason, headers: [...copied, ...more], body };
}

const WRITTEN: Readonly<Record<string, string>> = {
  via: 'Via',
  from: 'From',
  to: 'To',
  'call-id': 'Call-ID',
  cseq: 'CSeq',
};

/**
 * Where a request goes: to its first Route, else to its Request-URI, which a strict router's is (RFC 3261 §8.1.2).
 * Rejects when the name is unknown.
 */
async function destinationOf(request: SipRequest, local: Address): Promise<Address> {
  const [first] = headers(request, 'route');
  const route = first === undefined ? undefined : parseSipUri(uriOf(first));
  const uri = route?.looseRouter === true ? route : parseSipUri(request.uri);
  if (uri === undefined) throw new Error(`"${request.uri}" is not a SIP URI`);
  if (isIP(uri.host) !== 0) return uri;
  const { address } = await lookup(uri.host, { family: isIPv6(local.host) ? 6 : 4 });
  return { host: address, port: uri.port };
}
