import type { Clock } from '../clock.ts';
import { LocalAddresses } from './local-addresses.ts';
import { TcpTransport } from './tcp-transport.ts';
import { UdpTransport } from './udp-transport.ts';

/** Where to listen: a literal address, "0.0.0.0" and "::" for all of the family, and a port, 0 for a free one. */
export interface SipListen {
  readonly host: string;
  readonly port: number;
}

export interface BindOptions {
  readonly advertisedAddress?: string | undefined;
  readonly clock: Clock;
  /** Whether somebody at this address may be expected to call. */
  readonly isExpected?: (address: string) => boolean;
}

/** UDP and TCP at one address and port. */
export interface BoundPair {
  readonly udp: UdpTransport;
  readonly tcp: TcpTransport;
}

/** How many free UDP ports are tried for one that is free for TCP, too. */
const mostAttempts = 50;

/**
 * Binds UDP and TCP at each address, both at the same port (RFC 3261 §18.1.1 sends what is too large for UDP to the
 * port of UDP). Rejects with the system's error when one cannot be had; then none is left open.
 */
export async function bindTransports(listens: readonly SipListen[], options: BindOptions): Promise<BoundPair[]> {
  const addresses = await LocalAddresses.create(() => options.clock.monotonic());
  const bound: BoundPair[] = [];
  try {
    for (const listen of listens) bound.push(await bindPair(listen, options, addresses));
  } catch (error) {
    await Promise.all(bound.flatMap(({ udp, tcp }) => [udp.close(), tcp.close()]));
    throw error;
  }
  return bound;
}

async function bindPair(listen: SipListen, options: BindOptions, addresses: LocalAddresses): Promise<BoundPair> {
  const { advertisedAddress, clock, isExpected } = options;
  for (let attempt = 1; ; attempt++) {
    const udp = await UdpTransport.bind({
      ...listen,
      advertisedAddress,
      monotonic: () => clock.monotonic(),
      addresses,
    });
    const { port } = udp.local;
    try {
      const tcp = await TcpTransport.listen({ ...listen, port, advertisedAddress, clock, addresses, isExpected });
      return { udp, tcp };
    } catch (error) {
      await udp.close();
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (listen.port !== 0 || !isTaken || attempt === mostAttempts) throw error;
    }
  }
}
