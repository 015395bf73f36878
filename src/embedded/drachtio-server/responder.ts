import { AnswerRetransmission } from '../sip/answer-retransmission.ts';
import { Dialog } from '../sip/dialog.ts';
import { HeaderList } from '../sip/headers.ts';
import { isSuccess, responseTo, type SipResponse } from '../sip/message.ts';
import type { ReceivedRequest, ServerTransaction } from '../sip/transaction.ts';
import { parseNameAddress, parseSipUri } from '../sip/values.ts';
import {
  applicationHeaders,
  contactOf,
  contactScheme,
  dialogHeaders,
  reasonPhrase,
  wantedToTag,
  withContentType,
} from './app-headers.ts';
import type { Application } from './application.ts';
import type { AppResponse } from './command.ts';
import { type EdgeContext, type OpenRequest, sendCdr, sequenceOf } from './edge-context.ts';
import type { EdgeDialog } from './edge-dialog.ts';
import type { Farewell } from './farewell.ts';
import { Provisionals } from './provisionals.ts';
import { type AnsweredSession, answeredSession, hasOption, sessionExpiresOf } from './session-expires.ts';
import type { Sessions } from './sessions.ts';
import { plainReply, sentReply } from './wire.ts';

/** What is told to an application whose response could not be sent. */
const notSent = 'Unknown server error sending response';

/** One response of an application, on its way. */
interface Answering {
  readonly open: OpenRequest;
  /** The application's name for the command. */
  readonly id: string;
  readonly response: AppResponse;
}

/** The responses of applications to requests of the network, and those that are given in their place. */
export class Responder {
  readonly #context: EdgeContext;
  readonly #farewell: Farewell;
  readonly #sessions: Sessions;

  constructor(context: EdgeContext, farewell: Farewell, sessions: Sessions) {
    this.#context = context;
    this.#farewell = farewell;
    this.#sessions = sessions;
  }

  /**
   * A response of an application. It is told what was sent, or why nothing was; of a response that has to wait for a
   * PRACK (RFC 3262 §3) when it has been sent.
   */
  respond(application: Application, id: string, transactionId: string, response: AppResponse): void {
    const open = this.#context.openRequests.get(transactionId);
    if (open === undefined || open.owner !== application) {
      application.send(plainReply(id, 'NOK', unknownTransaction(response)));
      return;
    }
    const answering = { open, id, response };
    const reliability = reliabilityOf(open, response);
    if (reliability === 'not-possible') {
      application.send(plainReply(id, 'NOK', 'Remote endpoint does not support 100rel'));
    } else if (reliability !== 'none') this.#sendReliably(answering, reliability === 'asked');
    else {
      const provisionals = open.dialog?.incomingInvite === open.transaction ? open.dialog.provisionals : undefined;
      const isFinal = response.status >= 200;
      if (provisionals !== undefined && isFinal && response.status < 300) {
        provisionals.answer(
          () => this.#send(answering),
          () => application.send(plainReply(id, 'NOK', notSent)),
        );
      } else {
        if (isFinal) provisionals?.end();
        this.#send(answering);
      }
    }
  }

  /** Answers an INVITE in the application's place, which will hear "unknown transaction" if it answers later. */
  abandon(open: OpenRequest, status: number, reason?: string): void {
    this.forget(open);
    const { dialog, transaction } = open;
    if (dialog?.incomingInvite === transaction) {
      dialog.incomingInvite = undefined;
      dialog.provisionals?.end();
    }
    transaction.respond(
      responseTo(transaction.received.message, status, {
        toTag: dialog?.sip.localTag ?? this.#context.layer.toTagFor(transaction.received.message),
        ...(reason === undefined ? {} : { reason }),
      }),
    );
    if (dialog !== undefined && dialog.transactionId === open.transactionId) this.#farewell.over(dialog);
  }

  /** Nothing is expected of the application for this request any more. */
  forget(open: OpenRequest): void {
    open.stopWaiting();
    if (open.dialog?.incomingUpdate === open.transaction) open.dialog.incomingUpdate = undefined;
    this.#context.openRequests.delete(open.transactionId);
  }

