import { AnswerRetransmission } from '../sip/answer-retransmission.ts';
import { Dialog } from '../sip/dialog.ts';
import { responseTo, type SipResponse } from '../sip/message.ts';
import type { ReceivedRequest, ServerTransaction } from '../sip/transaction.ts';
import { parseNameAddress, parseSipUri } from '../sip/values.ts';
import {
  applicationHeaders,
  contactOf,
  dialogHeaders,
  reasonPhrase,
  wantedToTag,
  withContentType,
} from './app-headers.ts';
import type { Application } from './application.ts';
import type { AppResponse } from './command.ts';
import {
  type EdgeContext,
  networkFacts,
  newTransactionId,
  type OpenRequest,
  sendCdr,
  sequenceOf,
} from './edge-context.ts';
import { dialogIdOf, EdgeDialog } from './edge-dialog.ts';
import type { Farewell } from './farewell.ts';
import { allow, allowNow, knownMethods } from './methods.ts';
import { plainReply, sentReply, sipMessage } from './wire.ts';

/** They make sense inside a dialog only, or belong to a transaction that is not there. */
const needDialog: ReadonlySet<string> = new Set(['BYE', 'UPDATE', 'PRACK']);

/** An application that says nothing about an INVITE for so many times T1 (64 s) will not say anything. */
const applicationPatience = 128;

/** The requests of the network: finds the application for each, hands it over, and sends back what the application answers. */
export class Uas {
  readonly #context: EdgeContext;
  readonly #farewell: Farewell;

  constructor(context: EdgeContext, farewell: Farewell) {
    this.#context = context;
    this.#farewell = farewell;
  }

  /** Whether a request belongs to a dialog that there is. */
  knows(received: ReceivedRequest): boolean {
    const toTag = received.core.to.params.get('tag');
    return typeof toTag === 'string' && this.#dialogOf(received, toTag) !== undefined;
  }

  /** A new request, neither ACK nor CANCEL. */
  onRequest(transaction: ServerTransaction): void {
    const { message, core } = transaction.received;
    if (message.method === 'INVITE') {
      const flaw = inviteFlaw(transaction.received);
      if (flaw !== undefined) {
        this.#refuse(transaction, 400, flaw);
        return;
      }
      transaction.respond(responseTo(message, 100));
    }
    const toTag = core.to.params.get('tag');
    if (typeof toTag === 'string') this.#insideDialog(transaction, toTag);
    else if (!knownMethods.includes(message.method)) this.#refuse(transaction, 501);
    else if (needDialog.has(message.method)) this.#refuse(transaction, 481);
    else this.#newRequest(transaction);
  }

  /** The ACK for a 2xx: the first one ends the repetition of the answer and goes to the application; others are dropped. */
  onAck(ack: ReceivedRequest): void {
    const { core, message } = ack;
    const dialog = this.#dialogOf(ack, core.to.params.get('tag') ?? '');
    const answer = dialog?.answer;
    if (dialog === undefined || answer === undefined || answer.sequence !== core.cseq.number) return;
    dialog.acknowledged();
    if (dialog.state === 'answered') dialog.move('confirmed');
    const ids = { transactionId: answer.transactionId, dialogId: dialog.id };
    dialog.owner.send(sipMessage(networkFacts(ack), ids, message));
  }

