import { type SipMessage, serialise } from '../../embedded/sip/message.ts';
import { parseMessage } from '../../embedded/sip/parse-message.ts';
import type { SocketAddress, Transport, TransportHandlers, TransportProtocol } from '../../embedded/sip/transport.ts';

export const here: SocketAddress = { family: 'IPv4', address: '192.0.2.10', port: 5060 };
export const there: SocketAddress = { family: 'IPv4', address: '192.0.2.20', port: 5070 };

/**
 * A transport without a network: what is sent is kept with the time of sending, and what comes in is handed over by
 * the test. So a test of timers owns both the clock and the wire.
 */
export class MemoryTransport implements Transport {
  readonly protocol: TransportProtocol;
  readonly reliable: boolean;
  readonly local = here;
  readonly sent: { readonly at: number; readonly message: SipMessage; readonly remote: SocketAddress }[] = [];
  readonly #monotonic: () => number;
  readonly #addressToward: (remote: SocketAddress) => SocketAddress;
  #handlers: TransportHandlers | undefined;
  closed = false;
  /** Where answers go that lack what their requests lacked; as long as it is not there, one is a fault. */
  unreadable: string[] | undefined;

  constructor(
    monotonic: () => number,
    protocol: TransportProtocol = 'UDP',
    addressToward: (remote: SocketAddress) => SocketAddress = () => here,
  ) {
    this.#monotonic = monotonic;
    this.#addressToward = addressToward;
    this.protocol = protocol;
    this.reliable = protocol !== 'UDP';
  }

  addressToward(remote: SocketAddress): SocketAddress {
    return this.#addressToward(remote);
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
  }

  send(bytes: Buffer, remote: SocketAddress): void {
    const parsed = parseMessage(bytes);
    if (parsed.kind !== 'message') {
      if (this.unreadable === undefined) throw new Error(`Something that is no SIP message was sent: ${bytes}`);
      this.unreadable.push(bytes.toString());
      return;
    }
    this.sent.push({ at: this.#monotonic(), message: parsed.message, remote });
  }

  hasConnection(): boolean {
    return this.reliable;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** A datagram comes in. */
  receive(message: SipMessage | string | Buffer, remote: SocketAddress = there): void {
    let bytes: Buffer;
    if (typeof message === 'string') bytes = Buffer.from(message.replaceAll(/\r?\n/g, '\r\n'));
    else bytes = Buffer.isBuffer(message) ? message : serialise(message);
    this.#handlers?.onMessage({ transport: this, bytes, remote, local: this.addressToward(remote) });
  }

  /** The network says that something could not be delivered. */
  fail(error: Error, remote: SocketAddress = there): void {
    this.#handlers?.onSendError(error, remote);
  }

  /** What was sent as start lines: "INVITE", "200"; with the time in milliseconds. */
  get log(): string[] {
    return this.sent.map(({ at, message }) => `${at} ${message.kind === 'request' ? message.method : message.status}`);
  }

  /** The message that was sent last; throws when there is none. */
  get last(): SipMessage {
    const last = this.sent.at(-1);
    if (last === undefined) throw new Error('Nothing was sent');
    return last.message;
  }
}
