import type { Clock } from '../clock.ts';
import { LocalAddresses } from './local-addresses.ts';
import { TcpTransport } from './tcp-transport.ts';
import type { TlsCredentials } from './tls-credentials.ts';
import type { Transport } from './transport.ts';
import { UdpTransport } from './udp-transport.ts';

/** Where to listen: a literal address, "0.0.0.0" and "::" for all of the family, and a port, 0 for a free one. */
export interface SipListen {
  readonly host: string;
  readonly port: number;
  /** SIP over TLS alone; absent, UDP and TCP. */
  readonly transport?: 'tls';
}

export interface BindOptions {
  readonly advertisedAddress?: string | undefined;
  readonly clock: Clock;
  /** Whether somebody at this address may be expected to call. */
  readonly isExpected?: (address: string) => boolean;
  /** The certificate for those addresses that are for TLS. */
  readonly credentials?: TlsCredentials | undefined;
}

/** What listens at one address and port: UDP and TCP, or TLS. */
export interface Bound {
  /** With the real port. */
  readonly at: SipListen;
  /** TCP, or TLS. */
  readonly stream: TcpTransport;
  readonly transports: readonly Transport[];
}

/** How many free UDP ports are tried for one that is free for TCP, too. */
const mostAttempts = 50;

/**
 * Binds UDP and TCP at each address, both at the same port (RFC 3261 §18.1.1 sends what is too large for UDP to the
 * port of UDP), or TLS where that is wanted. Rejects with the system's error when one cannot be had; then none is left
 * open.
 */
export async function bindTransports(listens: readonly SipListen[], options: BindOptions): Promise<Bound[]> {
  const addresses = await LocalAddresses.create(() => options.clock.monotonic());
  const bound: Bound[] = [];
  try {
    for (const listen of listens) {
      bound.push(await (listen.transport === 'tls' ? bindTls : bindPair)(listen, options, addresses));
    }
  } catch (error) {
    await Promise.all(bound.flatMap(({ transports }) => transports.map((transport) => transport.close())));
    throw error;
  }
  return bound;
}

async function bindTls(
  { host, port }: SipListen,
  { advertisedAddress, clock, isExpected, credentials }: BindOptions,
  addresses: LocalAddresses,
): Promise<Bound> {
  if (credentials === undefined) throw new Error('SIP over TLS needs a certificate');
  const common = { advertisedAddress, clock, addresses, isExpected };
  const stream = await TcpTransport.listen({ host, port, ...common, credentials });
  return { at: { host, port: stream.local.port, transport: 'tls' }, stream, transports: [stream] };
}

async function bindPair(
  { host, port: wanted }: SipListen,
  options: BindOptions,
  addresses: LocalAddresses,
): Promise<Bound> {
  const { advertisedAddress, clock, isExpected } = options;
  for (let attempt = 1; ; attempt++) {
    const udp = await UdpTransport.bind({
      host,
      port: wanted,
      advertisedAddress,
      monotonic: () => clock.monotonic(),
      addresses,
    });
    const { port } = udp.local;
    try {
      const stream = await TcpTransport.listen({ host, port, advertisedAddress, clock, addresses, isExpected });
      return { at: { host, port }, stream, transports: [udp, stream] };
    } catch (error) {
      await udp.close();
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (wanted !== 0 || !isTaken || attempt === mostAttempts) throw error;
    }
  }
}
