import { randomInt } from 'node:crypto';
import { Dialog } from '../sip/dialog.ts';
import { responseTo, type SipRequest } from '../sip/message.ts';
import type { ReceivedRequest, ServerTransaction } from '../sip/transaction.ts';
import { parseNameAddress, parseSipUri } from '../sip/values.ts';
import type { Application } from './application.ts';
import { type EdgeContext, networkFacts, newTransactionId, type OpenRequest, sendCdr } from './edge-context.ts';
import { dialogIdOf, EdgeDialog } from './edge-dialog.ts';
import type { Farewell } from './farewell.ts';
import { allow, allowNow, knownMethods } from './methods.ts';
import { locatePeer, type Responder } from './responder.ts';
import { hasOption, sessionExpiresOf } from './session-expires.ts';
import { sipMessage } from './wire.ts';

const capabilities: readonly (readonly [string, string])[] = [
  allow,
  ['Accept', 'application/sdp'],
  ['Supported', 'timer, 100rel'],
];

/** They make sense inside a dialog only, or belong to a transaction that is not there. */
const needDialog: ReadonlySet<string> = new Set(['BYE', 'UPDATE', 'PRACK']);

/** An application that says nothing about an INVITE for so many times T1 (64 s) will not say anything. */
const applicationPatience = 128;

/** A request that is refused by this server itself. */
interface Obstacle {
  readonly status: number;
  readonly reason?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

/** The requests of the network: finds the application for each and hands it over. */
export class Uas {
  readonly #context: EdgeContext;
  readonly #farewell: Farewell;
  readonly #responder: Responder;

  constructor(context: EdgeContext, farewell: Farewell, responder: Responder) {
    this.#context = context;
    this.#farewell = farewell;
    this.#responder = responder;
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
        this.#responder.refuse(transaction, 400, { reason: flaw });
        return;
      }
      transaction.respond(responseTo(message, 100));
    }
    const toTag = core.to.params.get('tag');
    if (typeof toTag === 'string') this.#insideDialog(transaction, toTag);
    else if (!knownMethods.includes(message.method)) {
      this.#responder.refuse(transaction, 501, { headers: [allow] });
    } else if (needDialog.has(message.method)) this.#responder.refuse(transaction, 481);
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

  /** Gives up what an application that is gone had still to answer, or gives it to another one. */
  applicationGone(application: Application): void {
    for (const open of [...this.#context.openRequests.values()]) {
      if (open.owner !== application) continue;
      this.#responder.forget(open);
      if (open.dialog !== undefined && open.dialog.transactionId === open.transactionId) {
        open.dialog.incomingInvite = undefined;
        this.#farewell.over(open.dialog);
      }
      const inDialog = typeof open.transaction.received.core.to.params.get('tag') === 'string';
      // What was never answered can be handed to another application; what was, has a half-made call behind it.
      if (!open.heard && !inDialog) this.#newRequest(open.transaction);
      else this.#responder.refuse(open.transaction, inDialog ? 481 : 503);
    }
  }

  #newRequest(transaction: ServerTransaction): void {
    const { received } = transaction;
    const { method } = received.message;
    const application = this.#context.applications.next(method.toLowerCase());
    if (application === undefined) {
      // An OPTIONS that no application wants is a keep-alive: the peer asks whether this server is there (RFC 3261 §11).
      if (method === 'OPTIONS') this.#responder.refuse(transaction, 200, { headers: capabilities });
      else if (method === 'INVITE' || !this.#context.applications.want('invite'))
        this.#responder.refuse(transaction, 503);
      else this.#responder.refuse(transaction, 405, { headers: [allowNow(this.#context.applications)] });
      return;
    }
    const transactionId = newTransactionId();
    let dialog: EdgeDialog | undefined;
    if (method === 'INVITE') {
      const opened = this.#openDialog(transaction, application, transactionId);
      if (typeof opened === 'number') {
        this.#responder.refuse(transaction, opened);
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
        message.method === 'INVITE'
          ? this.#context.clock.after(patience, () => this.#responder.abandon(open, 504))
          : () => {},
    };
    this.#context.openRequests.set(transactionId, open);
    transaction.handlers = {
      onCancel: (cancel) => this.#cancelled(open, cancel),
      onTerminated: () => this.#responder.forget(open),
    };
  }

  /** RFC 3261 §9.2, and what drachtio-server tells the application: the CANCEL under the INVITE's transaction id. */
  #cancelled(open: OpenRequest, cancel: ReceivedRequest): void {
    const { dialog, transactionId } = open;
    this.#responder.abandon(open, 487);
    // The application knows the dialog's id only from a response of its own.
    const dialogId = open.heard ? (dialog?.id ?? '') : '';
    open.owner.send(sipMessage(networkFacts(cancel), { transactionId, dialogId }, cancel.message));
    sendCdr(this.#context, 'stop', 'network', cancel.message, 'call-canceled');
  }

  #insideDialog(transaction: ServerTransaction, toTag: string): void {
    const { received } = transaction;
    const { message } = received;
    const dialog = this.#dialogOf(received, toTag);
    if (dialog === undefined || !dialog.owner.open) {
      this.#responder.refuse(transaction, 481);
      return;
    }
    const obstacle = obstacleOf(dialog, transaction.received, this.#context.minimumSessionExpires);
    if (obstacle !== undefined) {
      this.#responder.refuse(transaction, obstacle.status, obstacle);
      return;
    }
    if (message.method === 'PRACK') this.#acknowledge(transaction, dialog);
    else this.#handOver(transaction, dialog);
  }

  #handOver(transaction: ServerTransaction, dialog: EdgeDialog): void {
    const { received } = transaction;
    const { message } = received;
    if (message.method === 'INVITE') {
      dialog.incomingInvite = transaction;
      dialog.provisionals = undefined;
    } else if (message.method === 'UPDATE') dialog.incomingUpdate = transaction;
    const transactionId = newTransactionId();
    this.#expectAnswer({ transactionId, transaction, owner: dialog.owner, dialog });
    dialog.owner.send(sipMessage(networkFacts(received), { transactionId, dialogId: dialog.id }, message));
    if (message.method === 'BYE') {
      sendCdr(this.#context, 'stop', 'network', message, 'normal-release');
      this.#farewell.over(dialog);
    }
  }

  /** RFC 3262 §3: the PRACK for a reliable provisional response, or 481. */
  #acknowledge(transaction: ServerTransaction, dialog: EdgeDialog): void {
    const acknowledged = dialog.provisionals?.acknowledge(transaction.received.message.headers.get('RAck') ?? '');
    if (acknowledged === undefined) {
      this.#responder.refuse(transaction, 481);
      return;
    }
    // One that comes behind the final answer is of no use to the application, and drachtio-srf would refuse it with 501.
    if (acknowledged.toApplication) this.#handOver(transaction, dialog);
    else this.#responder.refuse(transaction, 200);
    dialog.provisionals?.proceed();
  }

  #dialogOf(received: ReceivedRequest, toTag: string): EdgeDialog | undefined {
    const { core } = received;
    return this.#context.dialogs.byTags(core.callId, toTag, core.from.params.get('tag') ?? '');
  }
}

