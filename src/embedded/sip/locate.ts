import { lookup, resolveSrv } from 'node:dns/promises';
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

/**
 * Resolves a name: SRV records when the URI has no port, then addresses of `family` (RFC 3263 §4.2). `undefined` when
 * it has none; it never rejects.
 */
export async function resolveAddress(
  target: UriTarget,
  family: SocketAddress['family'],
): Promise<SocketAddress | undefined> {
  const service = target.port === undefined ? await firstService(target) : undefined;
  const host = service?.name ?? target.host;
  const port = service?.port ?? target.port ?? defaultPort(target);
  try {
    const { address } = await lookup(host, { family: family === 'IPv6' ? 6 : 4 });
    return { family, address, port };
  } catch {
    return undefined;
  }
}

async function firstService(target: UriTarget): Promise<{ name: string; port: number } | undefined> {
  const prefix = target.protocol === 'TLS' ? '_sips._tcp' : `_sip._${target.protocol.toLowerCase()}`;
  try {
    const records = await resolveSrv(`${prefix}.${target.host}`);
    return records.sort((one, other) => one.priority - other.priority || other.weight - one.weight)[0];
  } catch {
    return undefined;
  }
}

function defaultPort(target: UriTarget): number {
  return target.protocol === 'TLS' ? 5061 : 5060;
}