  /** A response of an application. It is told what was sent, or why nothing was. */
  respond(application: Application, id: string, transactionId: string, response: AppResponse): void {
    const open = this.#context.openRequests.get(transactionId);
    if (open === undefined || open.owner !== application) {
      application.send(plainReply(id, 'NOK', unknownTransaction(response)));
      return;
    }
    if (response.headers.some(([name, value]) => name.toLowerCase() === 'require' && /\b100rel\b/i.test(value))) {
      application.send(plainReply(id, 'NOK', 'reliable provisional responses are not supported'));
      return;
    }
    const composed = this.#compose(open, response);
    if (!open.transaction.respond(composed)) {
      // It was answered in the application's place, because its call ended meanwhile.
      if (open.transaction.answered) this.#forget(open);
      application.send(plainReply(id, 'NOK', 'Unknown server error sending response'));
      return;
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
    application.send(sentReply(id, facts, { transactionId, dialogId }, composed));
    if (composed.status >= 200) this.#answered(open, composed);
  }

  /** Gives up what an application that is gone had still to answer, or gives it to another one. */
  applicationGone(application: Application): void {
    for (const open of [...this.#context.openRequests.values()]) {
      if (open.owner !== application) continue;
      this.#forget(open);
      if (open.dialog !== undefined && open.dialog.transactionId === open.transactionId) {
        open.dialog.incomingInvite = undefined;
        this.#farewell.over(open.dialog);
      }
      const inDialog = typeof open.transaction.received.core.to.params.get('tag') === 'string';
      // What was never answered can be handed to another application; what was, has a half-made call behind it.
      if (!open.heard && !inDialog) this.#newRequest(open.transaction);
      else this.#refuse(open.transaction, inDialog ? 481 : 503);
    }
  }

  #newRequest(transaction: ServerTransaction): void {
    const { received } = transaction;
    const { method } = received.message;
    const application = this.#context.applications.next(method.toLowerCase());
    if (application === undefined) {
      // An OPTIONS that no application wants is a keep-alive: the peer asks whether this server is there (RFC 3261 §11).
      if (method === 'OPTIONS') this.#refuse(transaction, 200, undefined, [allow, ['Accept', 'application/sdp']]);
      else if (method === 'INVITE' || !this.#context.applications.want('invite')) this.#refuse(transaction, 503);
      else this.#refuse(transaction, 405, undefined, [allowNow(this.#context.applications)]);
      return;
    }
    const transactionId = newTransactionId();
    let dialog: EdgeDialog | undefined;
    if (method === 'INVITE') {
      const opened = this.#openDialog(transaction, application, transactionId);
      if (typeof opened === 'number') {
        this.#refuse(transaction, opened);
        return;
      }
      dialog = opened;
      sendCdr(this.#context, 'attempt', 'network', received.message);
    }
    this.#expectAnswer({ transactionId, transaction, owner: application, dialog });
    const ids = { transactionId, dialogId: '' };
    application.send(sipMessage(networkFacts(received), ids, received.message, received.local));
  }

  /** The dialog of a new INVITE, or the status to refuse it with: one with its Call-ID and From tag is there already. */
  #openDialog(transaction: ServerTransaction, owner: Application, transactionId: string): EdgeDialog | number {
    const { received } = transaction;
    const { message, core, transport } = received;
    const id = dialogIdOf(core.callId, core.from.params.get('tag') ?? '');
    const other = this.#context.dialogs.byId(id);
    // RFC 3261 §8.2.2.2: the same request by another way is merged away; a newer one is out of order.
    if (other !== undefined) {
      return other.openedWith === core.cseq.number ? 482 : 491;
    }
    const sip = Dialog.ofReceived(message, this.#context.layer.toTagFor(message));
    if (sip === undefined) return 400;
    const dialog = new EdgeDialog({ id, role: 'uas', owner, transport, transactionId, sip });
    dialog.openedWith = core.cseq.number;
    dialog.incomingInvite = transaction;
    locatePeer(dialog, received);
    this.#context.dialogs.add(dialog);
    return dialog;
  }

  /** Keeps the request until the application answers, the caller gives up, or the application has been silent too long. */
  #expectAnswer(start: Omit<OpenRequest, 'heard' | 'stopWaiting'>): void {
    const { transaction, transactionId } = start;
    const { transport, message } = transaction.received;
    const patience = applicationPatience * this.#context.layer.timersOf(transport).t1;
    const open: OpenRequest = {
      ...start,
      heard: false,
      stopWaiting:
        message.method === 'INVITE' ? this.#context.clock.after(patience, () => this.#abandon(open, 504)) : () => {},
    };
    this.#context.openRequests.set(transactionId, open);
    transaction.handlers = {
      onCancel: (cancel) => this.#cancelled(open, cancel),
      onTerminated: () => this.#forget(open),
    };
  }

  /** RFC 3261 §9.2, and what drachtio-server tells the application: the CANCEL under the INVITE's transaction id. */
  #cancelled(open: OpenRequest, cancel: ReceivedRequest): void {
    const { dialog, transactionId } = open;
    this.#abandon(open, 487);
    // The application knows the dialog's id only from a response of its own.
    const dialogId = open.heard ? (dialog?.id ?? '') : '';
    open.owner.send(sipMessage(networkFacts(cancel), { transactionId, dialogId }, cancel.message));
    sendCdr(this.#context, 'stop', 'network', cancel.message, 'call-canceled');
  }

  /** Answers an INVITE in the application's place, which will hear "unknown transaction" if it answers later. */
  #abandon(open: OpenRequest, status: number): void {
    this.#forget(open);
    const { dialog, transaction } = open;
    transaction.respond(
      responseTo(transaction.received.message, status, {
        toTag: dialog?.sip.localTag ?? this.#context.layer.toTagFor(transaction.received.message),
      }),
    );
    if (dialog?.incomingInvite === transaction) dialog.incomingInvite = undefined;
    if (dialog !== undefined && dialog.transactionId === open.transactionId) this.#farewell.over(dialog);
  }

  #forget(open: OpenRequest): void {
    open.stopWaiting();
    this.#context.openRequests.delete(open.transactionId);
  }