/** RFC 3261 §8.1.1.8 and §8.1.1.3: without these no dialog can come of an INVITE. */
function inviteFlaw(received: ReceivedRequest): string | undefined {
  if (!received.core.from.params.get('tag')) return 'Missing From Tag';
  const contact = parseNameAddress(received.message.headers.get('Contact') ?? '');
  if (contact === undefined || parseSipUri(contact.uri) === undefined) return 'Missing Contact';
  return undefined;
}

/** Why a request inside a dialog cannot be taken now; `undefined` when it can. */
function obstacleOf(
  dialog: EdgeDialog,
  received: ReceivedRequest,
  minimumSessionExpires: number,
): Obstacle | undefined {
  const { message, core } = received;
  // RFC 3261 §12.2.2: out of order.
  if (!dialog.sip.accepts(core.cseq.number)) return tryLater();
  switch (message.method) {
    case 'BYE':
      return dialog.state === 'early' ? { status: 481 } : undefined;
    case 'INVITE':
      if (dialog.state === 'ending') return { status: 481 };
      return crossingInvite(dialog, message) ?? tooSmall(message, minimumSessionExpires);
    case 'UPDATE':
      if (dialog.state === 'ending') return { status: 481 };
      return crossingUpdate(dialog, message) ?? tooSmall(message, minimumSessionExpires);
    default:
      return undefined;
  }
}

/** RFC 3261 §14.2: one re-INVITE at a time in one direction, and not against one of ours. */
function crossingInvite(dialog: EdgeDialog, invite: SipRequest): Obstacle | undefined {
  if (dialog.incomingInvite !== undefined) return tryLater();
  if (dialog.outgoingInvite !== undefined) return { status: 491 };
  const offered = dialog.incomingUpdate?.received.message.body.length ?? 0;
  return offered > 0 && invite.body.length > 0 ? tryLater() : undefined;
}

/** RFC 3311 §5.2: one UPDATE at a time, and no offer while another one, of either side, has no answer. */
function crossingUpdate(dialog: EdgeDialog, update: SipRequest): Obstacle | undefined {
  if (dialog.incomingUpdate !== undefined) return tryLater();
  if (update.body.length === 0) return undefined;
  const { incomingInvite, outgoingInvite, answer } = dialog;
  if (outgoingInvite !== undefined && outgoingInvite.described !== true) return { status: 491 };
  if (answer?.isOffer === true) return { status: 491 };
  return incomingInvite !== undefined && dialog.provisionals?.described !== true ? tryLater() : undefined;
}

/** 500 with some seconds until another attempt, 0 to 10 as both RFCs say. */
function tryLater(): Obstacle {
  return { status: 500, headers: [['Retry-After', String(randomInt(11))]] };
}

/** RFC 4028 §9: 422, but only to who can understand it. */
function tooSmall({ headers }: SipRequest, minimum: number): Obstacle | undefined {
  const asked = sessionExpiresOf(headers);
  if (asked === undefined || asked.seconds >= minimum || !hasOption(headers, 'Supported', 'timer')) return undefined;
  return { status: 422, reason: 'Session Interval Too Small', headers: [['Min-SE', String(minimum)]] };
}
