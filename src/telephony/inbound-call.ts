import { randomUUID } from 'node:crypto';
import type { CallFacts, Conversation } from '../conversation/conversation.ts';
import type { CallEnd } from '../domain/call-end.ts';
import type { CallOutcome } from '../domain/call-outcome.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { DialPlan } from '../domain/dial-plan.ts';
import { describeFault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { answerInvite } from './answer.ts';
import { CallMedia } from './call-media.ts';
import type { EndableCall } from './call-registry.ts';
import { type CallResult, reportCall } from './call-report.ts';
import { CallTimes } from './call-times.ts';
import type { DialogRequests } from './dialog-requests.ts';
import type { EndpointLease, EndpointLoss } from './endpoint-lease.ts';
import { type EndpointLine, reasonOf } from './endpoint-line.ts';
import type { EndpointPlayer } from './endpoint-player.ts';
import type { InviteFacts } from './invite.ts';
import type { MediaPool } from './media-pool.ts';
import { answerForCaller, hasSrtp } from './media-security.ts';
import { endOfOwnBye } from './own-bye.ts';
import { pathOf } from './prompt-path.ts';
import { optionsOf, type Refusal, respond } from './refusal.ts';
import { placeholderOffer } from './session-description.ts';
import { describe, settle } from './settle.ts';
import type { SignallingLink } from './signalling-link.ts';
import type { SipDialog, SipRequest, SipResponse } from './srf.ts';

/** What every call is made with. */
export interface CallDependencies {
  readonly link: SignallingLink;
  readonly pool: MediaPool;
  readonly conversation: Conversation;
  readonly clock: Clock;
  readonly log: Log;
  /** The folder of prompts as media servers see it, checked. */
  readonly promptsDir: string;
  /** The shortest session timer that a caller may have, in seconds. */
  readonly shortestSession: number;
}

interface Answered {
  readonly dialog: SipDialog;
  readonly requests: DialogRequests;
}

/** How long a farewell may take, in milliseconds. */
const FAREWELL_DEADLINE = 8_000;

/** How long drachtio may take to have a BYE answered, in milliseconds; it goes on repeating it by itself. */
const BYE_DEADLINE = 5_000;

/**
 * How long keys may come behind their caller's BYE, in milliseconds. They were pressed before it, but take another way:
 * FreeSWITCH alone holds a telephone event for up to two packet times, a jitter buffer on the way for several.
 */
const KEYS_BEHIND_BYE = 200;

/** How long a conversation may go on after the end of its call, in milliseconds: it stores what it has decided. */
const UNWIND_DEADLINE = 30_000;

/** The reasons for which something is said before hanging up: the caller is there, and the media is alive. */
const WITH_FAREWELL: ReadonlySet<CallEnd> = new Set([
  'maximum-duration',
  'drain',
  'administrator',
  'pin-reset',
  'pin-changed',
  'mailbox-locked',
  'mailbox-disabled',
]);

/** What is sent in place of an answer when the service ends a call that is still being set up. */
const STATUS_BEFORE_ANSWER: Partial<Record<CallEnd, number>> = { drain: 503, administrator: 480, fault: 500 };

/**
 * One call, from its INVITE until all that it held is released. Every cause of its end aborts one signal; the resources
 * are released in the opposite order of their making, whatever happened: BYE first, endpoint second (README).
 */
export class InboundCall implements EndableCall {
  readonly id = randomUUID();
  readonly since: number;
  readonly peer: string;
  readonly dialPlan: string;
  readonly #req: SipRequest;
  readonly #res: SipResponse;
  readonly #facts: InviteFacts;
  readonly #plan: DialPlan;
  readonly #deps: CallDependencies;
  readonly #log: Log;
  readonly #times: CallTimes;
  readonly #ended = new AbortController();
  /** Aborted when nothing more can be played: the media or the caller has gone, or the endpoint is being released. */
  readonly #silenced = new AbortController();
  /** Aborted when drachtio cannot say any more what became of our 200; any other end has to wait for that. */
  readonly #unsendable = new AbortController();
  #state: EndableCall['state'] = 'setting-up';
  #saidBye = false;
  #callerGone = false;
  #stopWaitingForKeys: Cancel = () => undefined;
  readonly #prompts: string[] = [];
  /** Whether audio and keys were agreed on with SRTP. */
  #srtp = false;

  constructor(req: SipRequest, res: SipResponse, facts: InviteFacts, plan: DialPlan, deps: CallDependencies) {
    this.#req = req;
    this.#res = res;
    this.#facts = facts;
    this.#plan = plan;
    this.#deps = deps;
    this.since = deps.clock.now();
    this.peer = facts.peer;
    this.dialPlan = plan.name;
    this.#times = new CallTimes(deps.clock);
    this.#log = deps.log.child({ callId: this.id, sipCallId: facts.sipCallId });
    req.once('cancel', () => this.end('caller-cancelled'));
  }

  get state(): EndableCall['state'] {
    return this.#state;
  }

  end(reason: CallEnd): void {
    const farewellPossible = WITH_FAREWELL.has(reason) && !this.#callerGone;
    this.#stopWaitingForKeys();
    if (reason === 'signalling-lost') this.#unsendable.abort(reason);
    if (!this.#ended.signal.aborted) {
      this.#state = 'ending';
      this.#ended.abort(reason);
      if (farewellPossible) return;
    }
    // A second cause cuts the farewell of the first short.
    this.#silenced.abort(reason);
  }

  /** Lives the call. Resolves when all is released; never rejects. */
  async run(): Promise<CallResult> {
    let result: CallResult;
    try {
      result = await this.#live();
    } catch (error) {
      this.end('fault');
      this.#log.error({ fault: describeFault(error) }, 'A call failed');
      respond(this.#res, 500);
      result = this.#times.answered
        ? { kind: 'answered', outcome: { kind: 'fault' }, cause: 'fault' }
        : { kind: 'not-answered', cause: 'fault' };
    }
    const { transport } = this.#facts;
    const facts = { peer: this.peer, dialPlan: this.dialPlan, transport, srtp: this.#srtp, ...this.#times.report() };
    reportCall(this.#log, facts, result, this.#prompts);
    return result;
  }

  async #live(): Promise<CallResult> {
    await using held = new AsyncDisposableStack();
    const lease = await this.#takeEndpoint(held);
    if (lease.kind !== 'lease') return lease;
    const sdp = this.#descriptionOf(lease.lease);
    this.#srtp = hasSrtp(sdp);
    // The media server has the last word on it.
    if (this.#mustHaveSrtp && !this.#srtp) return this.#refuse({ kind: 'media-not-secured', status: 488 });
    const media = this.#mediaOn(lease.lease);
    const answered = await this.#answer(sdp, media, held);
    if (answered === undefined) return this.#notAnswered();
    // Released first, so that what is still playing ends as something nobody waits for, not as a failure.
    held.defer(() => this.#silenced.abort('fault'));
    const connected = media.connect(answered.dialog, answered.requests, this.#facts.offer);
    // Awaited here: what is held would be released otherwise as soon as the promise is there.
    return await this.#talk(media, held, connected);
  }

  async #takeEndpoint(
    held: AsyncDisposableStack,
  ): Promise<{ readonly kind: 'lease'; readonly lease: EndpointLease } | CallResult> {
    const { pool } = this.#deps;
    const acquired = await pool.acquire({
      offer: this.#facts.offer ?? placeholderOffer(this.peer),
      signallingSource: this.peer,
      signal: this.#ended.signal,
    });
    switch (acquired.kind) {
      case 'aborted':
        return this.#notAnswered();
      case 'no-offer-in-common':
        return this.#refuse({ kind: 'no-offer-in-common', status: 488, lacks: 'format' });
      case 'no-media-server':
        return this.#refuse({ kind: 'no-media-server', status: 500 });
      case 'endpoint': {
        const { lease, mediaServer } = acquired;
        held.defer(() => lease.release());
        this.#log.debug({ mediaServer }, 'The call has an endpoint');
        void lease.lost.then((loss) => this.#onEndpointLost(loss));
        return { kind: 'lease', lease };
      }
    }
  }

  /** A drachtio that dies takes the endpoint's SIP leg along, and the word of that may be here first. */
  async #onEndpointLost(loss: EndpointLoss): Promise<void> {
    const alone = loss === 'media-server-lost' || (await this.#deps.link.isAlive());
    this.end(alone ? loss : 'signalling-lost');
  }

  get #mustHaveSrtp(): boolean {
    return this.#plan.voipSecurity === 'secured';
  }

  #descriptionOf({ endpoint }: EndpointLease): string {
    const { sdp } = endpoint.local;
    if (sdp === undefined) throw new Error('The endpoint has no session description');
    return answerForCaller(sdp, this.#facts.offer ?? '');
  }

  #mediaOn(lease: EndpointLease): CallMedia {
    return new CallMedia(lease.endpoint, {
      clock: this.#deps.clock,
      log: this.#log,
      signal: this.#ended.signal,
      silenced: this.#silenced.signal,
      promptsDir: this.#deps.promptsDir,
      shortestSession: this.#deps.shortestSession,
      mustHaveSrtp: this.#mustHaveSrtp,
      onStart: () => this.#times.markFirstPrompt(),
      onPlay: (pieces) => {
        for (const piece of pieces) if ('file' in piece) this.#prompts.push(piece.id);
      },
    });
  }

  #refuse(refusal: Refusal): CallResult {
    respond(this.#res, refusal.status, optionsOf(refusal));
    return { kind: 'refused', refusal };
  }

  /** The call ended while it was being set up. drachtio has answered a CANCEL itself; everything else needs a status. */
  #notAnswered(): CallResult {
    const cause = reasonOf(this.#ended.signal);
    if (cause !== 'caller-cancelled' && cause !== 'signalling-lost') {
      respond(this.#res, STATUS_BEFORE_ANSWER[cause] ?? 500);
    }
    return { kind: 'not-answered', cause };
  }

  /** Answers the INVITE. Undefined when the call ended first. */
  async #answer(sdp: string, media: CallMedia, held: AsyncDisposableStack): Promise<Answered | undefined> {
    const { link, clock } = this.#deps;
    if (this.#ended.signal.aborted) return undefined;
    let made: Answered | undefined;
    const answered = await answerInvite(this.#req, this.#res, {
      srf: link.srf,
      clock,
      signal: this.#unsendable.signal,
      sdp,
      headers: this.#facts.sessionTimer,
      onDialog: (dialog) => {
        dialog.once('destroy', (bye: SipRequest | undefined, reason: unknown) => this.#onBye(bye, reason));
        made = { dialog, requests: media.attach(dialog) };
      },
      discard: (dialog) => void this.#bye(dialog),
    });
    // A dialog whose BYE came in the same turn was made all the same.
    if (made === undefined || answered.kind === 'deadline') {
      // A CANCEL that drachtio answered before our 200 reached it is known to it alone.
      const cancelled = answered.kind === 'failed' && answered.fault.kind === 'unknown-transaction';
      this.#log.debug({ why: describe(answered) }, 'The call was not answered');
      this.end(cancelled ? 'caller-cancelled' : link.up ? 'fault' : 'signalling-lost');
      return undefined;
    }
    const { dialog } = made;
    this.#times.markAnswered();
    if (this.#state === 'setting-up') this.#state = 'talking';
    held.defer(() => this.#bye(dialog));
    held.defer(() => this.#stopWaitingForKeys());
    return made;
  }

  /** The dialog is over without our doing: the caller's BYE, or one that drachtio sent in our name. */
  #onBye(bye: SipRequest | undefined, reason: unknown): void {
    this.#callerGone = true;
    if (bye?.meta.source === 'application') {
      this.end(endOfOwnBye(String(reason)));
      this.#silenced.abort('caller-hung-up');
    } else if (this.#state === 'talking') {
      this.#stopWaitingForKeys = this.#deps.clock.after(KEYS_BEHIND_BYE, () => this.#onHungUp());
    } else {
      this.#onHungUp();
    }
  }

  #onHungUp(): void {
    this.end('caller-hung-up');
    this.#silenced.abort('caller-hung-up');
  }

  async #bye(dialog: SipDialog): Promise<void> {
    const { link, clock } = this.#deps;
    if (!dialog.connected || this.#saidBye) return;
    this.#saidBye = true;
    const settled = await settle(() => dialog.destroy(), { clock, deadline: BYE_DEADLINE });
    if (settled.kind === 'done') return;
    // drachtio goes on repeating the BYE; the library would keep the dialog for ever once the connection is lost.
    link.srf.removeDialog(dialog);
    if (link.up) this.#log.warn({ why: describe(settled) }, 'The BYE has no answer');
  }

  async #talk(media: CallMedia, held: AsyncDisposableStack, connected: Promise<boolean>): Promise<CallResult> {
    const signal = this.#ended.signal;
    const limit = this.#plan.maxCallDuration * 60_000;
    held.defer(this.#deps.clock.after(limit, () => this.end('maximum-duration')));
    if (!(await connected) || signal.aborted) return this.#endedSilently();
    const talk = this.#converse(media.line);
    await Promise.race([talk, aborted(signal)]);
    this.#state = 'ending';
    const cause = signal.aborted ? reasonOf(signal) : this.#callerGone ? 'caller-hung-up' : undefined;
    if (signal.aborted) await this.#sayFarewell(media.player);
    // Everything is released before waiting for a conversation that still stores what it has decided.
    await held.disposeAsync();
    const outcome = await this.#unwound(talk);
    return { kind: 'answered', outcome, cause };
  }

  #endedSilently(): CallResult {
    if (!this.#ended.signal.aborted) this.end('not-acknowledged');
    const cause = reasonOf(this.#ended.signal);
    return { kind: 'answered', outcome: { kind: 'ended', by: cause, signedIn: false }, cause };
  }

  async #converse(line: EndpointLine): Promise<CallOutcome> {
    try {
      return await this.#deps.conversation.run(line, this.#callFacts());
    } catch (error) {
      this.#log.error({ fault: describeFault(error) }, 'The conversation failed');
      return { kind: 'fault' };
    }
  }

  #callFacts(): CallFacts {
    const { assertedNumber, peerIsTrusted } = this.#facts;
    return {
      callId: this.id,
      dialPlan: this.#plan,
      ...(assertedNumber === undefined ? {} : { assertedNumber }),
      peer: this.peer,
      peerIsTrusted,
      log: this.#log,
      // Only the first cause counts here: a second one would cut its farewell short.
      end: (reason) => {
        if (!this.#ended.signal.aborted) this.end(reason);
      },
    };
  }

  /** Says goodbye if there is somebody to hear it and something to say. */
  async #sayFarewell(player: EndpointPlayer): Promise<void> {
    const signal = this.#silenced.signal;
    const reason = reasonOf(this.#ended.signal);
    if (signal.aborted || !WITH_FAREWELL.has(reason)) return;
    const pieces = this.#deps.conversation.farewell(reason, this.#callFacts());
    if (pieces.length === 0) return;
    const paths = pieces.map((piece) => pathOf(this.#deps.promptsDir, piece));
    const playback = player.play(paths);
    const settled = await settle(() => playback.end, {
      clock: this.#deps.clock,
      deadline: FAREWELL_DEADLINE,
      signal,
    });
    if (settled.kind !== 'done') this.#log.debug({ why: describe(settled) }, 'The farewell was cut short');
  }

  async #unwound(talk: Promise<CallOutcome>): Promise<CallOutcome> {
    const settled = await settle(() => talk, { clock: this.#deps.clock, deadline: UNWIND_DEADLINE });
    if (settled.kind === 'done') return settled.value;
    this.#log.error({}, 'The conversation does not return although its call has ended');
    return { kind: 'fault' };
  }
}

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
