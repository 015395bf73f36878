import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * How the texts of settings are read. Each function answers undefined for a text that it cannot use; whoever reads the
 * configuration says then by which rule.
 */

/** An address and a port to listen on; port 0 lets the system choose one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Where to listen for SIP: over UDP and TCP, or over TLS alone. */
export interface SipListenAddress extends ListenAddress {
  readonly transport?: 'tls';
}

/** Where a drachtio-server or a FreeSWITCH is, and the secret that it asks for. */
export interface EngineAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

/** UDP ports for RTP, first and last included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A whole number from `least` to `most`, both included. */
export function wholeNumber(text: string, least: number, most: number): number | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

/** A whole number from 1 to 1,000,000, or `unlimited`. */
export function countOrUnlimited(text: string): number | 'unlimited' | undefined {
  return text === 'unlimited' ? text : wholeNumber(text, 1, 1_000_000);
}

/** `host:port`, an IPv6 address in brackets; port 0 is any. */
export function listenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = wholeNumber(match?.[3] ?? '', 0, 65535);
  return host === undefined || port === undefined ? undefined : { host, port };
}

/**
 * Comma-separated `host:port`, each with an IP address, and none twice unless any port will do; `tls:` in front of those
 * that are for TLS. One at least is not: over it media servers are called.
 */
export function sipListenAddresses(text: string): readonly SipListenAddress[] | undefined {
  const parts = text.split(',');
  const addresses = parts.flatMap((part) => sipListenAddress(part.trim()) ?? []).filter(({ host }) => isIP(host) !== 0);
  if (addresses.every(({ transport }) => transport === 'tls')) return undefined;
  if (addresses.length < parts.length) return undefined;
  const fixed = addresses.filter(({ port }) => port !== 0).map(({ host, port }) => `${host} ${port}`);
  return new Set(fixed).size === fixed.length ? addresses : undefined;
}

function sipListenAddress(text: string): SipListenAddress | undefined {
  const address = listenAddress(text.replace(/^tls:/, ''));
  return address !== undefined && text.startsWith('tls:') ? { ...address, transport: 'tls' } : address;
}

/** SIP's own port on every IPv4 address of this machine, and on every IPv6 address if it has any. */
export function defaultSipListen(
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): readonly ListenAddress[] {
  const hasIPv6 = Object.values(interfaces).some((addresses) => addresses?.some(({ family }) => family === 'IPv6'));
  const hosts = hasIPv6 ? ['0.0.0.0', '::'] : ['0.0.0.0'];
  return hosts.map((host) => ({ host, port: 5060 }));
}

/** `first-last`, at least two ports from 1024 on. */
export function portRange(text: string): PortRange | undefined {
  const [low = '', high = '', ...rest] = text.split('-');
  const first = wholeNumber(low, 1024, 65535);
  const last = wholeNumber(high, 1024, 65535);
  if (rest.length > 0 || first === undefined || last === undefined || last - first < 1) return undefined;
  return { first, last };
}

/** `scheme://:SECRET@HOST[:PORT]`, with nothing else in it. */
export function engineAddress(text: string, scheme: string, standardPort: number): EngineAddress | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const secret = decodeURIComponent(url.password);
  if (url.protocol !== `${scheme}:` || url.hostname === '' || secret === '') return undefined;
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.username !== '') return undefined;
  // Sockets take an IPv6 address without the brackets that it has in a URL.
  const host = url.hostname.replace(/^\[(.+)\]$/, '$1');
  return { host, port: url.port === '' ? standardPort : Number(url.port), secret };
}

/** Comma-separated `freeswitch://:SECRET@HOST[:8021]`. */
export function engineAddresses(text: string): readonly EngineAddress[] | undefined {
  const engines = text.split(',').map((part) => engineAddress(part.trim(), 'freeswitch', 8021));
  return engines.every((engine) => engine !== undefined) ? engines : undefined;
}

/** The origin of an http:// or https:// URL that has nothing but that. */
export function publicUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin, href } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return undefined;
  return href === `${origin}/` ? origin : undefined;
}

/** An http:// or https:// URL without user name and password. */
export function webhookUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  return isWeb && url.username === '' && url.password === '' ? url : undefined;
}
