import { isIPv4, isIPv6 } from 'node:net';

/** How a connection to the database is secured, by PostgreSQL's own names (its manual, "SSL Mode Descriptions"). */
export type PostgresTls =
  /** Not at all. */
  | 'disable'
  /** TLS with whoever answers. */
  | 'require'
  /** TLS with a certificate of a known authority, whatever name it is for. */
  | 'verify-ca'
  /** TLS with a certificate that is for this host. */
  | 'verify-full';

/** Where a PostgreSQL database is, and who uses it. */
export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | undefined;
  readonly tls: PostgresTls;
  /** A file with the certificates of the authorities to trust; undefined for those that Node.js knows. */
  readonly rootCertificates: string | undefined;
}

/** The rule of a PostgreSQL URL, for whoever wrote one that cannot be used. */
export const POSTGRES_URL_RULE =
  'postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE (port 5432), which may end in ?sslmode=verify-full (the default), ' +
  'verify-ca, require or disable (the default on this machine), and &sslrootcert=FILE';

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9_-]{0,62})(\.[a-z0-9][a-z0-9_-]{0,62})*\.?$/i;

const TLS_MODES: readonly PostgresTls[] = ['disable', 'require', 'verify-ca', 'verify-full'];
const PARAMETERS = ['sslmode', 'sslrootcert'];

/** PostgreSQL cuts longer names off in silence. */
const LONGEST_NAME = 63;

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function nameIn(text: string): string | undefined {
  const name = decoded(text);
  if (name === undefined || name === '' || name.includes('\0')) return undefined;
  return Buffer.byteLength(name) <= LONGEST_NAME ? name : undefined;
}

/** Undefined for a parameter that is unknown, or said twice: one that is silently ignored would be relied on. */
function parametersOf({ searchParams }: URL): ReadonlyMap<string, string> | undefined {
  const parameters = new Map(searchParams);
  const isKnown = [...parameters.keys()].every((name) => PARAMETERS.includes(name));
  return isKnown && parameters.size === searchParams.size ? parameters : undefined;
}

function tlsOf(mode: string | undefined, host: string): PostgresTls | undefined {
  if (mode === undefined) return isLoopback(host) ? 'disable' : 'verify-full';
  return TLS_MODES.find((one) => one === mode);
}

/** Reads a URL by the rule {@link POSTGRES_URL_RULE}; undefined when it breaks it. */
export function parsePostgresUrl(text: string): PostgresServer | undefined {
  if (/\s/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if ((url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') || url.hash !== '') return undefined;
  // Sockets take an IPv6 address without the brackets that it has in a URL.
  const host = url.hostname.replace(/^\[(.+)\]$/, '$1').toLowerCase();
  const port = url.port === '' ? 5432 : Number(url.port);
  if (!(HOST_NAME.test(host) || isIPv6(host)) || port < 1) return undefined;
  const [user, database] = [nameIn(url.username), nameIn(url.pathname.slice(1))];
  const password = decoded(url.password);
  const parameters = parametersOf(url);
  if (user === undefined || database === undefined || password === undefined || parameters === undefined) {
    return undefined;
  }
  const tls = tlsOf(parameters.get('sslmode'), host);
  const rootCertificates = parameters.get('sslrootcert');
  if (tls === undefined || rootCertificates === '') return undefined;
  return { host, port, user, database, password: password === '' ? undefined : password, tls, rootCertificates };
}

/** What a server is called in messages: without the user and the password. */
export function describeServer({ host, port, database }: PostgresServer): string {
  return `postgres://${host.includes(':') ? `[${host}]` : host}:${port}/${encodeURIComponent(database)}`;
}
