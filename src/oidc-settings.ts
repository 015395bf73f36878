import { isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import Type, { type StaticDecode } from 'typebox';
import { type Role, roleOf } from './domain/role.ts';
import { setting, unlessEmpty, whenSet } from './setting.ts';

/** The identity provider whose tokens let administrators in. */
export interface OidcSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly groupsClaim: string;
  /** The roles that its groups have here. */
  readonly roles: ReadonlyMap<string, readonly Role[]>;
}

/** This service as a client of that. */
export interface OidcClientSettings {
  readonly id: string;
  /** Undefined when it has no secret. */
  readonly secretFile: string | undefined;
}

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

/** The settings of the identity provider, and of this service as its client. */
export const OIDC_SETTINGS = {
  OIDC_ISSUER: setting(
    'the https:// URL of an OpenID Connect issuer, exactly as it names itself (http:// on loopback only)',
    '',
    unlessEmpty((text) => (isSafeUrl(text) ? text : undefined)),
  ),
  OIDC_AUDIENCE: setting(
    'what the tokens of OIDC_ISSUER name as their audience when they are for this service',
    '',
    (text) => (text.length <= 1_000 ? text : undefined),
  ),
  OIDC_ROLES: setting(
    'comma-separated GROUP=ROLE, a role being organization-management, um-management, help-desk or view-only; a comma, a percent or an equals sign in a group is percent-encoded',
    '',
    parseOidcRoles,
  ),
  OIDC_CLIENT_ID: setting(
    'the id that this service has as a client of OIDC_ISSUER, so that people sign in to the pages there; absent, they do not',
    '',
    unlessEmpty((text) => (/^[\x20-\x7e]{1,500}$/.test(text) ? text : undefined)),
  ),
  OIDC_CLIENT_SECRET_FILE: setting(
    'a file with the secret of OIDC_CLIENT_ID; absent, the client has none',
    '',
    unlessEmpty((text) => resolve(text)),
  ),
  OIDC_GROUPS_CLAIM: setting('the claim of the tokens of OIDC_ISSUER that has the groups', 'groups', (text) =>
    /^[\x21-\x7e]{1,200}$/.test(text) ? text : undefined,
  ),
};

const Settings = Type.Object(OIDC_SETTINGS);
type Decoded = StaticDecode<typeof Settings>;

/**
 * What sign-ins at the identity provider need and have not, and what is set for them where there are none; a sentence for
 * each.
 *
 * @param isReached whether it is known where browsers reach this service.
 */
export function problemsOfOidc(decoded: Partial<Decoded>, isReached: boolean): readonly string[] {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_ROLES: roles } = decoded;
  const { OIDC_CLIENT_ID: client, OIDC_CLIENT_SECRET_FILE: secretFile } = decoded;
  const isClient = client !== undefined && whenSet(client) !== undefined;
  const hasSecret = secretFile !== undefined && whenSet(secretFile) !== undefined;
  const withoutClient =
    hasSecret && client !== undefined && !isClient
      ? ['OIDC_CLIENT_SECRET_FILE has the secret of OIDC_CLIENT_ID; set that, too.']
      : [];
  if (issuer === undefined) return withoutClient;
  if (whenSet(issuer) === undefined) {
    return [...(isClient ? ['OIDC_CLIENT_ID is a client of OIDC_ISSUER; set that, too.'] : []), ...withoutClient];
  }
  return [
    ...(audience === '' ? ['OIDC_AUDIENCE must be set when OIDC_ISSUER is.'] : []),
    ...(isClient && !isReached ? ['PUBLIC_URL must be set when OIDC_CLIENT_ID is: people are sent back there.'] : []),
    ...(roles?.size === 0 ? ['OIDC_ROLES must be set when OIDC_ISSUER is.'] : []),
    ...withoutClient,
  ];
}

/** Undefined when there is no identity provider. */
export function oidcSettings(decoded: Decoded): OidcSettings | undefined {
  const issuer = whenSet(decoded.OIDC_ISSUER);
  const { OIDC_AUDIENCE: audience, OIDC_GROUPS_CLAIM: groupsClaim, OIDC_ROLES: roles } = decoded;
  return issuer === undefined ? undefined : { issuer, audience, groupsClaim, roles };
}

/** Undefined when nobody signs in to the pages at the identity provider. */
export function oidcClient(decoded: Decoded): OidcClientSettings | undefined {
  const id = whenSet(decoded.OIDC_CLIENT_ID);
  return id === undefined ? undefined : { id, secretFile: whenSet(decoded.OIDC_CLIENT_SECRET_FILE) };
}
