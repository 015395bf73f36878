import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { faultOf, type Log } from '../log.ts';
import { newBranch } from './ids.ts';
import { InviteClientTransaction } from './invite-client-transaction.ts';
import { InviteServerTransaction } from './invite-server-transaction.ts';
import { defaultLimits, type MessageLimits } from './limits.ts';
import { responseTo, type SipRequest, type SipResponse, serialise } from './message.ts';
import { NonInviteClientTransaction } from './non-invite-client-transaction.ts';
import { NonInviteServerTransaction } from './non-invite-server-transaction.ts';
import { answerableVia, type ParseResult, parseMessage, withFlaw, withReadableVias } from './parse-message.ts';
import { ServerTransactions } from './server-transactions.ts';
import { defaultTimers, type Timers, type TimerValues, timersFor } from './timers.ts';
import type {
  ClientTransaction,
  ClientTransactionHandlers,
  Destination,
  ReceivedRequest,
  ReceivedResponse,
  ServerTransaction,
  TransactionContext,
} from './transaction.ts';
import { type TransactionCounters, zeroCounters } from './transaction-counters.ts';
import { cancelFor, clientKey, responseTarget, serverKey, stampVia } from './transaction-matching.ts';
import { type Arrival, type SocketAddress, sameAddress, type Transport } from './transport.ts';
import { formatVia, parseVia } from './values.ts';

/** An answer that is given without a transaction. */
export interface Refusal {
  readonly status: number;
  readonly reason?: string;
  readonly headers?: Iterable<readonly [name: string, value: string]>;
}

export interface TransactionLayerOptions {
  /** The layer starts them and closes them. */
  readonly transports: readonly Transport[];
  readonly clock: Clock;
  readonly log: Log;
  readonly timers?: TimerValues | undefined;
  readonly limits?: MessageLimits | undefined;
  /** Server transactions at one time, above which answered ones give way, else new requests get 503. Default 20,000. */
  readonly maxServerTransactions?: number | undefined;
  /** A new request other than ACK and CANCEL. Answer it with `transaction.respond`, now or later. */
  onRequest(transaction: ServerTransaction): void;
  /** An ACK that belongs to no failed INVITE: the ACK for a 2xx, or a stray one. */
  onAck(ack: ReceivedRequest): void;
  /**
   * Asked before anything else is done with a new request: a refusal is sent without keeping any state (RFC 3261
   * §8.2.7), "ignore" is silence, and an ACK that would be refused is dropped.
   */
  admit?(request: ReceivedRequest): Refusal | 'ignore' | undefined;
  /** Whether a request that is malformed gets its answer, 400 or the like. Default: always. */
  answersMalformed?(request: SipRequest, remote: SocketAddress): boolean;
  /** What is said to a malformed request of another method than these: that comes before its headers (RFC 3261 §8.2). */
  readonly allowedMethods?: readonly string[] | undefined;
}

/** RFC 3261 §18.1.1: a request of more bytes goes by a transport that controls congestion, if the peer has one. */
const mostOverUdp = 1_300;

/** An ACK that was sent for a 2xx; the same bytes go out again when the 2xx comes again (RFC 3261 §13.2.2.4). */
export interface SentAck {
  readonly request: SipRequest;
  resend(): void;
}

/**
 * RFC 3261 §17 and §18: finds the transaction of each message, makes one for each new request, and keeps everything
 * about retransmission away from its user. Nothing that a peer sends, and no error of its user, is thrown out of it.
 */
export class TransactionLayer {
  readonly #options: TransactionLayerOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: MessageLimits;
  readonly #timers: { reliable: Timers; unreliable: Timers };
  readonly #servers: ServerTransactions;
  readonly #clients = new Map<string, InviteClientTransaction | NonInviteClientTransaction>();
  readonly #tagKey = randomBytes(16);
  readonly #counters = zeroCounters();
  readonly #guardedClock: Clock;
  #closed = false;

