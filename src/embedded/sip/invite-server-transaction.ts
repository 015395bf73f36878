import { isSuccess, responseTo, type SipResponse } from './message.ts';
import { TimerSet } from './timer-set.ts';
import {
  assertMove,
  type ReceivedRequest,
  type ServerTransaction,
  type ServerTransactionHandlers,
  type TransactionContext,
} from './transaction.ts';

/*
 * The INVITE server transaction: RFC 3261 §17.2.1 as amended by RFC 6026 §7.1.
 *
 *                     INVITE
 *                       |
 *                       v          INVITE: last provisional again
 *   2xx             Proceeding     "trying" timer: 100
 *    +-----------------+---------------+ 300-699
 *    v                                 v
 *  Accepted  INVITE: nothing        Completed  INVITE, timer G: response again
 *    |       2xx: sent                 |
 *    |       ACK: to the user          +------------ ACK ----------+
 *    |                                 | timer H: onTimeout        v
 *    | timer L                         |                       Confirmed  ACK: nothing
 *    v                                 v                           | timer I
 *  Terminated <------------------------+---------------------------+
 */
export type InviteServerState = 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated';

const moves: Readonly<Record<InviteServerState, readonly InviteServerState[]>> = {
  proceeding: ['accepted', 'completed', 'terminated'],
  accepted: ['terminated'],
  completed: ['confirmed', 'terminated'],
  confirmed: ['terminated'],
  terminated: [],
};

type TimerName = 'trying' | 'g' | 'h' | 'i' | 'l';

type Event =
  | { kind: 'invite' }
  | { kind: 'ack'; ack: ReceivedRequest }
  | { kind: 'cancel'; cancel: ReceivedRequest }
  | { kind: 'respond'; response: SipResponse }
  | { kind: 'timer'; name: TimerName }
  | { kind: 'close' };

/** One INVITE that came in. Made and fed by the transaction layer. */
export class InviteServerTransaction implements ServerTransaction {
  readonly received: ReceivedRequest;
  handlers: ServerTransactionHandlers = {};
  readonly #context: TransactionContext;
  readonly #send: (response: SipResponse) => void;
  readonly #onEnd: () => void;
  readonly #timers: TimerSet<TimerName>;
  #state: InviteServerState = 'proceeding';
  #last: SipResponse | undefined;
  #interval = 0;

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
    this.#timers.start('trying', context.timers.trying);
  }

  get state(): InviteServerState {
    return this.#state;
  }

  get answered(): boolean {
    return this.#state !== 'proceeding';
  }

  respond(response: SipResponse): boolean {
    return this.#handle({ kind: 'respond', response });
  }

  /** The INVITE came again. */
  retransmitted(): void {
    this.#handle({ kind: 'invite' });
  }

  /** An ACK came that belongs to this transaction. Whether it was for a response other than 2xx, and so ends here. */
  acknowledged(ack: ReceivedRequest): boolean {
    return this.#handle({ kind: 'ack', ack });
  }

  cancelled(cancel: ReceivedRequest): void {
    this.#handle({ kind: 'cancel', cancel });
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
      case 'proceeding':
        return this.#whenProceeding(event);
      case 'accepted':
        if (event.kind === 'respond' && isSuccess(event.response)) {
          this.#send(event.response);
          return true;
        }
        if (event.kind === 'timer' && event.name === 'l') this.#enter('terminated');
        return false;
      case 'completed':
        return this.#whenCompleted(event);
      case 'confirmed':
        if (event.kind === 'timer' && event.name === 'i') this.#enter('terminated');
        return event.kind === 'ack';
      case 'terminated':
        return false;
    }
  }

  #whenProceeding(event: Exclude<Event, { kind: 'close' }>): boolean {
    switch (event.kind) {
      case 'invite':
        if (this.#last !== undefined) this.#send(this.#last);
        return true;
      case 'cancel':
        this.handlers.onCancel?.(event.cancel);
        return true;
      case 'timer':
        this.#provisional(responseTo(this.received.message, 100));
        return true;
      case 'respond':
        if (event.response.status < 200) this.#provisional(event.response);
        else {
          this.#last = event.response;
          this.#send(event.response);
          this.#enter(isSuccess(event.response) ? 'accepted' : 'completed');
        }
        return true;
      case 'ack':
        return false;
    }
  }

  #provisional(response: SipResponse): void {
    this.#timers.stop('trying');
    this.#last = response;
    this.#send(response);
  }

  #whenCompleted(event: Exclude<Event, { kind: 'close' }>): boolean {
    switch (event.kind) {
      case 'invite':
        this.#repeat();
        return true;
      case 'ack':
        this.#enter('confirmed');
        this.handlers.onAck?.(event.ack);
        return true;
      case 'timer':
        if (event.name === 'g') {
          this.#repeat();
          this.#interval = Math.min(2 * this.#interval, this.#context.timers.t2);
          this.#timers.start('g', this.#interval);
        } else {
          this.#enter('terminated', () => this.handlers.onTimeout?.());
        }
        return true;
      case 'respond':
      case 'cancel':
        return false;
    }
  }

  #repeat(): void {
    if (this.#last !== undefined) this.#send(this.#last);
  }

  /** Timers start here and nowhere else; those of the state that is left are stopped first. */
  #enter(next: InviteServerState, beforeEnd?: () => void): void {
    assertMove(moves, this.#state, next);
    const { timers, reliable } = this.#context;
    this.#timers.stopAll();
    this.#state = next;
    switch (next) {
      case 'accepted':
        this.#timers.start('l', timers.l);
        break;
      case 'completed':
        this.#interval = timers.g;
        if (!reliable) this.#timers.start('g', timers.g);
        this.#timers.start('h', timers.h);
        break;
      case 'confirmed':
        this.#timers.start('i', timers.i);
        break;
      case 'terminated':
        this.#onEnd();
        beforeEnd?.();
        this.handlers.onTerminated?.();
        break;
      case 'proceeding':
        break;
    }
  }
}
