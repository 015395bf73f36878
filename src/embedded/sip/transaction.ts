import type { Clock } from '../clock.ts';
import type { SipRequest, SipResponse } from './message.ts';
import type { CoreFields } from './parse-message.ts';
import type { Timers } from './timers.ts';
import type { SocketAddress, Transport } from './transport.ts';

/** A request as it came from the network; its topmost Via carries `received` and `rport` already (RFC 3581). */
export interface ReceivedRequest {
  readonly message: SipRequest;
  readonly core: CoreFields;
  readonly transport: Transport;
  readonly remote: SocketAddress;
  /** Our address toward `remote`. */
  readonly local: SocketAddress;
  /** The clock's wall time at arrival, in milliseconds. */
  readonly receivedAt: number;
}

/** A response as it came from the network. */
export interface ReceivedResponse {
  readonly message: SipResponse;
  readonly core: CoreFields;
  readonly transport: Transport;
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
  readonly receivedAt: number;
}

/** What a state machine needs from its surroundings. */
export interface TransactionContext {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly reliable: boolean;
}

/** What the user of a server transaction may want to hear; set on {@link ServerTransaction.handlers}. */
export interface ServerTransactionHandlers {
  /** A CANCEL came for this INVITE before it was finally answered. It has its 200 already; 487 is yours to send. */
  onCancel?(cancel: ReceivedRequest): void;
  /** The ACK for a final response other than 2xx came. It is not to be answered or delivered further. */
  onAck?(ack: ReceivedRequest): void;
  /** Timer H: that ACK never came. */
  onTimeout?(): void;
  /** The transaction is over; nothing more happens on it. Called once. */
  onTerminated?(): void;
}

export interface ServerTransaction {
  readonly received: ReceivedRequest;
  readonly state: string;
  /** Whether a final response has been given. */
  readonly answered: boolean;
  handlers: ServerTransactionHandlers;
  /**
   * Sends a response. `false` when it can no longer be sent: a final one was, or the transaction is over. To an INVITE
   * that was answered 2xx, the same 2xx may be given again: its retransmission is the user's work (RFC 6026 §7.1).
   */
  respond(response: SipResponse): boolean;
}

export interface ClientTransactionHandlers {
  /** Each provisional response, the final one, and each further 2xx to an INVITE (which wants an ACK again). */
  onResponse(response: ReceivedResponse): void;
  /** Timer B or F: nothing final came. To be treated as 408 (RFC 3261 §8.1.3.1). */
  onTimeout?(): void;
  /** The request could not be sent. To be treated as 503. */
  onTransportError?(error: Error): void;
  /** The transaction is over; nothing more happens on it. Called once. */
  onTerminated?(): void;
}

export interface ClientTransaction {
  /** The request with the Via that was put on it. */
  readonly request: SipRequest;
  readonly destination: Destination;
  readonly branch: string;
  readonly state: string;
}

/** Where a request goes: a transport and a literal address. */
export interface Destination {
  readonly transport: Transport;
  readonly address: SocketAddress;
  /** Where a stream transport connects to when it has no connection with `address` (any more). Default: there. */
  readonly connectTo?: SocketAddress;
}

/** The guard of a state machine: a move that is not in the table is a fault of the program, not of a peer. */
export function assertMove<State extends string>(
  table: Readonly<Record<State, readonly State[]>>,
  from: State,
  to: State,
): void {
  if (!table[from].includes(to)) throw new Error(`A transaction cannot go from ${from} to ${to}`);
}
