import { randomInt } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { TimerSet } from '../sip/timer-set.ts';
import type { Timers } from '../sip/timers.ts';

/** A response that waits for its turn, or is being repeated. */
export interface QueuedResponse {
  /** Whether it carries a session description, which a 2xx must not overtake (RFC 3262 §3). */
  readonly hasDescription: boolean;
  /** Whether the application is to hear of the PRACK: it asked for reliability itself. */
  readonly toApplication: boolean;
  /** Sends it with this RSeq and gives what repeats it; `undefined` when it could not be sent. */
  transmit(sequence: number): (() => void) | undefined;
  /** It will not be sent any more. */
  drop(): void;
}

/** What RAck says (RFC 3262 §7.2): the RSeq of the response, and the INVITE's CSeq. */
export interface Acknowledged {
  readonly toApplication: boolean;
}

export interface ProvisionalsOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** The sequence number of the INVITE. */
  readonly inviteSequence: number;
  /** No PRACK within 64*T1: the INVITE is to be refused with 5xx. */
  onTimeout(): void;
}

/*
 * The reliable provisional responses to one INVITE: RFC 3262 §3. One at a time is on its way; the others wait.
 *
 *            send               timer "again": the response again, T1 doubling
 *   idle ----------> waiting ---------------------------------------------.
 *    ^                |  |  ^_____________________________________________/
 *    +--- PRACK ------+  | 64*T1: onTimeout
 *                        | final response
 *                        v
 *                       over   a PRACK for what was on its way still fits
 */
type State = 'idle' | 'waiting' | 'over';

/** Repeats reliable provisional responses until each has its PRACK, and keeps their order. */
export class Provisionals {
  readonly #options: ProvisionalsOptions;
  readonly #timers: TimerSet<'again' | 'patience'>;
  readonly #waiting: QueuedResponse[] = [];
  #state: State = 'idle';
  #sequence = randomInt(1, 2 ** 31);
  #onItsWay: (QueuedResponse & { readonly sequence: number; readonly repeat: () => void }) | undefined;
  #interval = 0;
  #afterwards: { readonly send: () => void; readonly drop: () => void } | undefined;
  /** Whether a description of ours has reached the other side, so that its offer has an answer. */
  #described = false;

  constructor(options: ProvisionalsOptions) {
    this.#options = options;
    this.#timers = new TimerSet(options.clock, (name) => (name === 'again' ? this.#again() : this.#expire()));
  }

  /** Whether a description went by a response whose PRACK has come. */
  get described(): boolean {
    return this.#described;
  }

  /** Whether a 2xx has to wait for a PRACK. */
  get holdsAnswer(): boolean {
    return this.#onItsWay?.hasDescription === true || this.#waiting.some(({ hasDescription }) => hasDescription);
  }

  /** Sends a response, now or when it is its turn. */
  send(response: QueuedResponse): void {
    if (this.#state === 'over' || this.#afterwards !== undefined) response.drop();
    else {
      this.#waiting.push(response);
      this.#next();
    }
  }

  /** Sends the 2xx once nothing holds it back any more; `drop` is called instead when the INVITE ends otherwise. */
  answer(send: () => void, drop: () => void): void {
    if (this.#afterwards !== undefined) drop();
    else {
      this.#afterwards = { send, drop };
      this.#next();
    }
  }

  /**
   * A PRACK came. `undefined` when it acknowledges nothing that is on its way (481). Say {@link proceed} after it has
   * been dealt with.
   */
  acknowledge(rack: string): Acknowledged | undefined {
    // What stands behind the method is let pass, as drachtio-server does: its own scenarios write "INVITE INVITE".
    const match = /^\s*(\d{1,10})\s+(\d{1,10})\s+INVITE(?:\s|$)/.exec(rack);
    const sent = this.#onItsWay;
    if (match === null || sent === undefined) return undefined;
    if (Number(match[1]) !== sent.sequence || Number(match[2]) !== this.#options.inviteSequence) return undefined;
    this.#timers.stopAll();
    this.#onItsWay = undefined;
    this.#described ||= sent.hasDescription;
    const toApplication = sent.toApplication && this.#state === 'waiting';
    if (this.#state === 'waiting') this.#state = 'idle';
    return { toApplication };
  }

  /** Sends what has waited for a PRACK. */
  proceed(): void {
    this.#next();
  }

  /** The INVITE has its final response: nothing is repeated or sent any more. Harmless when called again. */
  end(): void {
    this.#timers.stopAll();
    this.#state = 'over';
    for (const response of this.#waiting.splice(0)) response.drop();
    const afterwards = this.#afterwards;
    this.#afterwards = undefined;
    afterwards?.drop();
  }

  #next(): void {
    if (this.#state === 'over') return;
    if (this.#afterwards !== undefined && !this.holdsAnswer) {
      const { send } = this.#afterwards;
      this.#afterwards = undefined;
      this.end();
      send();
      return;
    }
    if (this.#state === 'waiting') return;
    for (let response = this.#waiting.shift(); response !== undefined; response = this.#waiting.shift()) {
      const sequence = this.#sequence++;
      const repeat = response.transmit(sequence);
      if (repeat === undefined) continue;
      this.#onItsWay = { ...response, sequence, repeat };
      this.#state = 'waiting';
      this.#interval = this.#options.timers.t1;
      this.#timers.start('again', this.#interval);
      this.#timers.start('patience', 64 * this.#options.timers.t1);
      return;
    }
  }

  #again(): void {
    this.#onItsWay?.repeat();
    this.#interval *= 2;
    this.#timers.start('again', this.#interval);
  }

  #expire(): void {
    this.end();
    this.#options.onTimeout();
  }
}
