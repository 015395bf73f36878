import { performance } from 'node:perf_hooks';
import type { LadderStep } from './call-log.ts';
import type { CallEnding, CallOptions } from './call-options.ts';
import type { Dialog } from './dialog.ts';
import { Session } from './session.ts';
import { cseq, type HeaderField, header, type SipMessage, type SipRequest, type SipResponse } from './sip-message.ts';
import { type Address, responseTo, type UserAgent } from './user-agent.ts';
import { WaitFailed, type Waits } from './waits.ts';

const SDP_TYPE: HeaderField = { name: 'Content-Type', value: 'application/sdp' };
/** The longest wait between two repetitions of a 2xx (RFC 3261 §13.3.1.4), in milliseconds. */
const T2 = 4_000;

/** What the signalling of a call needs of the call. */
export interface LegPorts {
  /** Takes the answer to the first offer, or the one that comes in an ACK. */
  takeAnswer(sdp: string): void;
  /** Takes the offer of a 2xx and gives the answer for its ACK. */
  answerLate(sdp: string): string;
  /** The description that stands, for a re-INVITE that changes nothing. */
  description(): string;
  /** Takes an offer of the far side and returns the answer; for an empty one, makes an offer. */
  answerOffer(sdp: string): string;
  progress(status: number, reason: string): void;
  /** The call is over; told once. */
  ended(ending: CallEnding): void;
  describe(): string;
}

type State = 'calling' | 'answered' | 'hanging-up' | 'ended';

/** From where each state may be entered. */
const ENTERED_FROM: Readonly<Record<State, readonly State[]>> = {
  calling: [],
  answered: ['calling'],
  'hanging-up': ['answered'],
  ended: ['calling', 'answered', 'hanging-up'],
};

/**
 * The signalling of one call, as its caller: INVITE and its ACK, CANCEL, BYE, requests in the dialog both ways
 * (RFC 3261 §12–15). It knows session descriptions only as text.
 *
 *     calling ──2xx──► answered ──BYE sent──► hanging-up ──2xx or time-out──► ended
 *        └──300–699, timer B──────┴──BYE received─────────────┴─────────────────▲
 */
export class Leg {
  readonly steps: LadderStep[] = [];
  readonly invitedAt = performance.now();
  provisionalAt: number | undefined;
  answeredAt: number | undefined;
  endedAt: number | undefined;
  ending: CallEnding | undefined;
  readonly #agent: UserAgent;
  readonly #dialog: Dialog;
  readonly #contact: HeaderField;
  readonly #options: CallOptions;
  readonly #ports: LegPorts;
  readonly #waits: Waits;
  #state: State = 'calling';
  #cancelling = false;
  #answersLost = 0;
  /** The last ACK of a 2xx, with the sequence number it acknowledges, for retransmitted answers. */
  #ack: { readonly sequence: number; readonly request: SipRequest } | undefined;
  #reinviting = false;
  #cancelAnswerResend: (() => void) | undefined;
  readonly #session: Session | undefined;

  constructor(agent: UserAgent, dialog: Dialog, options: CallOptions, ports: LegPorts, waits: Waits) {
    this.#agent = agent;
    this.#dialog = dialog;
    this.#contact = { name: 'Contact', value: dialog.contact };
    this.#options = options;
    this.#ports = ports;
    this.#waits = waits;
    if (options.session !== undefined) {
      this.#session = new Session(options.session, agent.timers, (method) => void this.#refresh(method));
    }
  }

  get state(): State {
    return this.#state;
  }

