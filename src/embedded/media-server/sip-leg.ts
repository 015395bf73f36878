import { isIP } from 'node:net';
import type { Clock } from '../clock.ts';
import type { RtpSession } from '../rtp/rtp-session.ts';
import { type AgreedMedia, answerOffer, type LocalMedia, makeOffer, readAnswer, type SdpRefusal } from '../rtp/sdp.ts';
import { makeOwnKeys } from '../rtp/srtp/sdes.ts';
import { AnswerRetransmission } from '../sip/answer-retransmission.ts';
import type { Dialog } from '../sip/dialog.ts';
import { HeaderList } from '../sip/headers.ts';
import { literalAddress, targetOf } from '../sip/locate.ts';
import { responseTo, type SipRequest } from '../sip/message.ts';
import type { ReceivedRequest, ServerTransaction } from '../sip/transaction.ts';
import type { TransactionLayer } from '../sip/transaction-layer.ts';
import { formatHostPort } from '../sip/values.ts';
import { type HangupCause, hangupCauses } from './hangup-cause.ts';

/** What this side takes (RFC 3261 §20.5). */
export const allowedMethods = 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE';
export const userAgent = 'Touchtone media server';
const sdpType = 'application/sdp';

/** The status and words for a description that cannot be served, as FreeSWITCH gives them. */
export const refusals: Readonly<Record<SdpRefusal, readonly [status: number, reason: string | undefined]>> = {
  malformed: [400, 'Bad Session Description'],
  'no-common-codec': [488, undefined],
  'no-crypto': [488, undefined],
  address: [488, undefined],
};

/** What a leg tells of itself. */
export interface SipLegHandlers {
  /** Media is agreed for the first time or anew; `held` when the peer takes nothing from us. */
  onMedia(media: AgreedMedia, descriptions: { readonly local: string; readonly remote: string }): void;
  /** The peer has hung up, or never acknowledged the answer: the dialog is over. */
  onEnded(cause: HangupCause): void;
}

export interface SipLegOptions {
  readonly layer: TransactionLayer;
  readonly clock: Clock;
  readonly dialog: Dialog;
  readonly invite: ServerTransaction;
  readonly rtp: RtpSession;
  /** The address to tell for media, toward a peer whose media or signalling is at the given address. */
  readonly mediaAddress: (toward: string) => string;
  readonly handlers: SipLegHandlers;
}

/**
 * The signalling of one call: a dialog that an INVITE opened. It answers offers of the peer, or makes one when the
 * INVITE has none and reads the answer from the ACK, repeats its 2xx until it is acknowledged, and hangs up.
 */
export class SipLeg {
  readonly #options: SipLegOptions;
  readonly #sessionId: number;
  readonly #keys = makeOwnKeys();
  /** Whether our last offer was of SRTP. */
  #offeredSecurely = false;
  #version: number;
  /** The last description of ours. */
  #local = '';
  #retransmission: AnswerRetransmission | undefined;
  /** The sequence number of the INVITE whose ACK is to bring the answer to our offer. */
  #awaitedAnswer: number | undefined;
  /** The address that the caller's signalling came from, as the application told it. */
  #signalling: string | undefined;
  #over = false;

  constructor(options: SipLegOptions) {
    this.#options = options;
    this.#sessionId = Math.floor(options.clock.now() / 1_000);
    this.#version = this.#sessionId;
  }

  get dialog(): Dialog {
    return this.#options.dialog;
  }

  /**
   * Answers the INVITE that opened the dialog.
   *
   * @returns `undefined` when a 2xx was sent, else why the description cannot be served; nothing was sent then.
   */
  accept(): SdpRefusal | undefined {
    return this.#answer(this.#options.invite);
  }

