import { networkInterfaces } from 'node:os';
import type { SipListenAddress } from './setting-texts.ts';

const WILDCARDS: Readonly<Record<string, 'IPv4' | 'IPv6'>> = { '0.0.0.0': 'IPv4', '::': 'IPv6' };

/** Of a link-local address (RFC 4291 §2.5.6) a phone would have to know the interface, too. */
const LINK_LOCAL = /^fe[89ab]/i;

/**
 * The addresses that phones can call an embedded edge by, `sip:host:port`, with `;transport=tls` behind those for TLS; of
 * a wildcard, each of this machine's, loopback first.
 */
export function sipAddresses(
  listens: readonly SipListenAddress[],
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): readonly string[] {
  const own = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ address }) => !LINK_LOCAL.test(address))
    .sort((a, b) => Number(b.internal) - Number(a.internal));
  return listens.flatMap(({ host, port, transport }) => {
    const wanted = WILDCARDS[host];
    const hosts =
      wanted === undefined ? [host] : own.filter(({ family }) => family === wanted).map(({ address }) => address);
    const over = transport === undefined ? '' : `;transport=${transport}`;
    return hosts.map((address) => `sip:${address.includes(':') ? `[${address}]` : address}:${port}${over}`);
  });
}
