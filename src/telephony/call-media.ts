import type { Endpoint } from 'drachtio-fsmrf';
import type { Audio } from '../conversation/line.ts';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { DialogRequests } from './dialog-requests.ts';
import { EndpointLine } from './endpoint-line.ts';
import { EndpointPlayer } from './endpoint-player.ts';
import { KeySource } from './key-source.ts';
import { agreesOnTelephoneEvent } from './session-description.ts';
import { describe, settle } from './settle.ts';
import type { SipDialog } from './srf.ts';

export interface CallMediaOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the call ends, with a `CallEnd` as its reason. */
  readonly signal: AbortSignal;
  /** Aborted when nothing can be played any more, or the endpoint is about to be released. */
  readonly silenced: AbortSignal;
  readonly promptsDir: string;
  /** The shortest session timer that a caller may have, in seconds. */
  readonly shortestSession: number;
  /** Whether the dial plan asks for SRTP. */
  readonly mustHaveSrtp: boolean;
  /** The first sound of a playback has begun. */
  readonly onStart: () => void;
  readonly onPlay: (pieces: readonly Audio[]) => void;
}

/** How long to wait for the ACK, in milliseconds (RFC 3261 §13.3.1.4, 64·T1): drachtio hangs up then, too. */
const ACK_DEADLINE = 32_000;

/** How long the media server may take to begin to listen for tones, in milliseconds. */
const TONES_DEADLINE = 5_000;

/** What one call has on its endpoint, put together before the answer: nothing that comes right behind it is missed. */
export class CallMedia {
  readonly line: EndpointLine;
  readonly player: EndpointPlayer;
  readonly #endpoint: Endpoint;
  readonly #options: CallMediaOptions;
  readonly #keys: KeySource;
  readonly #acknowledged = Promise.withResolvers<void>();

  constructor(endpoint: Endpoint, options: CallMediaOptions) {
    const { clock, log, signal, silenced, promptsDir, onStart, onPlay } = options;
    this.#endpoint = endpoint;
    this.#options = options;
    this.player = new EndpointPlayer(endpoint, { clock, log, signal: silenced, onStart });
    this.line = new EndpointLine({ signal, player: this.player, promptsDir, onPlay });
    this.#keys = new KeySource((key) => this.line.press(key));
    endpoint.on('dtmf', (event: { readonly dtmf?: string; readonly source?: string }) => {
      this.#keys.fromMedia(event.dtmf, event.source);
    });
    void this.player.prepare();
  }

  /** Listens to the dialog. Must be called in the turn in which the dialog came to be. */
  attach(dialog: SipDialog): DialogRequests {
    const { clock, log, signal, shortestSession, mustHaveSrtp } = this.#options;
    dialog.once('ack', () => this.#acknowledged.resolve());
    return new DialogRequests(dialog, {
      endpoint: this.#endpoint,
      keys: this.#keys,
      clock,
      log,
      signal,
      shortestSession,
      mustHaveSrtp,
      onRenegotiated: (telephoneEvent) => this.#negotiated(telephoneEvent),
    });
  }

  /**
   * Lets the keys in as offer and answer agreed, and waits for the ACK. `offer` is the caller's; undefined when the
   * offer was ours. False when no ACK came, or none with an answer that could be used, or the call ended.
   *
   * The ACK is what shows that the INVITE came from where it says: anybody can write a trusted peer's address on a
   * datagram, and only who gets our 200 knows its tag. Nobody else is talked to, for whoever a trusted peer vouches for
   * has a budget of failures of their own (SPEC §3.11).
   */
  async connect(dialog: SipDialog, requests: DialogRequests, offer: string | undefined): Promise<boolean> {
    const { clock, signal } = this.#options;
    if (offer === undefined) return requests.answerInAck();
    this.#negotiated(agreesOnTelephoneEvent(offer, dialog.local.sdp));
    const acknowledged = await settle(() => this.#acknowledged.promise, { clock, deadline: ACK_DEADLINE, signal });
    return acknowledged.kind === 'done';
  }

  /** Without telephone events, keys may come as tones in the audio, which FreeSWITCH only looks for when told to. */
  #negotiated(telephoneEvent: boolean): void {
    this.#keys.negotiated(telephoneEvent);
    if (telephoneEvent) return;
    const { clock, log, silenced } = this.#options;
    const begun = settle(() => this.#endpoint.execute('start_dtmf'), {
      clock,
      deadline: TONES_DEADLINE,
      signal: silenced,
    });
    void begun.then((settled) => {
      if (settled.kind === 'done' || settled.kind === 'aborted') return;
      log.warn({ why: describe(settled) }, 'The media server does not listen for tones');
    });
  }
}
