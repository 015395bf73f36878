import type { SipResponse } from './message.ts';
import { TimerSet } from './timer-set.ts';
import {
  assertMove,
  type ReceivedRequest,
  type ServerTransaction,
  type ServerTransactionHandlers,
  type TransactionContext,
} from './transaction.ts';

/*
 * The server transaction of every method but INVITE and ACK: RFC 3261 §17.2.2.
 *
 *   request --> Trying      request: nothing
 *                 | 1xx
 *                 v
 *            Proceeding     request: last provisional again; 1xx: sent
 *                 | 200-699 (also straight from Trying)
 *                 v
 *             Completed     request: response again
 *                 | timer J
 *                 v
 *            Terminated
 */
export type NonInviteServerState = 'trying' | 'proceeding' | 'completed' | 'terminated';

const moves: Readonly<Record<NonInviteServerState, readonly NonInviteServerState[]>> = {
  trying: ['proceeding', 'completed', 'terminated'],
  proceeding: ['proceeding', 'completed', 'terminated'],
  completed: ['terminated'],
  terminated: [],
};

type TimerName = 'answer' | 'j';

type Event =
  | { kind: 'request' }
  | { kind: 'respond'; response: SipResponse }
  | { kind: 'timer'; name: TimerName }
  | { kind: 'close' };

/** One request other than INVITE that came in. Made and fed by the transaction layer. */
export class NonInviteServerTransaction implements ServerTransaction {
  readonly received: ReceivedRequest;
  handlers: ServerTransactionHandlers = {};
  readonly #context: TransactionContext;
  readonly #send: (response: SipResponse) => void;
  readonly #onEnd: () => void;
  readonly #timers: TimerSet<TimerName>;
  #state: NonInviteServerState = 'trying';
  #last: SipResponse | undefined;

  constructor(
    received: ReceivedRequest,
    context: TransactionContext,
    send: (response: SipResponse) => void,
    onEnd: () => void,
  ) {
    this.received = received;
    this.#context = context;
    this.#send = send;
    this.#onEnd = onEnd;
    this.#timers = new TimerSet(context.clock, (name) => this.#handle({ kind: 'timer', name }));
    // The client gives up after its timer F (RFC 4320 §4.2: a later answer only harms); an unanswered request is then
    // forgotten here, too, so that a user that never answers cannot make the table grow for ever.
    this.#timers.start('answer', context.timers.f);
  }

  get state(): NonInviteServerState {
    return this.#state;
  }

  get answered(): boolean {
    return this.#state === 'completed' || this.#state === 'terminated';
  }

  respond(response: SipResponse): boolean {
    return this.#handle({ kind: 'respond', response });
  }

  /** The request came again. */
  retransmitted(): void {
    this.#handle({ kind: 'request' });
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
      case 'trying':
      case 'proceeding':
        if (event.kind === 'timer') this.#enter('terminated', () => this.handlers.onTimeout?.());
        else if (event.kind === 'request') this.#repeat();
        else {
          this.#last = event.response;
          this.#send(event.response);
          if (event.response.status >= 200) this.#enter('completed');
          else this.#state = 'proceeding';
        }
        return true;
      case 'completed':
        if (event.kind === 'timer') this.#enter('terminated');
        else if (event.kind === 'request') this.#repeat();
        return event.kind !== 'respond';
      case 'terminated':
        return false;
    }
  }

  #repeat(): void {
    if (this.#last !== undefined) this.#send(this.#last);
  }

  /** Leaving for Completed or Terminated; the timer of the state that is left is stopped first. */
  #enter(next: 'completed' | 'terminated', beforeEnd?: () => void): void {
    assertMove<NonInviteServerState>(moves, this.#state, next);
    this.#timers.stopAll();
    this.#state = next;
    if (next === 'completed') this.#timers.start('j', this.#context.timers.j);
    else {
      this.#onEnd();
      beforeEnd?.();
      this.handlers.onTerminated?.();
    }
  }
}
