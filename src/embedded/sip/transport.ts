import type { StreamFlaw } from './stream-framer.ts';

/** An address that a socket can have. The family is part of it, so that nobody guesses it from the text. */
export interface SocketAddress {
  readonly family: 'IPv4' | 'IPv6';
  readonly address: string;
  readonly port: number;
}

/** The Via protocols (RFC 3261 §20.42). */
export type TransportProtocol = 'UDP' | 'TCP' | 'TLS';

/** A message that came in whole; stream transports have cut it by Content-Length already. */
export interface Arrival {
  readonly transport: Transport;
  readonly bytes: Buffer;
  readonly remote: SocketAddress;
  /** The address of this host that `remote` uses: concrete, even if the socket is bound to all addresses. */
  readonly local: SocketAddress;
  /** Why a stream cannot be read on: `bytes` are what was read of the message, and this is to be the answer to it. */
  readonly flaw?: StreamFlaw;
}

export interface TransportHandlers {
  onMessage(arrival: Arrival): void;
  /** What was sent to `remote` could not be delivered. */
  onSendError(error: Error, remote: SocketAddress): void;
}

/**
 * What carries SIP messages. Transactions know nothing more of it, so UDP, TCP and TLS differ only here.
 */
export interface Transport {
  readonly protocol: TransportProtocol;
  /** Whether it retransmits by itself; with it the retransmission timers stay still. */
  readonly reliable: boolean;
  /** The address that it is bound to; the port is the real one. */
  readonly local: SocketAddress;
  /** What `remote` must be told as our address (Via, Contact, Record-Route). */
  addressToward(remote: SocketAddress): SocketAddress;
  /** Takes the messages that come in; before this is called they are dropped. */
  start(handlers: TransportHandlers): void;
  /**
   * Sends, and reports a failure to `onSendError`; it never throws. Nothing is sent after `close`. A stream transport
   * uses the connection that it has with `remote`; when there is none it opens one, to `connectTo` if that is given.
   */
  send(bytes: Buffer, remote: SocketAddress, connectTo?: SocketAddress): void;
  /** Whether there is a connection with `remote`; never on UDP. */
  hasConnection(remote: SocketAddress): boolean;
  /** Closes the sockets. Resolves when they are closed; calling it again is harmless. */
  close(): Promise<void>;
}

/** Whether two addresses are one place; literal addresses of one spelling are compared. */
export function sameAddress(one: SocketAddress, other: SocketAddress): boolean {
  return one.address === other.address && one.port === other.port;
}
