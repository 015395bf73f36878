import { isIPv4, isIPv6 } from 'node:net';

/** How a connection to a mail server is secured. Wherever there is TLS, the certificate is verified. */
export type SmtpSecurity =
  /** TLS from the first byte (RFC 8314 §3.3). */
  | 'implicit'
  /** STARTTLS (RFC 3207) before anything else, or no mail. */
  | 'required'
  /** STARTTLS where it is offered. */
  | 'opportunistic'
  /** Never. */
  | 'none';

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly security: SmtpSecurity;
  readonly login: { readonly user: string; readonly password: string } | undefined;
}

/** The rule of an SMTP URL, for whoever wrote one that cannot be used. */
export const SMTP_URL_RULE =
  'smtp://[USER:PASSWORD@]HOST[:PORT] (STARTTLS, port 587) or smtps://[USER:PASSWORD@]HOST[:PORT] (TLS, port 465); ' +
  'smtp may end in ?tls=required (the default), ?tls=opportunistic or ?tls=none (the default on this machine), ' +
  'and a USER and PASSWORD to another machine need required TLS';

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9_-]{0,62})(\.[a-z0-9][a-z0-9_-]{0,62})*\.?$/i;

/** RFC 6409 §3.1 and RFC 8314 §7.3. */
const PORTS = { 'smtp:': 587, 'smtps:': 465 } as const;

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

/** User and password, `none` when neither is given, undefined when they cannot be used. */
function loginOf({ username, password }: URL): SmtpSettings['login'] | 'none' {
  if (username === '' && password === '') return 'none';
  const login = { user: decoded(username) ?? '', password: decoded(password) ?? '' };
  return login.user === '' || login.password === '' ? undefined : login;
}

function securityOf({ protocol, search }: URL, host: string): SmtpSecurity | undefined {
  if (protocol === 'smtps:') return search === '' ? 'implicit' : undefined;
  switch (search) {
    case '':
      return isLoopback(host) ? 'none' : 'required';
    case '?tls=required':
      return 'required';
    case '?tls=opportunistic':
      return 'opportunistic';
    case '?tls=none':
      return 'none';
    default:
      return undefined;
  }
}

/** A password is sent to another machine only when nobody on the way can have STARTTLS taken out. */
function isPasswordSafe(security: SmtpSecurity, host: string): boolean {
  return security === 'implicit' || security === 'required' || isLoopback(host);
}

/** Reads an SMTP URL by the rule {@link SMTP_URL_RULE}; undefined when it breaks it. */
export function parseSmtpUrl(text: string): SmtpSettings | undefined {
  if (/\s/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const { protocol, pathname, hash } = url;
  if (protocol !== 'smtp:' && protocol !== 'smtps:') return undefined;
  if ((pathname !== '' && pathname !== '/') || hash !== '') return undefined;
  // Sockets take an IPv6 address without the brackets that it has in a URL.
  const host = url.hostname.replace(/^\[(.+)\]$/, '$1').toLowerCase();
  const port = url.port === '' ? PORTS[protocol] : Number(url.port);
  if (!(HOST_NAME.test(host) || isIPv6(host)) || port < 1) return undefined;
  const security = securityOf(url, host);
  const login = loginOf(url);
  if (security === undefined || login === undefined) return undefined;
  if (login === 'none') return { host, port, security, login: undefined };
  return isPasswordSafe(security, host) ? { host, port, security, login } : undefined;
}