  #insideDialog(transaction: ServerTransaction, toTag: string): void {
    const { received } = transaction;
    const { message } = received;
    const dialog = this.#dialogOf(received, toTag);
    if (dialog === undefined || !dialog.owner.open) {
      this.#refuse(transaction, 481);
      return;
    }
    const obstacle = this.#obstacle(dialog, transaction);
    if (obstacle !== undefined) {
      const headers: [string, string][] = obstacle === 500 ? [['Retry-After', '1']] : [];
      this.#refuse(transaction, obstacle, undefined, headers);
      return;
    }
    if (message.method === 'INVITE') dialog.incomingInvite = transaction;
    const transactionId = newTransactionId();
    this.#expectAnswer({ transactionId, transaction, owner: dialog.owner, dialog });
    dialog.owner.send(sipMessage(networkFacts(received), { transactionId, dialogId: dialog.id }, message));
    if (message.method === 'BYE') {
      sendCdr(this.#context, 'stop', 'network', message, 'normal-release');
      this.#farewell.over(dialog);
    }
  }

  /** Why a request inside a dialog cannot be taken now, as a status. */
  #obstacle(dialog: EdgeDialog, transaction: ServerTransaction): number | undefined {
    const { message, core } = transaction.received;
    // RFC 3261 §12.2.2: out of order.
    if (!dialog.sip.accepts(core.cseq.number)) return 500;
    if (message.method === 'BYE') return dialog.state === 'early' ? 481 : undefined;
    if (message.method !== 'INVITE') return undefined;
    // RFC 3261 §14.2: one re-INVITE at a time in one direction, and not against one of ours.
    if (dialog.incomingInvite !== undefined) return 500;
    if (dialog.outgoingInvite !== undefined) return 491;
    return dialog.state === 'ending' ? 481 : undefined;
  }

  #dialogOf(received: ReceivedRequest, toTag: string): EdgeDialog | undefined {
    const { core } = received;
    return this.#context.dialogs.byTags(core.callId, toTag, core.from.params.get('tag') ?? '');
  }

  #compose(open: OpenRequest, response: AppResponse): SipResponse {
    const { received } = open.transaction;
    const { message, local } = received;
    const { status, body } = response;
    const added = applicationHeaders(response.headers, local, dialogHeaders);
    let headers = withContentType(added, body) ?? added;
    const opensDialog = message.method === 'INVITE' || message.method === 'SUBSCRIBE';
    if (opensDialog && status >= 200 && status < 300 && !headers.has('Contact')) {
      headers = headers.append('Contact', contactOf(local, received.transport.protocol));
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
  #answered(open: OpenRequest, response: SipResponse): void {
    this.#forget(open);
    const { dialog, transaction } = open;
    const { message, transport } = transaction.received;
    if (dialog === undefined || message.method !== 'INVITE') {
      if (message.method === 'UPDATE' && response.status < 300) moveTarget(dialog, transaction.received);
      return;
    }
    dialog.incomingInvite = undefined;
    if (response.status >= 300) {
      if (dialog.state !== 'early') return;
      this.#farewell.over(dialog);
      sendCdr(this.#context, 'stop', 'application', response, 'call-rejected');
      return;
    }
    if (dialog.state === 'early') {
      dialog.move('answered');
      sendCdr(this.#context, 'start', 'application', response, 'uas');
    } else moveTarget(dialog, transaction.received);
    dialog.acknowledged();
    dialog.answer = {
      sequence: sequenceOf(message),
      transactionId: open.transactionId,
      retransmission: new AnswerRetransmission({
        clock: this.#context.clock,
        timers: this.#context.layer.timersOf(transport),
        resend: () => transaction.respond(response),
        onTimeout: () => this.#farewell.bye(dialog, 'ACK timeout'),
      }),
    };
  }

  #refuse(
    transaction: ServerTransaction,
    status: number,
    reason?: string,
    headers: readonly (readonly [string, string])[] = status === 501 ? [allow] : [],
  ): void {
    const { message } = transaction.received;
    transaction.respond(
      responseTo(message, status, {
        toTag: this.#context.layer.toTagFor(message),
        headers,
        ...(reason === undefined ? {} : { reason }),
      }),
    );
  }
}

/** RFC 3261 §8.1.1.8 and §8.1.1.3: without these no dialog can come of an INVITE. */
function inviteFlaw(received: ReceivedRequest): string | undefined {
  if (!received.core.from.params.get('tag')) return 'Missing From Tag';
  const contact = parseNameAddress(received.message.headers.get('Contact') ?? '');
  if (contact === undefined || parseSipUri(contact.uri) === undefined) return 'Missing Contact';
  return undefined;
}

/** A re-INVITE or UPDATE that was accepted may have moved the other side (RFC 3261 §12.2.2). */
function moveTarget(dialog: EdgeDialog | undefined, received: ReceivedRequest): void {
  if (dialog === undefined || !received.message.headers.has('Contact')) return;
  dialog.sip.refreshTarget(received.message);
  locatePeer(dialog, received);
}

function locatePeer(dialog: EdgeDialog, received: ReceivedRequest): void {
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