  /** Sends the INVITE with this offer, or without one to get one. */
  invite(offer: string | undefined): void {
    this.#agent.register(this.#dialog.callId, {
      onRequest: (request, from) => this.#onRequest(request, from),
      onStray2xx: (response) => this.#acknowledge(response),
      onWire: (message, direction) => this.#onWire(message, direction),
      hears: (message) => this.#hears(message),
    });
    const { headers = [] } = this.#options;
    const more = [...headers, ...(this.#session?.headers() ?? []), ...(offer === undefined ? [] : [SDP_TYPE])];
    this.#agent.request(this.#dialog.request('INVITE', more, offer ?? ''), {
      onResponse: (response) => this.#onInviteResponse(response),
      onTimeout: () => this.end({ kind: 'no-response' }),
    });
  }

  /** Sends an offer by re-INVITE and resolves with the answer; rejects when it is refused (RFC 3261 §14.1). */
  async reinvite(offer: string): Promise<string> {
    this.#reinviting = true;
    try {
      const response = await this.request('INVITE', [...(this.#session?.headers('uac') ?? []), SDP_TYPE], offer);
      if (response.status >= 300) {
        throw new WaitFailed(
          `The re-INVITE was refused: ${response.status} ${response.reason}.\n${this.#ports.describe()}`,
        );
      }
      this.#dialog.refresh(response);
      this.#acknowledge(response);
      this.#session?.agreed(response);
      return response.body;
    } finally {
      this.#reinviting = false;
    }
  }

  /** Keeps the session alive: the description that stands again, or an UPDATE without one (RFC 4028 §7.4). */
  async #refresh(method: 'INVITE' | 'UPDATE'): Promise<void> {
    try {
      if (this.#state !== 'answered') return;
      if (method === 'INVITE') await this.reinvite(this.#ports.description());
      else this.#session?.agreed(await this.request('UPDATE', this.#session?.headers('uac')));
    } catch {
      // The call is over, or the far side refuses: the ladder tells, and the session runs out.
    }
  }

  /** Sends a request in the dialog and resolves with its final response; rejects when none comes. */
  async request(method: string, headers: readonly HeaderField[] = [], body = ''): Promise<SipResponse> {
    let final: SipResponse | 'none' | undefined;
    this.#agent.request(this.#dialog.request(method, headers, body), {
      onResponse: (response) => {
        if (response.status >= 200) final = response;
        this.#waits.changed();
      },
      onTimeout: () => {
        final = 'none';
        this.#waits.changed();
      },
    });
    // Timer B or F ends the wait by itself; the margin is for a busy machine.
    const response = await this.#waits.until(`the response to ${method}`, 66 * this.#agent.t1, () => final);
    if (response === 'none') throw new WaitFailed(`No response came to ${method}.\n${this.#ports.describe()}`);
    return response;
  }

  /** Sends CANCEL once a provisional response has come (RFC 3261 §9.1); after a final one it does nothing. */
  async cancel(within: number): Promise<void> {
    await this.#waits.until('a provisional response, to be allowed to cancel', within, () =>
      this.provisionalAt === undefined && this.#state === 'calling' ? undefined : true,
    );
    if (this.#state !== 'calling') return;
    this.#cancelling = true;
    this.#agent.cancel(this.#dialog.callId, { onResponse: () => undefined, onTimeout: () => undefined });
  }

  /** Sends BYE and resolves when it was confirmed or could not be; only in an answered call. */
  async bye(ending: CallEnding): Promise<void> {
    if (this.#state !== 'answered') return;
    this.#enter('hanging-up');
    // Whether the far side confirms or is gone, the call is over for this phone (RFC 3261 §15.1.1).
    await this.request('BYE').catch(() => undefined);
    this.end(ending);
  }

  /** Ends the call without a message; only the first ending counts. */
  end(ending: CallEnding): void {
    if (this.#state === 'ended') return;
    this.#enter('ended');
    this.ending = ending;
    this.endedAt = performance.now();
    this.#cancelAnswerResend?.();
    this.#session?.stop();
    this.#agent.release(this.#dialog.callId);
    this.#ports.ended(ending);
  }

  #enter(state: State): void {
    if (!ENTERED_FROM[state].includes(this.#state)) throw new Error(`A call cannot go from ${this.#state} to ${state}`);
    this.#state = state;
  }

  #onInviteResponse(response: SipResponse): void {
    if (this.#state !== 'calling') return;
    const { status, reason } = response;
    if (status >= 300) {
      const cancelled = this.#cancelling && status === 487;
      this.end(cancelled ? { kind: 'cancelled', answered: false } : { kind: 'refused', status, reason });
      return;
    }
    if (status < 200) {
      this.provisionalAt ??= performance.now();
    } else {
      this.answeredAt = performance.now();
      this.#dialog.establish(response);
      if (this.#options.offers === 'no-offer') this.#acknowledge(response, this.#ports.answerLate(response.body));
      else this.#acknowledge(response);
      this.#enter('answered');
      if (this.#options.offers !== 'no-offer') this.#ports.takeAnswer(response.body);
      this.#session?.agreed(response);
    }
    this.#ports.progress(status, reason);
    this.#waits.changed();
    // The answer won the race against the CANCEL: the call exists and has to be ended (RFC 3261 §15).
    if (this.answeredAt !== undefined && this.#cancelling) void this.bye({ kind: 'cancelled', answered: true });
  }

  /** Acknowledges a 2xx: with a new ACK the first time, with the same again when the answer is repeated. */
  #acknowledge(response: SipResponse, body = ''): void {
    if (this.#options.acknowledge === false) return;
    const sequence = cseq(response).number;
    if (this.#ack?.sequence === sequence) {
      this.#agent.repeat(this.#ack.request);
      return;
    }
    this.#ack = {
      sequence,
      request: this.#agent.sendAck(this.#dialog.ack(response, body === '' ? [] : [SDP_TYPE], body)),
    };
  }

  #onRequest(request: SipRequest, from: Address): void {
    if (!this.#dialog.accepts(request)) {
      if (request.method !== 'ACK') this.#agent.respond(request, from, responseTo(request, 481, 'No Such Call'));
      return;
    }
    switch (request.method) {
      case 'ACK':
        this.#cancelAnswerResend?.();
        if (request.body !== '') this.#ports.takeAnswer(request.body);
        return;
      case 'BYE':
        this.#agent.respond(request, from, responseTo(request, 200, 'OK'));
        this.end({ kind: 'far-side-hung-up', reason: header(request, 'reason') });
        return;
      case 'INVITE':
      case 'UPDATE':
        this.#onOffer(request, from);
        return;
      case 'OPTIONS':
      case 'INFO':
      case 'NOTIFY':
        this.#agent.respond(request, from, responseTo(request, 200, 'OK'));
        return;
      default:
        this.#agent.respond(request, from, responseTo(request, 501, 'Not Implemented'));
    }
  }

  /** Answers an offer of the far side (RFC 3261 §14.2); an INVITE without one gets an offer, an UPDATE gets nothing. */
  #onOffer(request: SipRequest, from: Address): void {
    if (this.#reinviting) {
      this.#agent.respond(request, from, responseTo(request, 491, 'Request Pending'));
      return;
    }
    this.#dialog.refresh(request);
    const bare = request.method === 'UPDATE' && request.body === '';
    const headers = bare ? [this.#contact] : [this.#contact, SDP_TYPE];
    const response = responseTo(request, 200, 'OK', headers, bare ? '' : this.#ports.answerOffer(request.body));
    const send = (wait: number, waited: number): void => {
      this.#agent.respond(request, from, response);
      if (request.method !== 'INVITE' || waited >= 64 * this.#agent.t1) return;
      // A 2xx is repeated until its ACK comes (RFC 3261 §13.3.1.4).
      this.#cancelAnswerResend = this.#agent.timers.after(wait, () => send(Math.min(2 * wait, T2), waited + wait));
    };
    send(this.#agent.t1, 0);
  }

  /** Loses the answers that the options want to be lost. */
  #hears(message: SipMessage): boolean {
    if (message.kind !== 'response' || cseq(message).method !== 'INVITE') return true;
    if (message.status < 200 || message.status >= 300) return true;
    this.#answersLost++;
    return this.#answersLost > (this.#options.loseAnswers ?? 0);
  }

  #onWire(message: SipMessage, direction: 'sent' | 'received'): void {
    this.steps.push({ at: performance.now(), direction, message });
    this.#waits.changed();
  }
}
