import type { Conversation } from '../conversation/conversation.ts';
import type { Clock } from '../domain/clock.ts';
import type { DialPlan } from '../domain/dial-plan.ts';
import type { Log } from '../domain/log.ts';
import type { CallRegistry, Place } from './call-registry.ts';
import type { CallResult } from './call-report.ts';
import type { InboundCall } from './inbound-call.ts';
import type { InviteFacts } from './invite.ts';
import { readInvite } from './invite.ts';
import { securityRefusal } from './media-security.ts';
import { unsupportedOptions } from './option-tags.ts';
import { CAPABILITIES, optionsOf, type Refusal, respond } from './refusal.ts';
import { ringLater } from './ringing.ts';
import { settle } from './settle.ts';
import type { SipRequest, SipResponse } from './srf.ts';

export interface SignallingOptions {
  readonly registry: CallRegistry;
  readonly conversation: Conversation;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether a call from this IP address is taken at all. */
  readonly isAllowedPeer: (address: string) => boolean;
  /** Whether this IP address may assert a caller's number. */
  readonly isTrustedPeer: (address: string) => boolean;
  /** The shortest session timer that a caller may have, in seconds. */
  readonly shortestSession: number;
  /** Whether there is a media server for a new call. */
  readonly hasMedia: () => boolean;
  /** Makes a call of an INVITE that is taken. It listens for CANCEL from then on. */
  readonly makeCall: (req: SipRequest, res: SipResponse, facts: InviteFacts, plan: DialPlan) => InboundCall;
  /** Called once for each INVITE, when its call is over or refused. */
  readonly onResult: (result: CallResult) => void;
}

/** How long the directory may take to say whose number was called, in milliseconds; the caller hears nothing meanwhile. */
const LOOKUP_DEADLINE = 5_000;

/** At most one line in so many milliseconds is logged about peers that are not allowed: anybody can send them. */
const STRANGERS_INTERVAL = 60_000;

/** Decides about each INVITE, in the order of DESIGN: who may call at all comes before anything a stranger could learn. */
export class Signalling {
  readonly #options: SignallingOptions;
  #strangers = 0;
  #strangersLoggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: SignallingOptions) {
    this.#options = options;
  }

  /** Answers an OPTIONS outside of a call: PBXs ask with it whether the service can take calls (RFC 3261 §11.2). */
  options(req: SipRequest, res: SipResponse): void {
    const { isAllowedPeer, registry, hasMedia } = this.#options;
    if (!isAllowedPeer(req.source_address)) {
      respond(res, 403);
      return;
    }
    const unsupported = unsupportedOptions(req);
    if (unsupported !== '') {
      respond(res, 420, optionsOf({ kind: 'extension-not-supported', status: 420, unsupported }));
      return;
    }
    respond(res, registry.draining || !hasMedia() ? 503 : 200, { headers: CAPABILITIES });
  }

  /** Takes or refuses an INVITE and lives its call. Resolves when all is over; never rejects. */
  async invite(req: SipRequest, res: SipResponse): Promise<void> {
    const { registry, hasMedia, isAllowedPeer, isTrustedPeer, shortestSession } = this.#options;
    if (!isAllowedPeer(req.source_address)) return this.#refuse(req, res, { kind: 'peer-not-allowed', status: 403 });
    const facts = readInvite(req, { isTrustedPeer, shortestSession });
    if (facts.kind !== 'invite') return this.#refuse(req, res, facts);
    const admission = registry.admit();
    switch (admission.kind) {
      case 'draining':
        return this.#refuse(req, res, { kind: 'draining', status: 503 });
      case 'busy':
        return this.#refuse(req, res, { kind: 'busy', status: 486 });
      case 'place':
        break;
    }
    const stopRinging = ringLater(req, res, this.#options.clock);
    try {
      if (!hasMedia()) return this.#refuse(req, res, { kind: 'no-media-server', status: 500 });
      await this.#take(req, res, facts, admission.place);
    } finally {
      stopRinging();
      admission.place.free();
    }
  }

  async #take(req: SipRequest, res: SipResponse, facts: InviteFacts, place: Place): Promise<void> {
    const cancelled = new AbortController();
    req.once('cancel', () => cancelled.abort('caller-cancelled'));
    const plan = await this.#dialPlanOf(facts.calledNumber, cancelled.signal);
    if (cancelled.signal.aborted) {
      this.#options.log.info({ peer: facts.peer, outcome: 'not-answered', cause: 'caller-cancelled' }, 'Call ended');
      return this.#options.onResult({ kind: 'not-answered', cause: 'caller-cancelled' });
    }
    if (plan === 'fault') return this.#refuse(req, res, { kind: 'fault', status: 500 });
    if (plan === undefined) return this.#refuse(req, res, { kind: 'no-such-number', status: 404 });
    const tooOpen = securityRefusal(plan.voipSecurity, facts);
    if (tooOpen !== undefined) return this.#refuse(req, res, tooOpen);
    const call = this.#options.makeCall(req, res, facts, plan);
    place.occupy(call);
    this.#options.onResult(await call.run());
  }

  async #dialPlanOf(number: string | undefined, signal: AbortSignal): Promise<DialPlan | undefined | 'fault'> {
    if (number === undefined) return undefined;
    const { clock, conversation, log } = this.#options;
    const settled = await settle(() => conversation.dialPlanOf(number), { clock, deadline: LOOKUP_DEADLINE, signal });
    if (settled.kind === 'done') return settled.value;
    if (settled.kind !== 'aborted') log.error({}, 'The dial plan of a called number cannot be looked up');
    return 'fault';
  }

  #refuse(req: SipRequest, res: SipResponse, refusal: Refusal): void {
    respond(res, refusal.status, optionsOf(refusal));
    this.#logRefusal(req.source_address, refusal);
    this.#options.onResult({ kind: 'refused', refusal });
  }

  #logRefusal(peer: string, refusal: Refusal): void {
    const { clock, log } = this.#options;
    if (refusal.kind !== 'peer-not-allowed') {
      log.warn({ peer, refusal: refusal.kind, status: refusal.status }, 'Call refused');
      return;
    }
    this.#strangers += 1;
    if (clock.monotonic() - this.#strangersLoggedAt < STRANGERS_INTERVAL) return;
    log.warn({ peer, refusal: refusal.kind, status: refusal.status, calls: this.#strangers }, 'Calls refused');
    this.#strangers = 0;
    this.#strangersLoggedAt = clock.monotonic();
  }
}