  /** A request inside the dialog. */
  onRequest(transaction: ServerTransaction): void {
    const { message, core } = transaction.received;
    if (!this.dialog.accepts(core.cseq.number)) {
      this.#respond(transaction, 500, [['Retry-After', '1']]);
      return;
    }
    switch (message.method) {
      case 'BYE':
        this.#respond(transaction, 200);
        this.#end();
        this.#options.handlers.onEnded('NORMAL_CLEARING');
        break;
      case 'INVITE':
      case 'UPDATE':
        this.#onOffer(transaction);
        break;
      case 'OPTIONS':
      case 'INFO':
        this.#respond(transaction, 200, [['Allow', allowedMethods]]);
        break;
      default:
        this.#respond(transaction, 501, [['Allow', allowedMethods]]);
    }
  }

  /** The ACK for a 2xx; the first one may bring the answer to our offer. */
  onAck(ack: ReceivedRequest): void {
    this.#retransmission?.stop();
    this.#retransmission = undefined;
    if (this.#over || this.#awaitedAnswer !== ack.core.cseq.number) return;
    this.#awaitedAnswer = undefined;
    const remote = ack.message.body.toString('utf8');
    const own = { address: connectionAddress(this.#local) ?? '', keys: this.#keys };
    const result = readAnswer(remote, own, this.#offeredSecurely);
    if (result.kind === 'refused') {
      this.hangUp('INCOMPATIBLE_DESTINATION');
      this.#options.handlers.onEnded('INCOMPATIBLE_DESTINATION');
      return;
    }
    this.#agree(this.#unlooped(result.media), remote);
  }

  /** Ends the dialog with a BYE that tells the cause (RFC 3326). Calling it again does nothing. */
  hangUp(cause: HangupCause): void {
    if (this.#over) return;
    this.#end();
    const { layer, dialog, invite } = this.#options;
    const reason = `Q.850;cause=${hangupCauses[cause]};text="${cause}"`;
    const bye = dialog.request(
      'BYE',
      HeaderList.of([
        ['User-Agent', userAgent],
        ['Reason', reason],
      ]),
    );
    const target = targetOf(dialog.nextHop);
    const { transport, remote } = invite.received;
    // A name is not looked up for a farewell: the INVITE's own source will do.
    const address = (target === undefined ? undefined : literalAddress(target)) ?? remote;
    layer.request(bye, { transport, address }, { onResponse: () => {} });
  }

  #onOffer(transaction: ServerTransaction): void {
    const { message } = transaction.received;
    if (message.method === 'UPDATE' && message.body.length === 0) {
      this.dialog.refreshTarget(message);
      this.#respond(transaction, 200, [['Contact', this.#contact(transaction.received)]]);
      return;
    }
    // RFC 3261 §14.2: an offer of ours is still out, or the last answer is not confirmed.
    if (this.#awaitedAnswer !== undefined) {
      this.#respond(transaction, 491);
      return;
    }
    const refusal = this.#answer(transaction);
    if (refusal === undefined) {
      this.dialog.refreshTarget(message);
      return;
    }
    const [status, reason] = refusals[refusal];
    this.#respond(transaction, status, [], reason);
  }

  /** Sends the 2xx to an INVITE or UPDATE, with the answer to its offer or an offer of ours. */
  #answer(transaction: ServerTransaction): SdpRefusal | undefined {
    const { received } = transaction;
    const offer = received.message.body.toString('utf8');
    this.#signalling = signallingSource(received.message) ?? this.#signalling;
    if (offer.trim() === '') {
      this.#awaitedAnswer = received.core.cseq.number;
      // As drachtio-fsmrf asks for it (`srtp: true`), or as it has been so far.
      const asked = /^true$/i.test(received.message.headers.get('X-Secure-RTP') ?? '');
      this.#offeredSecurely = asked || this.#options.rtp.media?.security !== undefined;
      this.#succeed(
        transaction,
        this.#describe(this.#signalling ?? received.remote.address, (local) => makeOffer(local, this.#offeredSecurely)),
      );
      return undefined;
    }
    let media: AgreedMedia | undefined;
    let refusal: SdpRefusal | undefined;
    const offered = connectionAddress(offer);
    // Media may be of another family than the signalling: which of our addresses is meant goes by the media's then.
    const sameFamily = offered === undefined || isIP(offered) === isIP(this.#signalling ?? '');
    const toward = (sameFamily ? this.#signalling : undefined) ?? offered ?? received.remote.address;
    const answer = this.#describe(toward, (local) => {
      const result = answerOffer(offer, local);
      if (result.kind === 'refused') {
        refusal = result.reason;
        return '';
      }
      media = result.media;
      return result.answer;
    });
    if (media === undefined) return refusal;
    this.#succeed(transaction, answer);
    this.#agree(media, offer);
    return undefined;
  }

  /** Writes our description; its version grows when it says something else than the one before (RFC 3264 §8). */
  #describe(toward: string, write: (local: LocalMedia) => string): string {
    const { rtp, mediaAddress } = this.#options;
    const place = { address: mediaAddress(toward), port: rtp.localPort, sessionId: this.#sessionId, keys: this.#keys };
    const description = write({ ...place, version: this.#version + 1 });
    if (description === '' || withoutVersion(description) === withoutVersion(this.#local)) return this.#local;
    this.#version += 1;
    this.#local = description;
    return description;
  }

  #agree(media: AgreedMedia, remote: string): void {
    this.#options.rtp.agree(media, this.#signalling);
    this.#keys.keepOnly(media.security?.ours.suite);
    this.#options.handlers.onMedia(media, { local: this.#local, remote });
  }

  /** drachtio-srf answers an offer by the offer itself; media is not sent to ourselves for that. */
  #unlooped(media: AgreedMedia): AgreedMedia {
    const ours = connectionAddress(this.#local) === media.address && media.port === this.#options.rtp.localPort;
    return ours ? { ...media, direction: 'inactive' } : media;
  }

  #succeed(transaction: ServerTransaction, description: string): void {
    const { layer, clock } = this.#options;
    const { received } = transaction;
    const response = responseTo(received.message, 200, {
      toTag: this.dialog.localTag,
      headers: [
        ['Contact', this.#contact(received)],
        ['User-Agent', userAgent],
        ['Allow', allowedMethods],
        ['Accept', sdpType],
        ['Content-Type', sdpType],
        ['Content-Disposition', 'session'],
      ],
      body: Buffer.from(description),
    });
    transaction.respond(response);
    if (received.message.method !== 'INVITE') return;
    this.#retransmission?.stop();
    this.#retransmission = new AnswerRetransmission({
      clock,
      timers: layer.timersOf(received.transport),
      resend: () => transaction.respond(response),
      // RFC 3261 §13.3.1.4: the dialog stands, and is to be ended by a BYE.
      onTimeout: () => {
        this.hangUp('RECOVERY_ON_TIMER_EXPIRE');
        this.#options.handlers.onEnded('RECOVERY_ON_TIMER_EXPIRE');
      },
    });
  }

  #respond(
    transaction: ServerTransaction,
    status: number,
    headers: readonly (readonly [string, string])[] = [],
    reason?: string,
  ): void {
    transaction.respond(
      responseTo(transaction.received.message, status, {
        toTag: this.dialog.localTag,
        headers: [['User-Agent', userAgent], ...headers],
        ...(reason === undefined ? {} : { reason }),
      }),
    );
  }

  #contact({ local }: ReceivedRequest): string {
    return `<sip:drachtio@${formatHostPort(local.address, local.port)};transport=udp>`;
  }

  #end(): void {
    this.#over = true;
    this.#retransmission?.stop();
    this.#retransmission = undefined;
  }
}

/** The address that the caller's signalling came from, which the application may tell in a header of its own. */
export function signallingSource(request: SipRequest): string | undefined {
  // An interface may be named behind a link-local address (RFC 4007 §11).
  const value = request.headers.get('X-Signalling-Source')?.trim().split('%')[0];
  return value !== undefined && isIP(value) !== 0 ? value : undefined;
}

function withoutVersion(description: string): string {
  return description.replace(/^(o=\S+ \d+) \d+/m, '$1');
}

/** The first connection address of a description, when it is a literal one. */
function connectionAddress(description: string): string | undefined {
  const address = /^c=IN IP[46] (\S+)/m.exec(description)?.[1];
  return address !== undefined && isIP(address) !== 0 && !/^(?:0\.0\.0\.0|::)$/.test(address) ? address : undefined;
}
