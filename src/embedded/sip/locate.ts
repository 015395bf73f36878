import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { SocketAddress, TransportProtocol } from './transport.ts';
import { parseSipUri } from './values.ts';

/** Where a URI points before any name is resolved. */
export interface UriTarget {
  readonly protocol: TransportProtocol;
  readonly host: string;
  /** As written in the URI; without one, SRV records may tell it. */
  readonly port: number | undefined;
}

/** RFC 3263 §4.1 without NAPTR: the transport from the scheme and the transport parameter. `undefined`: no SIP URI. */
export function targetOf(text: string): UriTarget | undefined {
  const uri = parseSipUri(text);
  if (uri === undefined) return undefined;
  const named = uri.params.get('transport')?.toUpperCase();
  const secure = uri.scheme === 'sips' || named === 'TLS';
  const protocol = secure
    ? 'TLS'
    : named === 'TCP'
      ? 'TCP'
      : named === undefined || named === 'UDP'
        ? 'UDP'
        : undefined;
  if (protocol === undefined) return undefined;
  const maddr = uri.params.get('maddr');
  return { protocol, host: maddr ?? uri.host, port: uri.port };
}

/** The address of a target whose host is a literal address of `family`; `undefined` when a name must be resolved. */
export function literalAddress(target: UriTarget): SocketAddress | undefined {
  const version = isIP(target.host);
  if (version === 0) return undefined;
  return { family: version === 6 ? 'IPv6' : 'IPv4', address: target.host, port: target.port ?? defaultPort(target) };
}

/** Milliseconds that a name server gets for an answer, and how often it is asked. */
const patience = { timeout: 2_000, tries: 2 };

/**
 * Resolves a name: SRV records when the URI has no port, then addresses of `family` (RFC 3263 §4.2). `undefined` when
 * it has none; it never rejects.
 *
 * Callers choose such names, and the name servers behind them. The system's own look-up would occupy one of the few
 * threads on which PINs are hashed, for as long as a name server cares to be silent; so it is asked only for names
 * without a dot, which are this network's own.
 */
export async function resolveAddress(
  target: UriTarget,
  family: SocketAddress['family'],
  resolver: Resolver = new Resolver(patience),
): Promise<SocketAddress | undefined> {
  const service = target.port === undefined ? await firstService(target, resolver) : undefined;
  const host = service?.name ?? target.host;
  const port = service?.port ?? target.port ?? defaultPort(target);
  try {
    const address = await firstAddress(host, family, resolver);
    return address === undefined ? undefined : { family, address, port };
  } catch {
    return undefined;
  }
}

async function firstAddress(
  host: string,
  family: SocketAddress['family'],
  resolver: Resolver,
): Promise<string | undefined> {
  if (!host.includes('.')) return (await lookup(host, { family: family === 'IPv6' ? 6 : 4 })).address;
  const addresses = family === 'IPv6' ? await resolver.resolve6(host) : await resolver.resolve4(host);
  return addresses[0];
}

async function firstService(
  target: UriTarget,
  resolver: Resolver,
): Promise<{ name: string; port: number } | undefined> {
  const prefix = target.protocol === 'TLS' ? '_sips._tcp' : `_sip._${target.protocol.toLowerCase()}`;
  try {
    const records = await resolver.resolveSrv(`${prefix}.${target.host}`);
    return records.sort((one, other) => one.priority - other.priority || other.weight - one.weight)[0];
  } catch {
    return undefined;
  }
}

function defaultPort(target: UriTarget): number {
  return target.protocol === 'TLS' ? 5061 : 5060;
}
