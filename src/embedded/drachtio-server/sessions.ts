import { randomInt } from 'node:crypto';
import { HeaderList } from '../sip/headers.ts';
import type { SipRequest, SipResponse } from '../sip/message.ts';
import type { Destination, ReceivedResponse } from '../sip/transaction.ts';
import type { SentAck } from '../sip/transaction-layer.ts';
import { type EdgeContext, newTransactionId, sequenceOf } from './edge-context.ts';
import type { EdgeDialog } from './edge-dialog.ts';
import type { Farewell } from './farewell.ts';
import type { RequestSender } from './request-sender.ts';
import { acceptedSession, minimumOf, type SessionAgreement } from './session-expires.ts';
import { SessionTimer } from './session-timer.ts';

/** What drachtio-server writes into the Reason of the BYE; applications look at the words. */
const expiredText = 'Session timer expired';

/** How long to wait before another attempt when something else is going on in the dialog, in milliseconds. */
const busyWait = 1_000;

/** The longest Retry-After of a refusal that is waited for, in seconds. */
const longestRetryAfter = 60;

/**
 * Keeps sessions alive as agreed, and ends those that nobody refreshes (RFC 4028). The refresh is a re-INVITE with the
 * description that stands, as drachtio-server sends it; the application sees nothing of it.
 */
export class Sessions {
  readonly #context: EdgeContext;
  readonly #sender: RequestSender;
  readonly #farewell: Farewell;

  constructor(context: EdgeContext, sender: RequestSender, farewell: Farewell) {
    this.#context = context;
    this.#sender = sender;
    this.#farewell = farewell;
  }

  /** Begins the interval anew; without an agreement the session does not expire from now on. */
  agree(dialog: EdgeDialog, agreement: SessionAgreement | undefined): void {
    if (dialog.state === 'ending' || dialog.state === 'over') return;
    if (agreement === undefined) {
      dialog.sessionTimer?.stop();
      return;
    }
    dialog.sessionTimer ??= new SessionTimer(this.#context.clock, {
      onRefreshDue: () => this.#refresh(dialog),
      onExpired: () => this.#expire(dialog),
    });
    dialog.sessionTimer.start(agreement);
  }

  #refresh(dialog: EdgeDialog): void {
    const agreement = dialog.sessionTimer?.agreement;
    if (agreement === undefined) return;
    const busy =
      dialog.state !== 'confirmed' ||
      dialog.incomingInvite !== undefined ||
      dialog.outgoingInvite !== undefined ||
      dialog.incomingUpdate !== undefined;
    if (busy) {
      dialog.sessionTimer?.tryAgainIn(busyWait);
      return;
    }
    this.#sender.locateDialog(dialog, (located) => {
      if (located.kind === 'found') this.#send(dialog, agreement, located.destination);
      else this.#expire(dialog);
    });
  }

  #send(dialog: EdgeDialog, agreement: SessionAgreement, destination: Destination): void {
    const request = this.#compose(dialog, agreement);
    let ack: SentAck | undefined;
    const transaction = this.#sender.send(request, destination, {
      onResponse: (response) => {
        const { status } = response.message;
        if (status < 200) return;
        dialog.outgoingInvite = undefined;
        if (status >= 300) this.#refused(dialog, agreement, response.message);
        else if (ack !== undefined) ack.resend();
        else {
          if (request.method === 'INVITE') {
            ack = this.#context.layer.sendAck(dialog.sip.ack(sequenceOf(request)), destination);
          }
          this.#refreshed(dialog, agreement, response);
        }
        dialog.releaseHeldRequests();
      },
      onTimeout: () => this.#failed(dialog),
      onTransportError: () => this.#failed(dialog),
    });
    // UPDATE has no place here: it neither excludes other requests nor can it be cancelled.
    if (request.method === 'INVITE') {
      dialog.outgoingInvite = { transactionId: newTransactionId(), transaction, cancelled: false, isRefresh: true };
    }
  }

  /** A re-INVITE that changes nothing (RFC 4028 §7.4); without a description of ours there is only UPDATE to do it by. */
  #compose(dialog: EdgeDialog, { seconds }: SessionAgreement): SipRequest {
    const { localContact, localDescription } = dialog;
    const headers: [string, string][] = [
      ['Session-Expires', `${seconds};refresher=uac`],
      ['Min-SE', String(this.#context.minimumSessionExpires)],
      ['Supported', 'timer'],
    ];
    if (localContact !== undefined) headers.push(['Contact', localContact]);
    if (localDescription === undefined) return dialog.sip.request('UPDATE', HeaderList.of(headers));
    headers.push(['Content-Type', localDescription.contentType]);
    return dialog.sip.request('INVITE', HeaderList.of(headers), localDescription.body);
  }

  /** A peer that says nothing of timers in its 2xx is one for whom we went on our own account, and go on. */
  #refreshed(dialog: EdgeDialog, agreement: SessionAgreement, { message }: ReceivedResponse): void {
    this.#context.counters.sessionRefreshes++;
    dialog.sip.refreshTarget(message);
    this.agree(dialog, acceptedSession(message.headers, this.#context.minimumSessionExpires) ?? agreement);
  }

  /** RFC 3261 §14.1 for crossing re-INVITEs, RFC 4028 §7.3 for 422; any other refusal ends the call, as with drachtio-server. */
  #refused(dialog: EdgeDialog, agreement: SessionAgreement, response: SipResponse): void {
    const retryAfter = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
    const minimum = minimumOf(response.headers);
    if (response.status === 491) {
      dialog.sessionTimer?.tryAgainIn(dialog.role === 'uac' ? randomInt(2_100, 4_001) : randomInt(0, 2_001));
    } else if (response.status === 422 && minimum !== undefined && minimum > agreement.seconds) {
      this.agree(dialog, { ...agreement, seconds: minimum });
      dialog.sessionTimer?.tryAgainIn(0);
    } else if (response.status >= 500 && retryAfter >= 0 && retryAfter <= longestRetryAfter) {
      dialog.sessionTimer?.tryAgainIn(retryAfter * 1_000);
    } else this.#expire(dialog);
  }

  #expire(dialog: EdgeDialog): void {
    if (dialog.state !== 'answered' && dialog.state !== 'confirmed') return;
    this.#context.counters.sessionsExpired++;
    this.#farewell.bye(dialog, expiredText);
  }

  #failed(dialog: EdgeDialog): void {
    dialog.outgoingInvite = undefined;
    this.#expire(dialog);
    dialog.releaseHeldRequests();
  }
}
