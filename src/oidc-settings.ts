import { isIPv4 } from 'node:net';
import { type Role, roleOf } from './domain/role.ts';

/** Whether a host is this machine, so that nobody in between can read or change what is sent. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.+)\]$/, '$1');
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}

/** Whether a text is a URL that nobody in between can read or change: https, or http on this machine. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash, username, password } = new URL(text);
  if (search !== '' || hash !== '' || username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // The only error there is says that it is malformed.
    return undefined;
  }
}

/**
 * Reads which roles groups have: comma-separated `GROUP=ROLE`, groups percent-encoded where they need it. A group may be
 * named more than once. Undefined when any part is not that; empty for an empty text.
 */
export function parseOidcRoles(text: string): ReadonlyMap<string, readonly Role[]> | undefined {
  const roles = new Map<string, readonly Role[]>();
  for (const part of text === '' ? [] : text.split(',')) {
    const [group, name, ...rest] = part.split('=').map((side) => side.trim());
    const key = decoded(group ?? '');
    const role = roleOf(name ?? '');
    if (rest.length > 0 || key === undefined || key === '' || role === undefined) return undefined;
    roles.set(key, [...(roles.get(key) ?? []), role]);
  }
  return roles;
}