  /** A response of this server's own. */
  refuse(
    transaction: ServerTransaction,
    status: number,
    options: { readonly reason?: string; readonly headers?: readonly (readonly [string, string])[] } = {},
  ): void {
    const { message } = transaction.received;
    transaction.respond(responseTo(message, status, { toTag: this.#context.layer.toTagFor(message), ...options }));
  }

  /** Sends a response and tells the application. Whether it was sent. */
  #send(answering: Answering, sequence?: number): SipResponse | undefined {
    const { open, id } = answering;
    const application = open.owner;
    const session = this.#sessionOf(answering);
    const composed = this.#compose(answering, session, sequence);
    if (!open.transaction.respond(composed)) {
      // It was answered in the application's place, because its call ended meanwhile.
      if (open.transaction.answered) this.forget(open);
      application.send(plainReply(id, 'NOK', notSent));
      return undefined;
    }
    open.heard = true;
    open.stopWaiting();
    const { received } = open.transaction;
    const facts = {
      source: 'application',
      protocol: received.transport.protocol,
      address: received.remote,
      time: this.#context.clock.now(),
    } as const;
    // drachtio-server has forgotten a dialog when its BYE is answered, and names none then.
    const dialogId = received.message.method === 'BYE' ? '' : (open.dialog?.id ?? '');
    const { transactionId } = open;
    application.send(sentReply(id, facts, { transactionId, dialogId }, composed));
    if (composed.status < 300 && refreshes(received.message.method)) open.dialog?.describe(composed);
    if (composed.status >= 200) this.#answered(open, composed, session);
    return composed;
  }

  #sendReliably(answering: Answering, toApplication: boolean): void {
    const { open, id, response } = answering;
    const { dialog, transaction, owner } = open;
    if (dialog === undefined) return;
    if (dialog.incomingInvite !== transaction) {
      owner.send(plainReply(id, 'NOK', notSent));
      return;
    }
    dialog.provisionals ??= new Provisionals({
      clock: this.#context.clock,
      timers: this.#context.layer.timersOf(transaction.received.transport),
      inviteSequence: sequenceOf(transaction.received.message),
      onTimeout: () => {
        this.#context.counters.provisionalsUnacknowledged++;
        // In the words of drachtio-server.
        this.abandon(open, 503, 'Reliable Response Time-Out');
      },
    });
    dialog.provisionals.send({
      hasDescription: response.body.length > 0,
      toApplication,
      transmit: (sequence) => {
        const sent = this.#send(answering, sequence);
        return sent === undefined ? undefined : () => transaction.respond(sent);
      },
      drop: () => owner.send(plainReply(id, 'NOK', notSent)),
    });
  }

  /** What a 2xx agrees on about the life of the session (RFC 4028 §9). */
  #sessionOf({ open, response }: Answering): AnsweredSession | undefined {
    const { message } = open.transaction.received;
    if (open.dialog === undefined || !refreshes(message.method) || response.status < 200 || response.status > 299) {
      return undefined;
    }
    const written = sessionExpiresOf(HeaderList.of(response.headers));
    const { minimumSessionExpires } = this.#context;
    return answeredSession(message.headers, written, open.dialog.sessionTimer?.agreement, minimumSessionExpires);
  }

  #compose(
    { open, response }: Answering,
    session: AnsweredSession | undefined,
    sequence: number | undefined,
  ): SipResponse {
    const { message, local, transport } = open.transaction.received;
    const { status, body } = response;
    const added = applicationHeaders(response.headers, local, dialogHeaders);
    let headers = withContentType(added, body) ?? added;
    if (needsContact(message.method, status) && !headers.has('Contact')) {
      headers = headers.append(
        'Contact',
        contactOf(local, transport.protocol, contactScheme(message, transport.protocol)),
      );
    }
    if (session?.header !== undefined) {
      headers = headers.append('Session-Expires', session.header);
      // RFC 4028 §9: who is to refresh must know that it is.
      if (session.agreement.refresher === 'them' && !hasOption(headers, 'Require', 'timer')) {
        headers = headers.append('Require', 'timer');
      }
    }
    if (sequence !== undefined) {
      if (!hasOption(headers, 'Require', '100rel')) headers = headers.append('Require', '100rel');
      headers = headers.append('RSeq', String(sequence));
    }
    return responseTo(message, status, {
      reason: reasonPhrase(status, response.reason),
      toTag: status === 100 ? undefined : this.#toTag(open, response),
      headers: Array.from(headers, ({ name, value }): [string, string] => [name, value]),
      body,
    });
  }

  /** The application may choose the tag with its first response; from then on it stays. */
  #toTag(open: OpenRequest, response: AppResponse): string {
    const { dialog, transaction } = open;
    const { message } = transaction.received;
    const wanted = wantedToTag(response.headers);
    if (dialog === undefined) return wanted ?? this.#context.layer.toTagFor(message);
    if (!open.heard && wanted !== undefined && dialog.state === 'early') {
      this.#context.dialogs.remove(dialog);
      dialog.sip = Dialog.ofReceived(message, wanted) ?? dialog.sip;
      this.#context.dialogs.add(dialog);
    }
    return dialog.sip.localTag;
  }

  /** A final response went out. */
  #answered(open: OpenRequest, response: SipResponse, session: AnsweredSession | undefined): void {
    this.forget(open);
    const { dialog, transaction } = open;
    const { message } = transaction.received;
    if (dialog === undefined) return;
    if (isSuccess(response) && refreshes(message.method)) {
      if (dialog.state !== 'early' || message.method === 'UPDATE') moveTarget(dialog, transaction.received);
      if (message.method === 'INVITE') this.#inviteAccepted(open, dialog, response);
      if (dialog.state !== 'early') this.#sessions.agree(dialog, session?.agreement);
    } else if (message.method === 'INVITE') {
      dialog.incomingInvite = undefined;
      if (dialog.state !== 'early') return;
      this.#farewell.over(dialog);
      sendCdr(this.#context, 'stop', 'application', response, 'call-rejected');
    }
  }

  #inviteAccepted({ transaction, transactionId }: OpenRequest, dialog: EdgeDialog, response: SipResponse): void {
    const { message, transport } = transaction.received;
    dialog.incomingInvite = undefined;
    if (dialog.state === 'early') {
      dialog.move('answered');
      sendCdr(this.#context, 'start', 'application', response, 'uas');
    }
    dialog.acknowledged();
    dialog.answer = {
      sequence: sequenceOf(message),
      transactionId,
      isOffer: message.body.length === 0,
      retransmission: new AnswerRetransmission({
        clock: this.#context.clock,
        timers: this.#context.layer.timersOf(transport),
        resend: () => transaction.respond(response),
        onTimeout: () => this.#farewell.bye(dialog, 'ACK timeout'),
      }),
    };
  }
}

