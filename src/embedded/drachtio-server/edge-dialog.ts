import type { AnswerRetransmission } from '../sip/answer-retransmission.ts';
import type { Dialog } from '../sip/dialog.ts';
import type { SipRequest, SipResponse } from '../sip/message.ts';
import { assertMove, type ClientTransaction, type Destination, type ServerTransaction } from '../sip/transaction.ts';
import type { SentAck } from '../sip/transaction-layer.ts';
import type { SocketAddress, Transport } from '../sip/transport.ts';
import type { Application } from './application.ts';
import type { Provisionals } from './provisionals.ts';
import type { SessionTimer } from './session-timer.ts';

/*
 * A call as the edge sees it, whichever side sent the INVITE (RFC 3261 §12, §13, §15).
 *
 *   INVITE --> early --2xx--> answered --ACK--> confirmed
 *                |               |                  |
 *                | other final,  +----- BYE by us --+--> ending --answer to it--> over
 *                | CANCEL,       |                  |       |
 *                v time-out      v                  v       v
 *               over            over <-- BYE from the network
 *
 * Re-INVITE, UPDATE and the session timer do not change the state; what they have pending stands in the fields below.
 */
export type EdgeDialogState = 'early' | 'answered' | 'confirmed' | 'ending' | 'over';

const moves: Readonly<Record<EdgeDialogState, readonly EdgeDialogState[]>> = {
  early: ['answered', 'over'],
  answered: ['confirmed', 'ending', 'over'],
  confirmed: ['ending', 'over'],
  ending: ['over'],
  over: [],
};

/** A 2xx that we sent and whose ACK has not come. */
export interface OpenAnswer {
  readonly retransmission: AnswerRetransmission;
  readonly sequence: number;
  /** The id under which the application knows the INVITE; its ACK comes to it under the same. */
  readonly transactionId: string;
  /** It carries our offer, whose answer comes with the ACK: the INVITE had none (RFC 3261 §13.2.1). */
  readonly isOffer: boolean;
}

/** The newest 2xx to an INVITE of ours. */
export interface ReceivedAnswer {
  readonly sequence: number;
  /** There once the application has given the ACK. */
  ack: SentAck | undefined;
}

/** An INVITE of ours without a final answer. */
export interface OpenInvite {
  readonly transactionId: string;
  readonly transaction: ClientTransaction;
  cancelled: boolean;
  /** It refreshes the session on this server's own account (RFC 4028); the application knows nothing of it. */
  readonly isRefresh?: boolean;
  /** The RSeq of the newest reliable provisional response that was handed on (RFC 3262 §4). */
  reliableSequence?: number;
  /** A reliable provisional response has brought the answer to our offer. */
  described?: boolean;
}

/** The session description that we gave last, for a refresh that changes nothing. */
export interface LocalDescription {
  readonly contentType: string;
  readonly body: Buffer;
}

/**
 * The id that drachtio-server gives a dialog; drachtio-srf builds it, too (`findDialogByCallIDAndFromTag`), so its form
 * is part of the protocol.
 */
export function dialogIdOf(callId: string, fromTag: string): string {
  return `${callId};from-tag=${fromTag}`;
}

/** One dialog, the application that owns it, and what is pending on it. */
export class EdgeDialog {
  readonly id: string;
  readonly role: 'uas' | 'uac';
  readonly owner: Application;
  readonly transport: Transport;
  /** The id of the INVITE that opened it. */
  readonly transactionId: string;
  sip: Dialog;
  /**
   * Where the other side's messages really come from, when its Contact names another address and no proxy is between:
   * a phone behind NAT, whose requests must go there (as drachtio-server does; the ground of RFC 3581).
   */
  natAddress: SocketAddress | undefined;
  /** Where the other side's newest INVITE, UPDATE or answer came from, and how; on TCP, its connection. */
  source: Destination | undefined;
  /** The sequence number of the INVITE from the network that opened it. */
  openedWith: number | undefined;
  answer: OpenAnswer | undefined;
  receivedAnswer: ReceivedAnswer | undefined;
  /** An INVITE from the network that the application has not finally answered. */
  incomingInvite: ServerTransaction | undefined;
  outgoingInvite: OpenInvite | undefined;
  /** An UPDATE from the network that the application has not answered (RFC 3311 §5.2). */
  incomingUpdate: ServerTransaction | undefined;
  /** The reliable provisional responses to the newest INVITE from the network. */
  provisionals: Provisionals | undefined;
  sessionTimer: SessionTimer | undefined;
  localDescription: LocalDescription | undefined;
  /** The Contact that we gave last. */
  localContact: string | undefined;
  /** Re-INVITEs of the application that wait for the end of a refresh. */
  readonly heldRequests: (() => void)[] = [];
  /** A 2xx came although the application had cancelled: BYE follows its ACK. */
  byeAfterAck = false;
  #state: EdgeDialogState = 'early';