  constructor(options: TransactionLayerOptions) {
    this.#options = options;
    this.#guardedClock = {
      now: () => options.clock.now(),
      monotonic: () => options.clock.monotonic(),
      after: (milliseconds, callback) => options.clock.after(milliseconds, () => this.#guard('timer', callback)),
    };
    this.#clock = options.clock;
    this.#log = options.log;
    this.#limits = options.limits ?? defaultLimits;
    this.#servers = new ServerTransactions(options.maxServerTransactions ?? 20_000);
    const values = options.timers ?? defaultTimers;
    this.#timers = { reliable: timersFor(values, true), unreliable: timersFor(values, false) };
    for (const transport of options.transports) {
      transport.start({
        onMessage: (arrival) => this.#guard('message', () => this.#onMessage(arrival)),
        onSendError: (error, remote) => this.#guard('send error', () => this.#onSendError(transport, error, remote)),
      });
    }
  }

  /** Live transactions; both 0 when nothing is left. */
  get size(): { readonly server: number; readonly client: number } {
    return { server: this.#servers.size, client: this.#clients.size };
  }

  get counters(): Readonly<TransactionCounters> {
    return { ...this.#counters };
  }

  /** The timers in use on a transport. */
  timersOf(transport: Transport): Timers {
    return transport.reliable ? this.#timers.reliable : this.#timers.unreliable;
  }

  /**
   * Sends a request (not ACK, not CANCEL) in a transaction of its own; a Via is put on top of it here. The handlers
   * are called when something comes or a timer ends, never before this returns. What is too large for UDP goes by TCP
   * (RFC 3261 §18.1.1), and by UDP nevertheless if there no connection can be made.
   */
  request(message: SipRequest, destination: Destination, handlers: ClientTransactionHandlers): ClientTransaction {
    const branch = newBranch();
    const guarded = this.#guarded(handlers);
    const request = this.#withVia(message, destination, branch);
    const start = () => this.#startClient(request, destination, branch, guarded);
    const stream = serialise(request).length > mostOverUdp ? this.#streamBeside(destination) : undefined;
    if (stream === undefined) return start();
    // The branch stays the same: a peer that did get it by TCP takes what comes by UDP for a retransmission.
    let fellBack = false;
    const first = this.#startClient(this.#withVia(message, stream, branch), stream, branch, {
      onResponse: guarded.onResponse,
      onTimeout: () => guarded.onTimeout?.(),
      onTransportError: () => {
        fellBack = true;
        const second = start();
        if (first instanceof InviteClientTransaction && first.cancelWanted) this.cancel(second);
      },
      onTerminated: () => {
        if (!fellBack) guarded.onTerminated?.();
      },
    });
    return first;
  }

