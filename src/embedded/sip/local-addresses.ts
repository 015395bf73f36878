import { createSocket } from 'node:dgram';
import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { SocketAddress } from './transport.ts';

/** Families as Node's socket addresses name them. */
export type Family = 'IPv4' | 'IPv6';

/** Documentation addresses (RFC 5737, RFC 3849): a socket "connected" to them shows the default route; nothing is sent. */
const farAway = { IPv4: '192.0.2.1', IPv6: '2001:db8::1' } as const;

const refreshMilliseconds = 10_000;

/** Addresses that are not reachable from the public network, to which an advertised public address means nothing. */
function makePrivateRanges(): BlockList {
  const ranges = new BlockList();
  for (const [net, bits] of [
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['100.64.0.0', 10],
  ] as const) {
    ranges.addSubnet(net, bits, 'ipv4');
  }
  ranges.addSubnet('fc00::', 7, 'ipv6');
  ranges.addSubnet('fe80::', 10, 'ipv6');
  ranges.addAddress('::1', 'ipv6');
  return ranges;
}

/**
 * Tells which of this host's addresses a peer reaches us at. A socket bound to all addresses does not know; the
 * answer is the address of the interface whose network the peer is in, else the address of the default route.
 */
export class LocalAddresses {
  readonly #monotonic: () => number;
  readonly #private = makePrivateRanges();
  readonly #defaultRoute: Partial<Record<Family, string>> = {};
  #networks: { family: Family; address: string; internal: boolean; subnet: BlockList }[] = [];
  #readAt = Number.NEGATIVE_INFINITY;

  private constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** Reads the interfaces and the default route; `monotonic` is the clock's, in milliseconds. */
  static async create(monotonic: () => number): Promise<LocalAddresses> {
    const addresses = new LocalAddresses(monotonic);
    await addresses.#findDefaultRoutes();
    addresses.#read();
    return addresses;
  }

  /**
   * What `remote` must be told as the address of a socket of ours that is bound to `bound`: `advertised` if `remote` is
   * outside private networks and of its family, else the address itself, or of a wildcard, the one that leads there.
   */
  ownToward(remote: SocketAddress, bound: SocketAddress, advertised: string | undefined): SocketAddress {
    const { family, address, port } = bound;
    const isOfFamily = advertised !== undefined && isIPv6(advertised) === (family === 'IPv6');
    if (isOfFamily && !this.isPrivate(remote.address)) return { family, address: advertised, port };
    const isConcrete = address !== '0.0.0.0' && address !== '::';
    return { family, address: isConcrete ? address : this.toward(remote.address, family), port };
  }

  /** Whether an address is private, loopback or link-local. */
  isPrivate(address: string): boolean {
    return this.#private.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }

  /** Our address toward `peer`; the loopback address when this host has no other of the family. */
  toward(peer: string, family: Family): string {
    if (this.#monotonic() - this.#readAt > refreshMilliseconds) {
      this.#read();
      // The next question gets the new default route; this one need not wait for it.
      void this.#findDefaultRoutes();
    }
    const type = family === 'IPv6' ? 'ipv6' : 'ipv4';
    const own = this.#networks.find((network) => network.address === peer);
    if (own !== undefined) return own.address;
    const near = this.#networks.find((network) => network.family === family && network.subnet.check(peer, type));
    if (near !== undefined) return near.address;
    const outer = this.#networks.find((network) => network.family === family && !network.internal);
    return this.#defaultRoute[family] ?? outer?.address ?? (family === 'IPv6' ? '::1' : '127.0.0.1');
  }

  #read(): void {
    this.#readAt = this.#monotonic();
    this.#networks = Object.values(networkInterfaces()).flatMap((entries = []) =>
      entries.flatMap((entry) => {
        const bits = Number(entry.cidr?.split('/')[1]);
        if (!Number.isInteger(bits)) return [];
        const subnet = new BlockList();
        subnet.addSubnet(entry.address, bits, entry.family === 'IPv6' ? 'ipv6' : 'ipv4');
        return [{ family: entry.family, address: entry.address, internal: entry.internal, subnet }];
      }),
    );
  }

  async #findDefaultRoutes(): Promise<void> {
    for (const family of ['IPv4', 'IPv6'] as const) {
      const address = await sourceAddressToward(farAway[family], family);
      if (address === undefined) delete this.#defaultRoute[family];
      else this.#defaultRoute[family] = address;
    }
  }
}

/** The source address that the system would use toward `peer`; `undefined` when there is no route. */
function sourceAddressToward(peer: string, family: Family): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(family === 'IPv6' ? 'udp6' : 'udp4');
    const finish = (address: string | undefined) => {
      socket.close();
      resolve(address);
    };
    socket.once('error', () => finish(undefined));
    socket.connect(9, peer, () => finish(socket.address().address));
    socket.unref();
  });
}
