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

  /**
   * Calls back once: before it returns when the URI holds a literal address, else when the name has been resolved.
   *
   * @param kept the transport of a dialog: as with drachtio-server, the dialog stays with its protocol, whatever the URI
   * names short of TLS, and with this transport if it leads there.
   */
  locate(uri: string, then: (located: Located) => void, kept?: Transport): void {
    const named = targetOf(uri);
    if (named === undefined) {
      then({ kind: 'bad-uri' });
      return;
    }
    const protocol = named.protocol === 'TLS' ? named.protocol : (kept?.protocol ?? named.protocol);
    const target = { ...named, protocol };
    const literal = literalAddress(target);
    const transports = this.#transportsFor(target, literal?.family, kept);
    const [transport] = transports;
    if (transport === undefined) then({ kind: 'no-transport' });
    else if (literal !== undefined) then({ kind: 'found', destination: { transport, address: literal } });
    else {
      resolveFor(target, transports).then((destination) => {
        try {
          then(destination === undefined ? { kind: 'unresolved', transport } : { kind: 'found', destination });
        } catch (error) {
          this.#context.log.error({ fault: faultOf(error) }, 'Sending a SIP request failed');
        }
      });
    }
  }

  /**
   * The way to the other side of a dialog: the connection that it speaks on while that is open (as drachtio-server keeps
   * to the connection of a dialog; the ground of RFC 5923), its real address if it is behind NAT, else the next hop of
   * the dialog. A next hop that cannot be gone to, because it names a transport that is not here, is given up for where
   * its messages come from: a call that can be answered must be possible to end.
   */
  locateDialog(dialog: EdgeDialog, then: (located: Located) => void): void {
    const { natAddress, source, transport } = dialog;
    if (source?.transport.hasConnection(source.address) === true) {
      then({ kind: 'found', destination: source });
      return;
    }
    if (natAddress !== undefined) {
      then({ kind: 'found', destination: { transport, address: natAddress } });
      return;
    }
    const orSource = (located: Located) => {
      const isNowhere = located.kind === 'bad-uri' || located.kind === 'no-transport';
      then(isNowhere && source !== undefined ? { kind: 'found', destination: source } : located);
    };
    this.locate(dialog.sip.nextHop, orSource, transport);
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

  #transportsFor(
    target: UriTarget,
    family: SocketAddress['family'] | undefined,
    preferred: Transport | undefined,
  ): readonly Transport[] {
    return this.#context.transports
      .filter(({ protocol, local }) => protocol === target.protocol && (family ?? local.family) === local.family)
      .sort((one, other) => Number(other === preferred) - Number(one === preferred));
  }
}

/** The first address that a name has in a family that one of the transports speaks; it never rejects. */
async function resolveFor(target: UriTarget, transports: readonly Transport[]): Promise<Destination | undefined> {
  for (const family of new Set(transports.map(({ local }) => local.family))) {
    const address = await resolveAddress(target, family);
    const transport = transports.find(({ local }) => local.family === family);
    if (address !== undefined && transport !== undefined) return { transport, address };
  }
  return undefined;
}