  /** RFC 3261 §18.1.1: where a request goes that is too large for UDP. `undefined` when there is only UDP. */
  #streamBeside({ transport, address }: Destination): Destination | undefined {
    if (transport.reliable) return undefined;
    const { local } = transport;
    const stream = this.#options.transports.find(
      (other) => other.protocol === 'TCP' && sameAddress(other.local, local),
    );
    return stream === undefined ? undefined : { transport: stream, address };
  }

  /**
   * Cancels an INVITE of ours (RFC 3261 §9.1): the CANCEL, which is returned, goes out when a provisional response has
   * come. The INVITE's own final response, normally 487, still comes to its handlers. `undefined`: too late, it has its
   * final response, or it was cancelled before.
   */
  cancel(
    transaction: ClientTransaction,
    extra: Iterable<readonly [name: string, value: string]> = [],
  ): SipRequest | undefined {
    const invite = this.#clients.get(clientKey(transaction.branch, 'INVITE'));
    if (!(invite instanceof InviteClientTransaction)) return undefined;
    const message = cancelFor(invite.request, extra);
    const accepted = invite.cancel(() => {
      this.#startClient(message, invite.destination, invite.branch, { onResponse: () => {} });
    });
    return accepted ? message : undefined;
  }

  /** Sends the ACK for a 2xx; a Via is put on top of it here. */
  sendAck(ack: SipRequest, destination: Destination): SentAck {
    const request = this.#withVia(ack, destination, newBranch());
    const bytes = serialise(request);
    const resend = () => this.#send(bytes, destination);
    resend();
    return { request, resend };
  }

  /** Ends every transaction without a word, then closes the transports. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const transaction of [...this.#servers.list(), ...this.#clients.values()]) {
      this.#guard('close', () => transaction.close());
    }
    await Promise.all(this.#options.transports.map((transport) => transport.close()));
  }

  #onMessage(arrival: Arrival): void {
    if (this.#closed) return;
    const read = parseMessage(arrival.bytes, this.#limits);
    const parsed = arrival.flaw === undefined ? read : withFlaw(read, arrival.flaw);
    switch (parsed.kind) {
      case 'keep-alive':
        return;
      case 'malformed':
        this.#onMalformed(arrival, parsed);
        return;
      case 'message': {
        const { message, core } = parsed;
        const base = {
          core,
          transport: arrival.transport,
          remote: arrival.remote,
          local: arrival.local,
          receivedAt: this.#clock.now(),
        };
        if (message.kind === 'response') this.#onResponse({ ...base, message });
        else {
          const stamped = stampVia(message, core.via, arrival.remote);
          this.#onRequest({ ...base, message: stamped }, arrival.bytes.length);
        }
      }
    }
  }

  #onMalformed(arrival: Arrival, parsed: Extract<ParseResult, { kind: 'malformed' }>): void {
    this.#counters.malformed++;
    this.#log.debug({ from: arrival.remote.address, reason: parsed.reason }, 'Malformed SIP message');
    const { request, status, reason } = parsed;
    const via = request === undefined ? undefined : answerableVia(request);
    if (request === undefined || via === undefined) return;
    if (this.#options.answersMalformed?.(request, arrival.remote) === false) return;
    const message = stampVia(withReadableVias(request, via), via, arrival.remote);
    const { allowedMethods } = this.#options;
    const isUnknown = allowedMethods?.includes(request.method) === false;
    const allowed: Refusal['headers'] = [['Allow', allowedMethods?.join(', ') ?? '']];
    const refusal: Refusal = isUnknown ? { status: 501, headers: allowed } : { status, reason };
    const target = responseTarget(via, arrival.remote, arrival.transport);
    this.#send(serialise(this.#statelessResponse(message, refusal)), target);
  }

  #onRequest(received: ReceivedRequest, size: number): void {
    this.#counters.requests++;
    const { message, core } = received;
    const key = serverKey(message, core, message.method === 'ACK' ? 'INVITE' : message.method);
    const existing = this.#servers.get(key);
    if (message.method === 'ACK') {
      if (existing instanceof InviteServerTransaction && existing.acknowledged(received)) return;
      if (this.#options.admit?.(received) === undefined) this.#options.onAck(received);
      return;
    }
    if (existing !== undefined) {
      this.#counters.retransmissionsAbsorbed++;
      existing.retransmitted();
      return;
    }
    const refusal = this.#options.admit?.(received) ?? this.#overload(size);
    if (refusal === 'ignore') this.#counters.ignored++;
    else if (refusal !== undefined) {
      this.#counters.refused++;
      this.#respondTo(received, this.#statelessResponse(message, refusal));
    } else if (message.method === 'CANCEL') this.#onCancel(received, key, size);
    else this.#startServer(received, key, size);
  }

  #overload(size: number): Refusal | undefined {
    return this.#servers.hasRoom(size) ? undefined : { status: 503, headers: [['Retry-After', '5']] };
  }

  #startServer(received: ReceivedRequest, key: string, size: number): void {
    const Machine = received.message.method === 'INVITE' ? InviteServerTransaction : NonInviteServerTransaction;
    const transaction = this.#makeServer(Machine, received, key, size);
    try {
      this.#options.onRequest(transaction);
    } catch (error) {
      this.#log.error({ fault: faultOf(error), method: received.message.method }, 'Handling a SIP request failed');
      if (!transaction.answered) transaction.respond(this.#statelessResponse(received.message, { status: 500 }));
    }
  }

  #makeServer(
    Machine: typeof InviteServerTransaction | typeof NonInviteServerTransaction,
    received: ReceivedRequest,
    key: string,
    size: number,
  ): InviteServerTransaction | NonInviteServerTransaction {
    const respond = (response: SipResponse) => this.#respondTo(received, response);
    const context = this.#contextOf(received.transport);
    return this.#servers.add(key, size, (onEnd) => new Machine(received, context, respond, onEnd));
  }

  /** RFC 3261 §9.2: the CANCEL is answered here; the INVITE that it means is left to its user. */
  #onCancel(received: ReceivedRequest, key: string, size: number): void {
    const invite = this.#servers.get(serverKey(received.message, received.core, 'INVITE'));
    const transaction = this.#makeServer(NonInviteServerTransaction, received, key, size);
    const found = invite instanceof InviteServerTransaction;
    transaction.respond(this.#statelessResponse(received.message, { status: found ? 200 : 481 }));
    if (found) invite.cancelled(received);
  }

  #onResponse(response: ReceivedResponse): void {
    this.#counters.responses++;
    const branch = response.core.via.params.get('branch');
    const client =
      typeof branch === 'string' ? this.#clients.get(clientKey(branch, response.core.cseq.method)) : undefined;
    if (client === undefined) this.#counters.strayResponses++;
    else client.received(response);
  }

  #onSendError(transport: Transport, error: Error, remote: SocketAddress): void {
    this.#counters.sendErrors++;
    const waiting = [...this.#clients.values()].filter(
      ({ destination }) => destination.transport === transport && sameAddress(destination.address, remote),
    );
    // A connection can be broken by whoever made it, as often as they like; that is worth a line only if it hurts.
    const level = transport.reliable && waiting.length === 0 ? 'debug' : 'warn';
    this.#log[level]({ fault: faultOf(error), to: remote.address }, 'A SIP message could not be sent');
    for (const client of waiting) client.sendFailed(error);
  }

  #startClient(
    request: SipRequest,
    destination: Destination,
    branch: string,
    handlers: ClientTransactionHandlers,
  ): ClientTransaction {
    const key = clientKey(branch, request.method);
    const make = request.method === 'INVITE' ? InviteClientTransaction : NonInviteClientTransaction;
    const transaction = new make(
      { request, destination, branch },
      this.#contextOf(destination.transport),
      handlers,
      (sent) => this.#send(serialise(sent), destination),
      () => this.#clients.delete(key),
    );
    this.#clients.set(key, transaction);
    transaction.start();
    return transaction;
  }

  #withVia(message: SipRequest, destination: Destination, branch: string): SipRequest {
    const { transport, address } = destination;
    const local = transport.addressToward(address);
    const params = new Map<string, string | null>([
      ['rport', null],
      ['branch', branch],
    ]);
    const via = formatVia({ protocol: transport.protocol, host: local.address, port: local.port, params });
    return { ...message, headers: message.headers.prepend('Via', via) };
  }

  #respondTo(received: ReceivedRequest, response: SipResponse): void {
    const target = responseTarget(received.core.via, received.remote, received.transport);
    this.#send(serialise(response), target);
  }

  /**
   * The To tag for answers to `request`. It follows from the request, so that retransmissions answered without a
   * transaction get the same one (RFC 3261 §8.2.7), and a CANCEL the one of its INVITE (§9.2); nobody can guess it.
   */
  toTagFor(request: SipRequest): string {
    const cseq = (request.headers.get('CSeq') ?? '').split(' ', 1);
    const via = parseVia(request.headers.get('Via') ?? '')?.params.get('branch') ?? '';
    const seed = [via, request.headers.get('From'), request.headers.get('Call-ID'), ...cseq].join('\n');
    return createHmac('sha256', this.#tagKey).update(seed).digest('hex').slice(0, 16);
  }

  #statelessResponse(request: SipRequest, refusal: Refusal): SipResponse {
    const toTag = this.toTagFor(request);
    const { status, reason, headers } = refusal;
    return responseTo(request, status, {
      toTag,
      ...(reason === undefined ? {} : { reason }),
      ...(headers === undefined ? {} : { headers }),
    });
  }

  #send(bytes: Buffer, destination: Destination): void {
    if (!this.#closed) destination.transport.send(bytes, destination.address, destination.connectTo);
  }

  #contextOf(transport: Transport): TransactionContext {
    return { clock: this.#guardedClock, timers: this.timersOf(transport), reliable: transport.reliable };
  }

  #guarded(handlers: ClientTransactionHandlers): ClientTransactionHandlers {
    return {
      onResponse: (response) => this.#guard('response', () => handlers.onResponse(response)),
      onTimeout: () => this.#guard('time-out', () => handlers.onTimeout?.()),
      onTransportError: (error) => this.#guard('transport error', () => handlers.onTransportError?.(error)),
      onTerminated: () => this.#guard('end', () => handlers.onTerminated?.()),
    };
  }

  /** A fault in what is done with one message must not take the socket, and every other call, with it. */
  #guard(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#log.error({ fault: faultOf(error) }, `Handling a SIP ${what} failed`);
    }
  }
}