/** Whether a response is to be sent reliably: the application asks for it, or the caller insists (RFC 3262 §3). */
function reliabilityOf(open: OpenRequest, response: AppResponse): 'asked' | 'insisted' | 'none' | 'not-possible' {
  const { headers, method } = open.transaction.received.message;
  if (method !== 'INVITE' || response.status <= 100 || response.status >= 200) return 'none';
  const asked = response.headers.some(([name, value]) => name.toLowerCase() === 'require' && /\b100rel\b/i.test(value));
  const insisted = hasOption(headers, 'Require', '100rel');
  if (asked && !insisted && !hasOption(headers, 'Supported', '100rel')) return 'not-possible';
  return asked ? 'asked' : insisted ? 'insisted' : 'none';
}

/** INVITE and UPDATE: what may move the other side, and refreshes a session (RFC 3261 §12.2, RFC 4028 §3). */
function refreshes(method: string): boolean {
  return method === 'INVITE' || method === 'UPDATE';
}

/** What makes a dialog or may move us tells where we are (RFC 3261 §12.1.1, RFC 3311 §5.2). */
function needsContact(method: string, status: number): boolean {
  if (status <= 100 || status >= 300) return false;
  return method === 'INVITE' || (status >= 200 && (method === 'SUBSCRIBE' || method === 'UPDATE'));
}

/** A re-INVITE or UPDATE that was accepted may have moved the other side (RFC 3261 §12.2.2). */
function moveTarget(dialog: EdgeDialog, received: ReceivedRequest): void {
  if (!received.message.headers.has('Contact')) return;
  dialog.sip.refreshTarget(received.message);
  locatePeer(dialog, received);
}

/** Notes where the other side really is. */
export function locatePeer(dialog: EdgeDialog, received: ReceivedRequest): void {
  dialog.source = { transport: received.transport, address: received.remote };
  dialog.natAddress = natAddress(received);
}

/** As drachtio-server finds out: no proxy recorded itself, and the Contact is not where the message came from. */
function natAddress(received: ReceivedRequest): ReceivedRequest['remote'] | undefined {
  const { message, remote, transport } = received;
  if (transport.reliable || message.headers.has('Record-Route')) return undefined;
  const contact = parseSipUri(parseNameAddress(message.headers.get('Contact') ?? '')?.uri ?? '');
  if (contact === undefined) return undefined;
  const elsewhere = contact.host !== remote.address || (contact.port !== undefined && contact.port !== remote.port);
  return elsewhere ? remote : undefined;
}

function unknownTransaction(response: AppResponse): string {
  const cseq = response.headers.find(([name]) => name.toLowerCase() === 'cseq')?.[1] ?? '';
  return /\sCANCEL$/.test(cseq)
    ? '200 OK to incoming CANCEL is automatically generated by the stack'
    : 'Response not sent due to unknown transaction';
}
