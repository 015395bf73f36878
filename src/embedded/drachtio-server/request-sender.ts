import { faultOf } from '../log.ts';
import { literalAddress, resolveAddress, targetOf, type UriTarget } from '../sip/locate.ts';
import type { SipRequest } from '../sip/message.ts';
import type { ClientTransaction, ClientTransactionHandlers, Destination } from '../sip/transaction.ts';
import type { SocketAddress, Transport } from '../sip/transport.ts';
import type { EdgeContext } from './edge-context.ts';
import type { EdgeDialog } from './edge-dialog.ts';

/** Where a request can go, or why it cannot. */
export type Located =
  | { readonly kind: 'found'; readonly destination: Destination }
  /** A name without an address. `transport` is the one that would have been used. */
  | { readonly kind: 'unresolved'; readonly transport: Transport }
  | { readonly kind: 'no-transport' }
  | { readonly kind: 'bad-uri' };

/** Finds the way for a request: the transport, and the address that the next hop's URI means. */
export class RequestSender {
  readonly #context: EdgeContext;

  constructor(context: EdgeContext) {
    this.#context = context;
  }

  /** Calls back once: before it returns when the URI holds a literal address, else when the name has been resolved. */
  locate(uri: string, then: (located: Located) => void): void {
    const target = targetOf(uri);
    if (target === undefined) {
      then({ kind: 'bad-uri' });
      return;
    }
    const literal = literalAddress(target);
    const transport = this.#transportFor(target, literal?.family);
    if (transport === undefined) then({ kind: 'no-transport' });
    else if (literal !== undefined) then({ kind: 'found', destination: { transport, address: literal } });
    else {
      resolveAddress(target, transport.local.family).then((address) => {
        try {
          then(
            address === undefined
              ? { kind: 'unresolved', transport }
              : { kind: 'found', destination: { transport, address } },
          );
        } catch (error) {
          this.#context.log.error({ fault: faultOf(error) }, 'Sending a SIP request failed');
        }
      });
    }
  }

  /**
   * The way to the other side of a dialog: its real address if it is behind NAT, else the next hop of the dialog. A next
   * hop that cannot be gone to, because it names a transport that is not here, is given up for where its messages come
   * from: a call that can be answered must be possible to end.
   */
  locateDialog(dialog: EdgeDialog, then: (located: Located) => void): void {
    const { natAddress, source, transport } = dialog;
    const at = (address: SocketAddress): Located => ({ kind: 'found', destination: { transport, address } });
    if (natAddress !== undefined) {
      then(at(natAddress));
      return;
    }
    this.locate(dialog.sip.nextHop, (located) => {
      const isNowhere = located.kind === 'bad-uri' || located.kind === 'no-transport';
      then(isNowhere && source !== undefined ? at(source) : located);
    });
  }

  /** Sends in a new client transaction. */
  send(request: SipRequest, destination: Destination, handlers: ClientTransactionHandlers): ClientTransaction {
    return this.#context.layer.request(request, destination, handlers);
  }

  /** Whether an address is one at which this server itself listens; a request sent there would come back. */
  isOwn({ transport, address }: Destination): boolean {
    const own: SocketAddress = transport.addressToward(address);
    return address.port === own.port && address.address === own.address;
  }

  #transportFor(target: UriTarget, family: SocketAddress['family'] | undefined): Transport | undefined {
    return this.#context.transports.find(
      (transport) =>
        transport.protocol === target.protocol && (family ?? transport.local.family) === transport.local.family,
    );
  }
}