  constructor(start: {
    id: string;
    role: 'uas' | 'uac';
    owner: Application;
    transport: Transport;
    transactionId: string;
    sip: Dialog;
  }) {
    this.id = start.id;
    this.role = start.role;
    this.owner = start.owner;
    this.transport = start.transport;
    this.transactionId = start.transactionId;
    this.sip = start.sip;
  }

  get state(): EdgeDialogState {
    return this.#state;
  }

  /** The one way to another state; leaving the call's middle stops the repetition of an answer. */
  move(next: EdgeDialogState): void {
    assertMove(moves, this.#state, next);
    this.#state = next;
    if (next !== 'ending' && next !== 'over') return;
    this.acknowledged();
    this.sessionTimer?.stop();
    if (next === 'over') this.provisionals?.end();
    this.releaseHeldRequests();
  }

  /** Keeps what a message of ours says of our side: the Contact, and the session description if it carries one. */
  describe(message: SipRequest | SipResponse): void {
    this.localContact = message.headers.get('Contact') ?? this.localContact;
    const contentType = message.headers.get('Content-Type') ?? '';
    if (message.body.length > 0 && /^application\/sdp\b/i.test(contentType)) {
      this.localDescription = { contentType, body: message.body };
    }
  }

  /** Lets what waited for a refresh go on. */
  releaseHeldRequests(): void {
    for (const request of this.heldRequests.splice(0)) request();
  }

  /** The ACK for our 2xx came, or there is no use for it any more. */
  acknowledged(): void {
    this.answer?.retransmission.stop();
    this.answer = undefined;
  }
}

/** Every dialog, found by the application's id and by what the network's requests carry. */
export class DialogStore {
  readonly #byId = new Map<string, EdgeDialog>();
  readonly #byLocalTag = new Map<string, EdgeDialog>();

  get size(): number {
    return this.#byId.size;
  }

  [Symbol.iterator](): Iterator<EdgeDialog> {
    return [...this.#byId.values()][Symbol.iterator]();
  }

  add(dialog: EdgeDialog): void {
    this.#byId.set(dialog.id, dialog);
    this.#byLocalTag.set(localKey(dialog.sip.callId, dialog.sip.localTag), dialog);
  }

  remove(dialog: EdgeDialog): void {
    this.#byId.delete(dialog.id);
    this.#byLocalTag.delete(localKey(dialog.sip.callId, dialog.sip.localTag));
  }

  byId(id: string): EdgeDialog | undefined {
    return this.#byId.get(id);
  }

  /** RFC 3261 §12.2.2: Call-ID, our tag, the other's tag; the other's may not be known yet. */
  byTags(callId: string, localTag: string, remoteTag: string): EdgeDialog | undefined {
    const dialog = this.#byLocalTag.get(localKey(callId, localTag));
    const known = dialog?.sip.remoteTag ?? '';
    return known === '' || known === remoteTag ? dialog : undefined;
  }

  /** A dialog with this Call-ID that `owner` has, for requests that name their dialog by it. */
  byCallId(callId: string, owner: Application): EdgeDialog | undefined {
    for (const dialog of this.#byId.values()) {
      if (dialog.sip.callId === callId && dialog.owner === owner) return dialog;
    }
    return undefined;
  }
}

function localKey(callId: string, localTag: string): string {
  return `${callId}\n${localTag}`;
}
