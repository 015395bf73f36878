import { Dialog } from '../sip/dialog.ts';
import { HeaderList } from '../sip/headers.ts';
import { newTag } from '../sip/ids.ts';
import { isSuccess, responseTo, type SipRequest } from '../sip/message.ts';
import type {
  ClientTransaction,
  ClientTransactionHandlers,
  Destination,
  ReceivedResponse,
} from '../sip/transaction.ts';
import type { Transport } from '../sip/transport.ts';
import { isUriText, parseSipUri } from '../sip/values.ts';
import { applicationHeaders, dialogHeaders, withContentType } from './app-headers.ts';
import type { Application } from './application.ts';
import type { AppRequest, Command } from './command.ts';
import { composeInside, composeNew } from './compose-request.ts';
import { type EdgeContext, networkFacts, newTransactionId, sendCdr, sentFacts, sequenceOf } from './edge-context.ts';
import { dialogIdOf, EdgeDialog } from './edge-dialog.ts';
import type { Farewell } from './farewell.ts';
import type { Located, RequestSender } from './request-sender.ts';
import { acceptedSession } from './session-expires.ts';
import type { Sessions } from './sessions.ts';
import { plainReply, sentReply, sipMessage } from './wire.ts';

type RequestCommand = Extract<Command, { kind: 'request' }>;

/** One request of an application on its way. */
interface Sending {
  readonly application: Application;
  /** The application's name for the command. */
  readonly id: string;
  readonly transactionId: string;
  readonly dialog: EdgeDialog | undefined;
}

/** What {@link Uac} works with. */
interface UacParts {
  readonly sender: RequestSender;
  readonly farewell: Farewell;
  readonly sessions: Sessions;
}

/** The requests of applications: sends them, and hands the answers back. */
export class Uac {
  readonly #context: EdgeContext;
  readonly #sender: RequestSender;
  readonly #farewell: Farewell;
  readonly #sessions: Sessions;

  constructor(context: EdgeContext, { sender, farewell, sessions }: UacParts) {
    this.#context = context;
    this.#sender = sender;
    this.#farewell = farewell;
    this.#sessions = sessions;
  }

  /** A request of an application: in a dialog, a CANCEL, an ACK, or something new. */
  request(application: Application, command: RequestCommand): void {
    const { method } = command.request;
    const callId = command.request.headers.find(([name]) => name.toLowerCase() === 'call-id')?.[1];
    if (command.dialogId !== '') {
      this.#insideDialog(application, command, this.#context.dialogs.byId(command.dialogId));
      return;
    }
    if (method === 'CANCEL') {
      this.#cancel(application, command);
      return;
    }
    const dialog = callId === undefined ? undefined : this.#context.dialogs.byCallId(callId, application);
    if (dialog !== undefined) this.#insideDialog(application, command, dialog);
    else this.#outsideDialog(application, command);
  }

  /** Cancels what an application that is gone was still setting up; an answer that comes nevertheless ends in BYE. */
  applicationGone(application: Application): void {
    for (const dialog of this.#context.dialogs) {
      if (dialog.owner !== application) continue;
      this.#acknowledgeAndLeave(dialog);
      const invite = dialog.outgoingInvite;
      if (invite === undefined || invite.cancelled) continue;
      invite.cancelled = true;
      this.#context.layer.cancel(invite.transaction);
    }
  }

