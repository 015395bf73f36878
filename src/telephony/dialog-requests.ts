import { randomInt } from 'node:crypto';
import type { Endpoint } from 'drachtio-fsmrf';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { readInfo } from './info-keys.ts';
import { readBody } from './invite.ts';
import type { KeySource } from './key-source.ts';
import { answerForCaller, hasSrtp, offerForMediaServer } from './media-security.ts';
import { unsupportedOptions } from './option-tags.ts';
import { ALLOWED_METHODS, CAPABILITIES, optionsOf, respond, respondUnlisted } from './refusal.ts';
import { agreesOnTelephoneEvent, fitDescription } from './session-description.ts';
import { readSessionTimer } from './session-timer.ts';
import { describe, type Settled, settle } from './settle.ts';
import type { SipDialog, SipRequest, SipResponse } from './srf.ts';

export interface DialogRequestsOptions {
  readonly endpoint: Endpoint;
  readonly keys: KeySource;
  readonly clock: Clock;
  readonly log: Log;
  /** The call's signal: a request that is being looked at when the call ends gets no more than that said. */
  readonly signal: AbortSignal;
  /** The shortest session timer that a caller may have, in seconds. */
  readonly shortestSession: number;
  /** Whether the dial plan asks for SRTP: no offer within the call takes it away. */
  readonly mustHaveSrtp: boolean;
  /** Offer and answer have been renegotiated. */
  readonly onRenegotiated: (telephoneEvent: boolean) => void;
}

/** A response that is to be sent, and what it will say of the session timer. */
interface Reply {
  readonly res: SipResponse;
  readonly headers: Readonly<Record<string, string>>;
}

/** How long the media server may take to accept a new description, in milliseconds; the caller's own timer runs 32 s. */
const MODIFY_DEADLINE = 5_000;

/** How long a peer may take to acknowledge our offer with its answer, in milliseconds (RFC 3261 §13.3.1.4, 64·T1). */
const ACK_DEADLINE = 32_000;

/**
 * Answers what a caller sends within the call: re-INVITE and UPDATE, which go to the media server and whose answer
 * goes back (hold, resume, a new address) unless they only refresh the session, and INFO with keys. drachtio-srf would
 * say 200 to everything else.
 */
export class DialogRequests {
  readonly #dialog: SipDialog;
  readonly #options: DialogRequestsOptions;
  #renegotiating = false;
  /** The offer that stands and our answer; undefined when the offer was ours. */
  #agreed: { readonly offer: string; readonly answer: string } | undefined;
  /** What the caller said last that the media server has taken, as an offer or an answer. */
  #standing: string | undefined;

  constructor(dialog: SipDialog, options: DialogRequestsOptions) {
    this.#dialog = dialog;
    this.#options = options;
    // The library compares a re-INVITE with this as a text, which is undefined until an offerless INVITE's ACK.
    dialog.remote.sdp ??= '';
    const offer = fitDescription(dialog.remote.sdp);
    if (offer !== undefined) this.#agreed = { offer, answer: dialog.local.sdp };
    this.#standing = offer;
    this.#on('modify', (req, res) => this.#reoffer(req, res, 'INVITE'));
    this.#on('update', (req, res) => this.#update(req, res));
    this.#on('info', (req, res) => this.#info(req, res));
    this.#on('options', (_req, res) => respond(res, 200, { headers: CAPABILITIES }));
    for (const method of ['refer', 'message', 'publish']) {
      this.#on(method, (_req, res) => respond(res, 405, { headers: { Allow: ALLOWED_METHODS } }));
    }
    // Nothing was subscribed to (RFC 6665 §4.1.3).
    this.#on('notify', (_req, res) => respond(res, 481));
  }

