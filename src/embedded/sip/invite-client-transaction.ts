import type { HeaderList } from './headers.ts';
import { isSuccess, makeRequest, type SipRequest, type SipResponse } from './message.ts';
import { TimerSet } from './timer-set.ts';
import {
  assertMove,
  type ClientTransaction,
  type ClientTransactionHandlers,
  type Destination,
  type ReceivedResponse,
  type TransactionContext,
} from './transaction.ts';

/*
 * The INVITE client transaction: RFC 3261 §17.1.1 as amended by RFC 6026 §7.2, with §9.1 (CANCEL).
 *
 *   INVITE --> Calling        timer A: INVITE again
 *                 | 1xx       timer B, send error: reported, Terminated
 *                 v
 *             Proceeding      1xx: to the user; a CANCEL that was asked for is sent now
 *                 |           timer "cancel" (64*T1 after the CANCEL): reported, Terminated
 *      2xx +------+------+ 300-699: ACK   (both also straight from Calling)
 *          v             v
 *      Accepted      Completed   300-699: ACK again
 *   2xx: to the user     |
 *          | timer M     | timer D
 *          v             v
 *             Terminated
 */
export type InviteClientState = 'calling' | 'proceeding' | 'accepted' | 'completed' | 'terminated';

const moves: Readonly<Record<InviteClientState, readonly InviteClientState[]>> = {
  calling: ['proceeding', 'accepted', 'completed', 'terminated'],
  proceeding: ['accepted', 'completed', 'terminated'],
  accepted: ['terminated'],
  completed: ['terminated'],
  terminated: [],
};

type TimerName = 'a' | 'b' | 'd' | 'm' | 'cancel';

type Event =
  | { kind: 'response'; response: ReceivedResponse }
  | { kind: 'cancel'; send: () => void }
  | { kind: 'timer'; name: TimerName }
  | { kind: 'send-error'; error: Error }
  | { kind: 'close' };

/** One INVITE that we send. Made and fed by the transaction layer. */
export class InviteClientTransaction implements ClientTransaction {
  readonly request: SipRequest;
  readonly destination: Destination;
  readonly branch: string;
  readonly #context: TransactionContext;
  readonly #handlers: ClientTransactionHandlers;
  readonly #send: (request: SipRequest) => void;
  readonly #onEnd: () => void;
  readonly #timers: TimerSet<TimerName>;
  #state: InviteClientState = 'calling';
  #interval: number;
  #ack: SipRequest | undefined;
  #sendCancel: (() => void) | undefined;

  constructor(
    sent: { request: SipRequest; destination: Destination; branch: string },
    context: TransactionContext,
    handlers: ClientTransactionHandlers,
    send: (request: SipRequest) => void,
    onEnd: () => void,
  ) {
    this.request = sent.request;
    this.destination = sent.destination;
    this.branch = sent.branch;
    this.#context = context;
    this.#handlers = handlers;
    this.#send = send;
    this.#onEnd = onEnd;
    this.#timers = new TimerSet(context.clock, (name) => this.#handle({ kind: 'timer', name }));
    this.#interval = context.timers.a;
  }

  get state(): InviteClientState {
    return this.#state;
  }

