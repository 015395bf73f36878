import type { Clock } from '../clock.ts';
import { TimerSet } from './timer-set.ts';
import type { Timers } from './timers.ts';

/*
 * A 2xx to an INVITE on its way to its ACK: RFC 3261 §13.3.1.4.
 *
 *   2xx sent --> Waiting    timer "again": 2xx again, T1 doubling up to T2 (on every transport)
 *                   | ACK                 | 64*T1
 *                   v                     v
 *               Confirmed              Expired: onTimeout (the dialog is to be ended with BYE)
 */
type State = 'waiting' | 'confirmed' | 'expired';

export interface AnswerRetransmissionOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Sends the 2xx once more. */
  resend(): void;
  /** No ACK within 64*T1. The dialog stands, but should be ended with a BYE. */
  onTimeout(): void;
}

/** Repeats a 2xx until its ACK comes. The first sending is the caller's; make this right after it. */
export class AnswerRetransmission {
  readonly #options: AnswerRetransmissionOptions;
  readonly #timers: TimerSet<'again' | 'patience'>;
  #state: State = 'waiting';
  #interval: number;

  constructor(options: AnswerRetransmissionOptions) {
    this.#options = options;
    this.#interval = options.timers.t1;
    this.#timers = new TimerSet(options.clock, (name) => (name === 'again' ? this.#again() : this.#expire()));
    this.#timers.start('again', this.#interval);
    this.#timers.start('patience', 64 * options.timers.t1);
  }

  get state(): State {
    return this.#state;
  }

  /** The ACK came, or the dialog ended and nothing is to be repeated any more. Harmless when called again. */
  stop(): void {
    this.#timers.stopAll();
    if (this.#state === 'waiting') this.#state = 'confirmed';
  }

  #again(): void {
    this.#options.resend();
    this.#interval = Math.min(2 * this.#interval, this.#options.timers.t2);
    this.#timers.start('again', this.#interval);
  }

  #expire(): void {
    this.#timers.stopAll();
    this.#state = 'expired';
    this.#options.onTimeout();
  }
}
