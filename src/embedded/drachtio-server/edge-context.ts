import { randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { SipMessage, SipRequest } from '../sip/message.ts';
import type { ServerTransaction } from '../sip/transaction.ts';
import type { TransactionLayer } from '../sip/transaction-layer.ts';
import type { SocketAddress, Transport } from '../sip/transport.ts';
import type { Application, Applications } from './application.ts';
import type { DialogStore, EdgeDialog } from './edge-dialog.ts';
import { cdrMessage, type MessageFacts } from './wire.ts';

/** A request from the network that an application is to answer. */
export interface OpenRequest {
  readonly transactionId: string;
  readonly transaction: ServerTransaction;
  readonly owner: Application;
  readonly dialog: EdgeDialog | undefined;
  /** Whether the application has sent any response yet. */
  heard: boolean;
  /** Ends the wait for its first response. */
  readonly stopWaiting: Cancel;
}

/** What happened in dialogs since the start. */
export interface DialogCounters {
  /** Refreshes of sessions on our side that were accepted (RFC 4028). */
  sessionRefreshes: number;
  /** Calls that ended because nobody refreshed their session. */
  sessionsExpired: number;
  /** INVITEs that were refused because a reliable provisional response had no PRACK (RFC 3262). */
  provisionalsUnacknowledged: number;
}

/** What the parts of the edge share. */
export interface EdgeContext {
  readonly layer: TransactionLayer;
  readonly transports: readonly Transport[];
  readonly clock: Clock;
  readonly log: Log;
  readonly applications: Applications;
  readonly dialogs: DialogStore;
  /** By the transaction id that the application knows. */
  readonly openRequests: Map<string, OpenRequest>;
  /** No session timer is shorter than so many seconds (RFC 4028 §4). */
  readonly minimumSessionExpires: number;
  readonly counters: DialogCounters;
}

/** The name under which an application knows a transaction. */
export function newTransactionId(): string {
  return randomUUID();
}

/** What an application is told about a message that came from the network. */
export function networkFacts(received: {
  readonly transport: Transport;
  readonly remote: SocketAddress;
  readonly receivedAt: number;
}): MessageFacts {
  return {
    source: 'network',
    protocol: received.transport.protocol,
    address: received.remote,
    time: received.receivedAt,
  };
}

/** What an application is told about a request that was sent: our own address, as drachtio-server tells it. */
export function sentFacts(context: EdgeContext, transport: Transport, remote: SocketAddress): MessageFacts {
  return {
    source: 'application',
    protocol: transport.protocol,
    address: transport.addressToward(remote),
    time: context.clock.now(),
  };
}

/**
 * Sends a call detail record to the next application that asked for such records (drachtio-srf: `cdr:attempt`,
 * `cdr:start`, `cdr:stop`).
 */
export function sendCdr(
  context: EdgeContext,
  event: 'attempt' | 'start' | 'stop',
  source: 'network' | 'application',
  message: SipMessage,
  detail?: 'uac' | 'uas' | 'call-rejected' | 'call-canceled' | 'normal-release' | 'system-initiated-termination',
): void {
  const application = context.applications.next(`cdr:${event}`);
  application?.send(cdrMessage(event, source, context.clock.now(), detail, message));
}

/** The sequence number of a request that has been checked to have one. */
export function sequenceOf(request: SipRequest): number {
  return Number.parseInt(request.headers.get('CSeq') ?? '0', 10);
}