  /**
   * Answers one kind of request, unless it requires what is not supported (RFC 3261 §8.2.2.3). A fault while answering
   * must not leave its sender without an answer.
   */
  #on(event: string, answer: (req: SipRequest, res: SipResponse) => void | Promise<void>): void {
    this.#dialog.on(event, (req: SipRequest, res: SipResponse) => this.#guard(req, res, answer));
  }

  #guard(req: SipRequest, res: SipResponse, answer: (req: SipRequest, res: SipResponse) => void | Promise<void>): void {
    void Promise.resolve()
      .then(() => {
        const unsupported = unsupportedOptions(req);
        if (unsupported === '') return answer(req, res);
        return respond(res, 420, optionsOf({ kind: 'extension-not-supported', status: 420, unsupported }));
      })
      .catch((error: unknown) => {
        const fault = error instanceof Error ? error.name : typeof error;
        this.#options.log.error({ fault }, 'A request within the call could not be answered');
        respond(res, 500);
      });
  }

  async #update(req: SipRequest, res: SipResponse): Promise<void> {
    if (req.body) return this.#reoffer(req, res, 'UPDATE');
    const session = readSessionTimer(req, this.#options.shortestSession);
    if (session.kind !== 'headers') return respond(res, session.status, optionsOf(session));
    respond(res, 200, { headers: this.#headers(session.headers) });
  }

  async #reoffer(req: SipRequest, res: SipResponse, method: 'INVITE' | 'UPDATE'): Promise<void> {
    if (this.#renegotiating) {
      // RFC 3261 §14.2 and RFC 3311 §5.2: a second offer before the first is answered, again in 0 to 10 s.
      return respond(res, 500, { headers: { 'Retry-After': String(randomInt(11)) } });
    }
    const reading = readBody(req);
    if (reading.kind !== 'description') return respond(res, reading.status, optionsOf(reading));
    const session = readSessionTimer(req, this.#options.shortestSession);
    if (session.kind !== 'headers') return respond(res, session.status, optionsOf(session));
    const { description } = reading;
    const reply = { res, headers: session.headers };
    // A refresh that changes nothing (RFC 4028 §7.4) is none of the media server's business.
    if (description !== undefined && description === this.#agreed?.offer) {
      return this.#sendDescription(reply, this.#agreed.answer);
    }
    if (description !== undefined && this.#isTooOpen(description)) {
      return respond(res, 488, optionsOf({ kind: 'media-not-secured', status: 488 }));
    }
    this.#renegotiating = true;
    try {
      if (description === undefined) await this.#offerAgain(reply);
      else await this.#answerOffer(description, reply, method);
    } finally {
      this.#renegotiating = false;
    }
  }

  #isTooOpen(description: string): boolean {
    return this.#options.mustHaveSrtp && !hasSrtp(description);
  }

  async #answerOffer(offer: string, reply: Reply, method: 'INVITE' | 'UPDATE'): Promise<void> {
    const { log } = this.#options;
    const { res } = reply;
    const settled = await this.#modify(offer);
    if (settled.kind === 'done') {
      const answer = answerForCaller(settled.value, offer);
      this.#dialog.local.sdp = answer;
      this.#sendDescription(reply, answer);
      this.#agreed = { offer, answer };
      this.#standing = offer;
      this.#renegotiated(offer, answer);
      log.info({ method }, 'The caller has renegotiated the media');
      return;
    }
    log.warn({ method, why: describe(settled) }, 'The media could not be renegotiated');
    if (settled.kind === 'aborted') return respond(res, 487);
    const refused = settled.kind === 'failed' && settled.fault.kind === 'sip-status' && settled.fault.status === 488;
    if (refused) {
      await this.#restore();
      return respond(res, 488, optionsOf({ kind: 'no-offer-in-common', status: 488, lacks: 'format' }));
    }
    respond(res, 500, { headers: { 'Retry-After': String(randomInt(11)) } });
  }

  /**
   * Gives the media server the description that stands once more: FreeSWITCH has half taken one that it refuses, and
   * sends noise from then on.
   */
  async #restore(): Promise<void> {
    if (this.#standing === undefined) return;
    const settled = await this.#modify(this.#standing);
    if (settled.kind !== 'done') this.#options.log.warn({ why: describe(settled) }, 'The media could not be restored');
  }

  /** A re-INVITE without a body asks for our offer; its answer comes in the ACK (RFC 3261 §14.2). */
  async #offerAgain(reply: Reply): Promise<void> {
    const offer = this.#dialog.local.sdp;
    const acknowledged = this.answerInAck();
    this.#agreed = undefined;
    this.#sendDescription(reply, offer);
    await acknowledged;
  }

  /**
   * Waits for the ACK that carries the answer to our offer and hands it to the media server. False when it does not
   * come, has no usable answer, or the media server cannot do with it.
   */
  async answerInAck(): Promise<boolean> {
    const { clock, log, signal } = this.#options;
    const acknowledged = await settle(
      () => new Promise<SipRequest>((resolve) => void this.#dialog.once('ack', resolve)),
      { clock, deadline: ACK_DEADLINE, signal },
    );
    if (acknowledged.kind !== 'done') return false;
    const reading = readBody(acknowledged.value);
    if (reading.kind !== 'description' || reading.description === undefined) {
      log.warn({}, 'The ACK has no answer to our offer');
      return false;
    }
    if (this.#isTooOpen(reading.description)) {
      log.warn({}, "The caller's answer has no SRTP, which the dial plan asks for");
      return false;
    }
    const settled = await this.#modify(reading.description);
    if (settled.kind !== 'done') {
      log.warn({ why: describe(settled) }, "The caller's answer cannot be used");
      return false;
    }
    this.#standing = reading.description;
    this.#renegotiated(this.#dialog.local.sdp, reading.description);
    return true;
  }

  async #modify(description: string): Promise<Settled<string>> {
    const { clock, endpoint, signal } = this.#options;
    const settled = await settle(() => endpoint.modify(offerForMediaServer(description)), {
      clock,
      deadline: MODIFY_DEADLINE,
      signal,
    });
    const inProgress = endpoint.dialog?._reinvitesInProgress;
    // drachtio-srf does not count a refused re-INVITE down, and the next one would wait for it for ever.
    if (settled.kind === 'failed' && inProgress !== undefined && inProgress.admitOne.length === 0) inProgress.count = 0;
    return settled;
  }

  #sendDescription({ res, headers }: Reply, body: string): void {
    respond(res, 200, { body, headers: { 'Content-Type': 'application/sdp', ...this.#headers(headers) } });
  }

  /** What every 2xx to a re-INVITE or UPDATE says, and what it says of the session timer. */
  #headers(session: Readonly<Record<string, string>>): Record<string, string> {
    return { Contact: this.#dialog.local.contact, ...CAPABILITIES, ...session };
  }

  #renegotiated(offer: string, answer: string): void {
    this.#options.onRenegotiated(agreesOnTelephoneEvent(offer, answer));
  }

  #info(req: SipRequest, res: SipResponse): void {
    const reading = readInfo({
      contentType: req.get('Content-Type'),
      infoPackage: req.get('Info-Package'),
      body: req.body,
    });
    switch (reading.kind) {
      case 'key':
        respond(res, 200);
        this.#options.keys.fromInfo(reading.key);
        break;
      case 'no-key':
      case 'empty':
        respond(res, 200);
        break;
      case 'package':
        respondUnlisted(res, 469, 'Bad Info Package', { headers: { 'Recv-Info': '' } });
        break;
      case 'unsupported':
        respond(res, 415, { headers: { Accept: 'application/dtmf-relay, application/dtmf' } });
        break;
    }
  }
}
