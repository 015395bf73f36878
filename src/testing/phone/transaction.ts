import { performance } from 'node:perf_hooks';
import type { SipRequest, SipResponse } from './sip-message.ts';
import type { Timers } from './timers.ts';

/** The timer values of RFC 3261 §17.1.1.1, in milliseconds: T1 can be shortened, T2 and T4 are as there. */
export const T1 = 500;
const T2 = 4_000;
const T4 = 5_000;

/** What a client transaction needs of its user agent. */
export interface TransactionPorts {
  readonly timers: Timers;
  readonly t1: number;
  /** Whether the transport retransmits by itself: then nothing is sent again (RFC 3261 §17.1.1.2, §17.1.2.2). */
  readonly reliable: boolean;
  /** Puts the request on the wire; called again for each retransmission. */
  send(request: SipRequest): void;
  /** Builds the ACK for a final response of 300–699, which belongs to the transaction (RFC 3261 §17.1.1.3). */
  acknowledge(response: SipResponse): SipRequest;
  onResponse(response: SipResponse): void;
  /** Timer B or F: no final response came (RFC 3261 §8.1.3.1). */
  onTimeout(): void;
  /** The transaction is over and needs no more responses. */
  onTerminated(): void;
}

type State = 'calling' | 'trying' | 'proceeding' | 'completed' | 'terminated';

/** From where each state may be entered: RFC 3261 figures 5 and 6 (`calling` is INVITE's name for `trying`). */
const ENTERED_FROM: Readonly<Record<State, readonly State[]>> = {
  calling: [],
  trying: [],
  proceeding: ['calling', 'trying', 'proceeding'],
  completed: ['calling', 'trying', 'proceeding'],
  terminated: ['calling', 'trying', 'proceeding', 'completed'],
};

/** A client transaction: INVITE (RFC 3261 §17.1.1, timers A, B, D) and the others (§17.1.2, timers E, F, K). */
export class ClientTransaction {
  readonly request: SipRequest;
  readonly #ports: TransactionPorts;
  readonly #invite: boolean;
  #state: State;
  #ack: SipRequest | undefined;
  #cancelResend: () => void = () => undefined;
  #cancelTimeout: () => void = () => undefined;

  /** Sends the request. */
  constructor(request: SipRequest, ports: TransactionPorts) {
    this.request = request;
    this.#ports = ports;
    this.#invite = request.method === 'INVITE';
    this.#state = this.#invite ? 'calling' : 'trying';
    ports.send(request);
    if (!ports.reliable) this.#resendAfter(ports.t1);
    this.#cancelTimeout = ports.timers.after(64 * ports.t1, () => {
      if (this.#state === 'completed' || (this.#invite && this.#state === 'proceeding')) return;
      this.#enter('terminated');
      ports.onTimeout();
    });
  }

  /** Takes a response that matches this transaction's branch and method (RFC 3261 §17.1.3). */
  receive(response: SipResponse): void {
    if (this.#state === 'terminated') return;
    if (this.#state === 'completed') {
      // A repeated final response: the ACK was lost (RFC 3261 §17.1.1.2); the others are absorbed.
      if (this.#ack !== undefined && response.status >= 300) this.#ports.send(this.#ack);
      return;
    }
    if (response.status < 200) {
      this.#enter('proceeding');
      this.#ports.onResponse(response);
      return;
    }
    if (this.#invite && response.status < 300) {
      // A 2xx goes to the call at once, and its repetitions do, too: the ACK is the call's own (RFC 3261 §13.2.2.4).
      this.#enter('terminated');
      this.#ports.onResponse(response);
      return;
    }
    this.#enter('completed');
    if (this.#invite) {
      this.#ack = this.#ports.acknowledge(response);
      this.#ports.send(this.#ack);
    }
    // Timer D is at least 32 s, timer K is T4: how long repeated final responses are absorbed.
    this.#ports.timers.after(this.#invite ? 64 * T1 : T4, () => this.#enter('terminated'));
    this.#ports.onResponse(response);
  }

  #enter(state: State): void {
    if (this.#state === 'terminated') return;
    if (!ENTERED_FROM[state].includes(this.#state)) {
      throw new Error(`A transaction cannot go from ${this.#state} to ${state}`);
    }
    this.#state = state;
    if (state === 'proceeding' && !this.#invite) return;
    this.#cancelResend();
    if (state === 'proceeding') return;
    this.#cancelTimeout();
    if (state === 'terminated') this.#ports.onTerminated();
  }

  /**
   * Sends again after `interval`: timer A doubles without bound; timer E doubles up to T2, and is T2 once a provisional
   * response came. Each is counted from when the last one was due, so that a busy machine does not stretch the sum.
   */
  #resendAfter(interval: number, due = performance.now() + interval): void {
    this.#cancelResend = this.#ports.timers.after(Math.max(0, due - performance.now()), () => {
      this.#ports.send(this.request);
      const doubled = 2 * interval;
      const slow = this.#state === 'proceeding' ? T2 : Math.min(doubled, T2);
      const next = this.#invite ? doubled : slow;
      this.#resendAfter(next, due + next);
    });
  }
}