  /** Sends the INVITE for the first time. */
  start(): void {
    this.#send(this.request);
    if (this.#state !== 'calling') return;
    if (!this.#context.reliable) this.#timers.start('a', this.#interval);
    this.#timers.start('b', this.#context.timers.b);
  }

  received(response: ReceivedResponse): void {
    this.#handle({ kind: 'response', response });
  }

  /** Whether a CANCEL was asked for, sent or not. */
  get cancelWanted(): boolean {
    return this.#sendCancel !== undefined;
  }

  /** Asks for `send`, which sends the CANCEL: now, or when the first provisional response allows it. `false`: too late. */
  cancel(send: () => void): boolean {
    return this.#handle({ kind: 'cancel', send });
  }

  sendFailed(error: Error): void {
    this.#handle({ kind: 'send-error', error });
  }

  /** Ends it at once, without a word to anybody. */
  close(): void {
    this.#handle({ kind: 'close' });
  }

  /** The one transition function. Whether the event was of use in the present state. */
  #handle(event: Event): boolean {
    if (event.kind === 'close') {
      if (this.#state !== 'terminated') this.#enter('terminated');
      return true;
    }
    switch (this.#state) {
      case 'calling':
      case 'proceeding':
        return this.#beforeFinal(event);
      case 'accepted':
        if (event.kind === 'timer' && event.name === 'm') this.#enter('terminated');
        else if (event.kind === 'response' && isSuccess(event.response.message)) {
          this.#handlers.onResponse(event.response);
        }
        return event.kind === 'response';
      case 'completed':
        if (event.kind === 'timer' && event.name === 'd') this.#enter('terminated');
        else if (event.kind === 'response' && event.response.message.status >= 300 && this.#ack !== undefined) {
          this.#send(this.#ack);
        }
        return event.kind === 'response';
      case 'terminated':
        return false;
    }
  }

  #beforeFinal(event: Exclude<Event, { kind: 'close' }>): boolean {
    switch (event.kind) {
      case 'response':
        this.#onResponse(event.response);
        return true;
      case 'cancel':
        if (this.#sendCancel !== undefined) return false;
        this.#sendCancel = event.send;
        if (this.#state === 'proceeding') this.#cancelNow();
        return true;
      case 'send-error':
        if (this.#state !== 'calling') return false;
        this.#enter('terminated', () => this.#handlers.onTransportError?.(event.error));
        return true;
      case 'timer':
        if (event.name === 'a') {
          this.#send(this.request);
          this.#interval *= 2;
          this.#timers.start('a', this.#interval);
        } else this.#enter('terminated', () => this.#handlers.onTimeout?.());
        return true;
    }
  }

  #onResponse(response: ReceivedResponse): void {
    const { status } = response.message;
    if (status < 200) {
      if (this.#state === 'calling') {
        this.#enter('proceeding');
        if (this.#sendCancel !== undefined) this.#cancelNow();
      }
    } else if (status < 300) this.#enter('accepted');
    else {
      this.#ack = ackForFailure(this.request, response.message);
      this.#send(this.#ack);
      this.#enter('completed');
    }
    this.#handlers.onResponse(response);
  }

  #cancelNow(): void {
    this.#sendCancel?.();
    this.#timers.start('cancel', 64 * this.#context.timers.t1);
  }

  /** Timers start here, in `start` and where they repeat; those of the state that is left are stopped first. */
  #enter(next: InviteClientState, beforeEnd?: () => void): void {
    assertMove(moves, this.#state, next);
    this.#timers.stopAll();
    this.#state = next;
    if (next === 'accepted') this.#timers.start('m', this.#context.timers.m);
    else if (next === 'completed') this.#timers.start('d', this.#context.timers.d);
    else if (next === 'terminated') {
      this.#onEnd();
      beforeEnd?.();
      this.#handlers.onTerminated?.();
    }
  }
}

/** RFC 3261 §17.1.1.3: the INVITE's own Via, the response's To, the INVITE's Route. */
function ackForFailure(invite: SipRequest, response: SipResponse): SipRequest {
  const cseq = invite.headers.get('CSeq') ?? '';
  let headers: HeaderList = invite.headers
    .only('Via', 'Route', 'From', 'To', 'Call-ID', 'CSeq')
    .set('CSeq', cseq.replace(/\S+$/, 'ACK'))
    .append('Max-Forwards', '70');
  const via = invite.headers.get('Via');
  if (via !== undefined) headers = headers.set('Via', via);
  const to = response.headers.get('To');
  if (to !== undefined) headers = headers.set('To', to);
  return makeRequest('ACK', invite.uri, headers);
}