  #outsideDialog(application: Application, command: RequestCommand): void {
    const { id, request, routeUri } = command;
    const refuse = (reason: string) => application.send(plainReply(id, 'NOK', reason));
    if (request.method === 'ACK' || !isUriText(request.uri)) {
      refuse(`invalid request-uri: ${request.startLine}`);
      return;
    }
    this.#sender.locate(routeUri === '' ? request.uri : routeUri, (located) => {
      if (located.kind === 'bad-uri') refuse(`invalid request-uri: ${request.startLine}`);
      else if (located.kind === 'no-transport') refuse('requested protocol/transport not available');
      else if (located.kind === 'found' && this.#sender.isOwn(located.destination)) {
        refuse('can not send request to myself');
      } else this.#sendNew(application, id, request, located);
    });
  }

  #sendNew(
    application: Application,
    id: string,
    given: AppRequest,
    located: Extract<Located, { kind: 'found' | 'unresolved' }>,
  ): void {
    const transport = located.kind === 'found' ? located.destination.transport : located.transport;
    const request = composeNew(given, located, transport);
    if ('refused' in request) {
      application.send(plainReply(id, 'NOK', request.refused));
      return;
    }
    const transactionId = newTransactionId();
    let dialog: EdgeDialog | undefined;
    if (request.method === 'INVITE') {
      const sip = Dialog.ofSent(request);
      if (sip === undefined) throw new Error('An INVITE was composed without what a dialog needs');
      const dialogId = dialogIdOf(sip.callId, sip.localTag);
      dialog = new EdgeDialog({ id: dialogId, role: 'uac', owner: application, transport, transactionId, sip });
      this.#context.dialogs.add(dialog);
    }
    this.#dispatch({ application, id, transactionId, dialog }, request, located);
  }

  #insideDialog(application: Application, command: RequestCommand, dialog: EdgeDialog | undefined): void {
    const { id, request } = command;
    const refuse = (reason: string) => application.send(plainReply(id, 'NOK', `Server error: ${reason}`));
    if (dialog === undefined || dialog.owner !== application || dialog.state === 'over') {
      const why =
        request.method === 'ACK'
          ? 'ACK for non-success final response is automatically generated by server'
          : 'unable to find dialog for dialog id provided';
      refuse(why);
      return;
    }
    if (request.method === 'ACK') this.#ack(application, command, dialog);
    else if (dialog.sip.remoteTag === '') refuse('unable to find dialog for dialog id provided');
    else if (request.method === 'INVITE' && dialog.outgoingInvite?.isRefresh === true) {
      dialog.heldRequests.push(() => this.#insideDialog(application, command, dialog));
    } else if (request.method === 'INVITE' && dialog.outgoingInvite !== undefined) {
      refuse('re-INVITE already in progress');
    } else {
      this.#sender.locateDialog(dialog, (located) => {
        if (located.kind === 'bad-uri' || located.kind === 'no-transport') {
          refuse('requested protocol/transport not available');
          return;
        }
        const composed = composeInside(dialog, request);
        if ('refused' in composed) {
          refuse(composed.refused);
          return;
        }
        if (composed.method === 'BYE' && (dialog.state === 'answered' || dialog.state === 'confirmed')) {
          dialog.move('ending');
        }
        this.#dispatch({ application, id, transactionId: newTransactionId(), dialog }, composed, located);
      });
    }
  }

  /** The application's ACK for a 2xx (RFC 3261 §13.2.2.4); it is sent again whenever the 2xx comes again. */
  #ack(application: Application, command: RequestCommand, dialog: EdgeDialog): void {
    const answer = dialog.receivedAnswer;
    const refuse = (reason: string) => application.send(plainReply(command.id, 'NOK', `Server error: ${reason}`));
    if (answer === undefined || answer.ack !== undefined) {
      refuse('ACK for non-success final response is automatically generated by server');
      return;
    }
    this.#sender.locateDialog(dialog, (located) => {
      if (located.kind !== 'found') {
        refuse('unable to find route when sending request inside dialog');
        return;
      }
      const { destination } = located;
      const local = destination.transport.addressToward(destination.address);
      const own = applicationHeaders(command.request.headers, local, dialogHeaders);
      const headers = withContentType(own, command.request.body) ?? own;
      answer.ack = this.#context.layer.sendAck(
        dialog.sip.ack(answer.sequence, headers, command.request.body),
        destination,
      );
      dialog.describe(answer.ack.request);
      if (dialog.state === 'answered') dialog.move('confirmed');
      const facts = sentFacts(this.#context, destination.transport, destination.address);
      application.send(sentReply(command.id, facts, { transactionId: newTransactionId() }, answer.ack.request));
      if (dialog.byeAfterAck) this.#farewell.bye(dialog, 'ACK-BYE due to cancel race condition');
    });
  }

  #cancel(application: Application, command: RequestCommand): void {
    const { id, transactionId, request } = command;
    const dialog = [...this.#context.dialogs].find(
      (candidate) => candidate.outgoingInvite?.transactionId === transactionId && candidate.owner === application,
    );
    const invite = dialog?.outgoingInvite;
    const own =
      invite === undefined
        ? HeaderList.empty
        : applicationHeaders(request.headers, invite.transaction.destination.transport.local, [
            ...dialogHeaders,
            'Contact',
            'Max-Forwards',
          ]);
    const extra = Array.from(own, ({ name, value }): [string, string] => [name, value]);
    const cancel = invite?.cancelled === false ? this.#context.layer.cancel(invite.transaction, extra) : undefined;
    if (invite === undefined || cancel === undefined) {
      application.send(plainReply(id, 'NOK', `unable to cancel unknown transaction id: ${transactionId}`));
      return;
    }
    invite.cancelled = true;
    const { transport, address } = invite.transaction.destination;
    const facts = sentFacts(this.#context, transport, address);
    application.send(sentReply(id, facts, { transactionId: newTransactionId() }, cancel));
  }

  /** Sends, tells the application what was sent, and routes what comes of it. A name without address ends as 503. */
  #dispatch(sending: Sending, request: SipRequest, located: Extract<Located, { kind: 'found' | 'unresolved' }>): void {
    const { application, id, transactionId, dialog } = sending;
    if (located.kind === 'unresolved') {
      const facts = sentFacts(this.#context, located.transport, located.transport.local);
      application.send(sentReply(id, facts, { transactionId }, request));
      this.#failed(sending, request, located.transport, 503);
      return;
    }
    const { destination } = located;
    const handlers = this.#handlers(sending, request, destination);
    const transaction = this.#sender.send(request, destination, handlers);
    const used = transaction.destination;
    const facts = sentFacts(this.#context, used.transport, used.address);
    application.send(sentReply(id, facts, { transactionId }, transaction.request));
    if (request.method === 'INVITE') this.#track(sending, transaction);
    if (dialog === undefined || request.method === 'BYE') {
      if (request.method === 'BYE')
        sendCdr(this.#context, 'stop', 'application', transaction.request, 'normal-release');
    }
  }

  #track({ dialog, transactionId, application }: Sending, transaction: ClientTransaction): void {
    if (dialog === undefined) return;
    const cancelled = !application.open;
    dialog.outgoingInvite = { transactionId, transaction, cancelled };
    if (cancelled) this.#context.layer.cancel(transaction);
    if (dialog.state === 'early') sendCdr(this.#context, 'attempt', 'application', transaction.request);
  }

  #handlers(sending: Sending, request: SipRequest, destination: Destination): ClientTransactionHandlers {
    return {
      onResponse: (response) => this.#onResponse(sending, request, response),
      onTimeout: () => this.#failed(sending, request, destination.transport, 408),
      onTransportError: () => this.#failed(sending, request, destination.transport, 503),
    };
  }

  #onResponse(sending: Sending, request: SipRequest, response: ReceivedResponse): void {
    const { message } = response;
    // As with drachtio-server, 100 stays here: it speaks of the next hop, not of the call.
    if (message.status === 100) return;
    const { application, transactionId, dialog } = sending;
    if (dialog !== undefined && request.method === 'INVITE' && !this.#onInviteResponse(dialog, request, response))
      return;
    const ids = { transactionId, dialogId: dialog?.id ?? '' };
    application.send(sipMessage(networkFacts(response), ids, message));
    if (message.status >= 200 && dialog !== undefined) {
      this.#afterFinal(dialog, request, message.status);
      this.#agree(dialog, request, response);
    }
    if (dialog?.receivedAnswer?.ack === undefined && !application.open) this.#acknowledgeAndLeave(dialog);
  }

  /** What a 2xx to an INVITE or UPDATE of ours says about the life of the session (RFC 4028 §7.2). */
  #agree(dialog: EdgeDialog, request: SipRequest, { message }: ReceivedResponse): void {
    if (!isSuccess(message) || (request.method !== 'INVITE' && request.method !== 'UPDATE')) return;
    if (request.method === 'UPDATE') dialog.sip.refreshTarget(message);
    // What was refused does not stand, and is not what a refresh may repeat.
    dialog.describe(request);
    this.#sessions.agree(dialog, acceptedSession(message.headers, this.#context.minimumSessionExpires));
  }

  /** Brings the dialog up to date. `false` when the application is not to see the response. */
  #onInviteResponse(dialog: EdgeDialog, request: SipRequest, response: ReceivedResponse): boolean {
    const { message, core } = response;
    const tag = core.to.params.get('tag') ?? '';
    const sequence = sequenceOf(request);
    if (message.status >= 300) return true;
    if (message.status < 200) return this.#onProvisional(dialog, response, tag);
    if (dialog.receivedAnswer?.sequence === sequence) {
      // RFC 3261 §13.2.2.4: the same 2xx again gets the same ACK; that of another fork gets ACK and BYE.
      if (tag === dialog.sip.remoteTag) dialog.receivedAnswer.ack?.resend();
      else this.#leaveFork(request, response);
      return false;
    }
    if (dialog.state === 'over') {
      this.#leaveFork(request, response);
      return false;
    }
    dialog.receivedAnswer = { sequence, ack: undefined };
    if (dialog.state === 'early') {
      this.#learn(dialog, response);
      dialog.byeAfterAck = dialog.outgoingInvite?.cancelled === true;
      dialog.move('answered');
      sendCdr(this.#context, 'start', 'network', message, 'uac');
    } else dialog.sip.refreshTarget(message);
    return true;
  }

  /**
   * RFC 3262 §4: a reliable response that comes again, or before its turn, is not handed on; the PRACK for it is the
   * application's and is repeated by its own transaction.
   */
  #onProvisional(dialog: EdgeDialog, response: ReceivedResponse, tag: string): boolean {
    const { message } = response;
    const invite = dialog.outgoingInvite;
    const given = message.headers.get('RSeq');
    if (given !== undefined && invite !== undefined) {
      const sequence = /^\d{1,10}$/.test(given) ? Number(given) : undefined;
      if (sequence === undefined) return false;
      const sameFork = tag === dialog.sip.remoteTag;
      if (sameFork && invite.reliableSequence !== undefined && sequence !== invite.reliableSequence + 1) return false;
      invite.reliableSequence = sequence;
      if (message.body.length > 0) invite.described = true;
    }
    if (dialog.state === 'early' && tag !== '') this.#learn(dialog, response);
    return true;
  }

  #learn(dialog: EdgeDialog, { message, remote, transport }: ReceivedResponse): void {
    dialog.sip.learn(message);
    dialog.source = { transport, address: remote };
    const contact = parseSipUri(dialog.sip.target);
    const direct = dialog.sip.routes.length === 0 && !transport.reliable && message.headers.has('Contact');
    dialog.natAddress = direct && contact !== undefined && contact.host !== remote.address ? remote : undefined;
  }

  #afterFinal(dialog: EdgeDialog, request: SipRequest, status: number): void {
    if (request.method === 'INVITE') {
      dialog.outgoingInvite = undefined;
      if (status >= 300 && dialog.state === 'early') {
        this.#farewell.over(dialog);
        const reason = status === 487 ? 'call-canceled' : 'call-rejected';
        sendCdr(this.#context, 'stop', 'network', request, reason);
      }
      return;
    }
    // A BYE that was challenged is sent once more with credentials, so the dialog is still needed.
    if (request.method === 'BYE' && status !== 401 && status !== 407) this.#farewell.over(dialog);
  }

  /** Nothing came, or nothing could be sent: the application gets the response that RFC 3261 §8.1.3.1 says to act on. */
  #failed(sending: Sending, request: SipRequest, transport: Transport, status: number): void {
    const { application, transactionId, dialog } = sending;
    const message = responseTo(request, status, { toTag: newTag() });
    const facts = {
      source: 'network',
      protocol: transport.protocol,
      address: undefined,
      time: this.#context.clock.now(),
    } as const;
    application.send(sipMessage(facts, { transactionId, dialogId: dialog?.id ?? '' }, message));
    if (dialog !== undefined) this.#afterFinal(dialog, request, status);
  }

  /** The owner is gone and cannot give the ACK: it is given here, and the call ended. */
  #acknowledgeAndLeave(dialog: EdgeDialog | undefined): void {
    const answer = dialog?.receivedAnswer;
    if (dialog === undefined || answer === undefined || answer.ack !== undefined) return;
    this.#sender.locateDialog(dialog, (located) => {
      if (located.kind !== 'found') return;
      answer.ack = this.#context.layer.sendAck(dialog.sip.ack(answer.sequence), located.destination);
      if (dialog.state === 'answered') dialog.move('confirmed');
      this.#farewell.bye(dialog, 'application disconnected');
    });
  }

  /** RFC 3261 §13.2.2.4: a 2xx of a dialog that is not wanted is acknowledged, then the dialog ended. */
  #leaveFork(request: SipRequest, response: ReceivedResponse): void {
    const fork = Dialog.ofSent(request);
    if (fork === undefined) return;
    fork.learn(response.message);
    this.#sender.locate(fork.nextHop, (located) => {
      if (located.kind !== 'found') return;
      this.#context.layer.sendAck(fork.ack(sequenceOf(request)), located.destination);
      this.#sender.send(fork.request('BYE'), located.destination, { onResponse: () => {} });
    });
  }
}
