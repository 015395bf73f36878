import type { SipRequest } from './message.ts';
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
 * The client transaction of every method but INVITE and ACK: RFC 3261 §17.1.2.
 *
 *   request --> Trying       timer E: request again, doubling up to T2
 *                 | 1xx      timer F, send error: reported, Terminated
 *                 v
 *            Proceeding      timer E: request again every T2; timer F: reported, Terminated
 *                 | 200-699 (also straight from Trying)
 *                 v
 *             Completed      responses: nothing
 *                 | timer K
 *                 v
 *            Terminated
 */
export type NonInviteClientState = 'trying' | 'proceeding' | 'completed' | 'terminated';

const moves: Readonly<Record<NonInviteClientState, readonly NonInviteClientState[]>> = {
  trying: ['proceeding', 'completed', 'terminated'],
  proceeding: ['completed', 'terminated'],
  completed: ['terminated'],
  terminated: [],
};

type TimerName = 'e' | 'f' | 'k';

type Event =
  | { kind: 'response'; response: ReceivedResponse }
  | { kind: 'timer'; name: TimerName }
  | { kind: 'send-error'; error: Error }
  | { kind: 'close' };

/** One request other than INVITE that we send. Made and fed by the transaction layer. */
export class NonInviteClientTransaction implements ClientTransaction {
  readonly request: SipRequest;
  readonly destination: Destination;
  readonly branch: string;
  readonly #context: TransactionContext;
  readonly #handlers: ClientTransactionHandlers;
  readonly #send: (request: SipRequest) => void;
  readonly #onEnd: () => void;
  readonly #timers: TimerSet<TimerName>;
  #state: NonInviteClientState = 'trying';
  #interval: number;

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
    this.#interval = context.timers.e;
  }

  get state(): NonInviteClientState {
    return this.#state;
  }

  /** Sends the request for the first time. */
  start(): void {
    this.#send(this.request);
    if (this.#state !== 'trying') return;
    if (!this.#context.reliable) this.#timers.start('e', this.#interval);
    this.#timers.start('f', this.#context.timers.f);
  }

  received(response: ReceivedResponse): void {
    this.#handle({ kind: 'response', response });
  }

  sendFailed(error: Error): void {
    this.#handle({ kind: 'send-error', error });
  }

  /** Ends it at once, without a word to anybody. */
  close(): void {
    this.#handle({ kind: 'close' });
  }

  /** The one transition function. */
  #handle(event: Event): void {
    if (this.#state === 'terminated') return;
    if (event.kind === 'close') {
      this.#enter('terminated');
      return;
    }
    if (this.#state === 'completed') {
      if (event.kind === 'timer') this.#enter('terminated');
      return;
    }
    switch (event.kind) {
      case 'response':
        if (event.response.message.status >= 200) this.#enter('completed');
        else if (this.#state === 'trying') this.#enter('proceeding');
        this.#handlers.onResponse(event.response);
        return;
      case 'send-error':
        if (this.#state === 'trying') {
          this.#enter('terminated', () => this.#handlers.onTransportError?.(event.error));
        }
        return;
      case 'timer':
        if (event.name !== 'e') {
          this.#enter('terminated', () => this.#handlers.onTimeout?.());
          return;
        }
        this.#send(this.request);
        this.#interval =
          this.#state === 'trying' ? Math.min(2 * this.#interval, this.#context.timers.t2) : this.#context.timers.t2;
        this.#timers.start('e', this.#interval);
    }
  }

  /** Timer F runs on through Proceeding; every other timer ends with the state that it belongs to. */
  #enter(next: NonInviteClientState, beforeEnd?: () => void): void {
    assertMove(moves, this.#state, next);
    this.#state = next;
    if (next === 'proceeding') return;
    this.#timers.stopAll();
    if (next === 'completed') this.#timers.start('k', this.#context.timers.k);
    else {
      this.#onEnd();
      beforeEnd?.();
      this.#handlers.onTerminated?.();
    }
  }
}
