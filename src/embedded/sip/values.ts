/**
 * The values inside headers: lists, parameters, addresses, URIs, Via, CSeq (RFC 3261 §25.1). Every reader here goes
 * over its input once, from left to right, and answers `undefined` for what does not follow the grammar; none throws.
 */

/** Parameter names are lower-case; a parameter without "=" has the value `null`. */
export type Params = ReadonlyMap<string, string | null>;

const tokenPattern = /^[A-Za-z0-9\-.!%*_+`'~]+$/;

/** RFC 3261 §25.1, token: at least one character. */
export function isToken(text: string): boolean {
  return tokenPattern.test(text);
}

/** The index behind a quoted string that begins at `start`, or -1 when it is not closed. */
function endOfQuoted(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === '"') return i + 1;
  }
  return -1;
}

/**
 * Splits at `separator` where it stands outside quoted strings and angle brackets. `undefined` when a quote or a
 * bracket is not closed.
 */
export function splitOutside(text: string, separator: ',' | ';'): string[] | undefined {
  const parts: string[] = [];
  let start = 0;
  let inBrackets = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inBrackets) {
      if (c === '>') inBrackets = false;
    } else if (c === '"') {
      const end = endOfQuoted(text, i);
      if (end === -1) return undefined;
      i = end - 1;
    } else if (c === '<') inBrackets = true;
    else if (c === separator) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  if (inBrackets) return undefined;
  parts.push(text.slice(start).trim());
  return parts;
}

/** Reads ";name=value;name" (the leading semicolon included). An empty text has no parameters. */
function parseParams(text: string): Params | undefined {
  const params = new Map<string, string | null>();
  if (text.trim() === '') return params;
  const parts = splitOutside(text, ';');
  if (parts === undefined || parts[0] !== '') return undefined;
  for (const part of parts.slice(1)) {
    const equals = part.indexOf('=');
    const name = (equals === -1 ? part : part.slice(0, equals)).trim();
    if (!isToken(name)) return undefined;
    const value = equals === -1 ? null : part.slice(equals + 1).trim();
    if (value !== null && /[\s<>]/.test(value) && !value.startsWith('"')) return undefined;
    if (!params.has(name.toLowerCase())) params.set(name.toLowerCase(), value);
  }
  return params;
}

function formatParams(params: Params): string {
  let text = '';
  for (const [name, value] of params) text += value === null ? `;${name}` : `;${name}=${value}`;
  return text;
}

/** A From, To, Contact, Route or Record-Route value (name-addr or addr-spec). */
export interface NameAddress {
  /** As written, quotes included; empty when there is none. */
  readonly displayName: string;
  readonly uri: string;
  readonly params: Params;
}

/** Reads name-addr or addr-spec with the parameters of its header (RFC 3261 §20.10); the URI is not looked into. */
export function parseNameAddress(value: string): NameAddress | undefined {
  const text = value.trim();
  let i = 0;
  let displayName = '';
  if (text.startsWith('"')) {
    const end = endOfQuoted(text, 0);
    if (end === -1) return undefined;
    displayName = text.slice(0, end);
    i = end;
    while (text[i] === ' ' || text[i] === '\t') i++;
    if (text[i] !== '<') return undefined;
  } else {
    const open = text.indexOf('<');
    if (open === -1) return parseAddrSpec(text);
    displayName = text.slice(0, open).trim();
    if (/["<>,;:@]/.test(displayName)) return undefined;
    i = open;
  }
  const close = text.indexOf('>', i);
  if (close === -1) return undefined;
  const uri = text.slice(i + 1, close).trim();
  const params = parseParams(text.slice(close + 1));
  if (params === undefined || !isUriText(uri)) return undefined;
  return { displayName, uri, params };
}

/** RFC 3261 §20.10: without angle brackets, what follows a semicolon belongs to the header, not to the URI. */
function parseAddrSpec(text: string): NameAddress | undefined {
  const semicolon = text.indexOf(';');
  const uri = (semicolon === -1 ? text : text.slice(0, semicolon)).trim();
  const params = parseParams(semicolon === -1 ? '' : text.slice(semicolon));
  if (params === undefined || !isUriText(uri) || /[,?]/.test(uri)) return undefined;
  return { displayName: '', uri, params };
}

/** Always with angle brackets, which are never wrong. */
export function formatNameAddress(address: NameAddress): string {
  const name = address.displayName === '' ? '' : `${address.displayName} `;
  return `${name}<${address.uri}>${formatParams(address.params)}`;
}

/** A scheme, a colon and something behind it, and nothing that ends a URI in a message. */
export function isUriText(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+\-.]*:[^\s<>"]+$/.test(text);
}

/** RFC 3261 §19.1.1. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  /** User and password as written, escapes included; `undefined` when there is no "@". */
  readonly userInfo: string | undefined;
  /** Lower-case; an IPv6 reference is without its brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
  /** What follows "?", as written; empty when there is none. */
  readonly headers: string;
}

/** Reads a SIP or SIPS URI; `undefined` for every other scheme. */
export function parseSipUri(text: string): SipUri | undefined {
  const colon = text.indexOf(':');
  const scheme = text.slice(0, Math.max(colon, 0)).toLowerCase();
  if ((scheme !== 'sip' && scheme !== 'sips') || !isUriText(text)) return undefined;
  let rest = text.slice(colon + 1);
  // The user part may hold ";" and "?" (RFC 3261 §25.1, user-unreserved), so the "@" is looked for first.
  const at = rest.lastIndexOf('@');
  const userInfo = at === -1 ? undefined : rest.slice(0, at);
  rest = rest.slice(at + 1);
  const question = rest.indexOf('?');
  const headers = question === -1 ? '' : rest.slice(question + 1);
  if (question !== -1) rest = rest.slice(0, question);
  const semicolon = rest.indexOf(';');
  const params = parseParams(semicolon === -1 ? '' : rest.slice(semicolon));
  const hostPort = parseHostPort(semicolon === -1 ? rest : rest.slice(0, semicolon));
  if (params === undefined || hostPort === undefined || userInfo === '') return undefined;
  return { scheme, userInfo, host: hostPort.host, port: hostPort.port, params, headers };
}

/** "host", "host:port", "[v6]" or "[v6]:port". */
export function parseHostPort(text: string): { host: string; port: number | undefined } | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9\-._]{1,255}))(?:\s*:\s*(\d{1,5}))?$/.exec(text.trim());
  if (match === null) return undefined;
  const port = match[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  return { host: (match[1] ?? match[2] ?? '').toLowerCase(), port };
}

/** An IPv6 address gets its brackets (RFC 3261 §25.1, IPv6reference). */
export function formatHostPort(host: string, port: number | undefined): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? name : `${name}:${port}`;
}

/** RFC 3261 §20.42. */
export interface Via {
  /** "UDP", "TCP", "TLS"; upper-case. */
  readonly protocol: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
}

/** Reads one Via value (RFC 3261 §20.42). */
export function parseVia(value: string): Via | undefined {
  const match = /^SIP\s?\/\s?2\.0\s?\/\s?([A-Za-z0-9-]{1,16})\s([^;]*)(.*)$/i.exec(value.trim());
  if (match === null) return undefined;
  const hostPort = parseHostPort(match[2] ?? '');
  const params = parseParams(match[3] ?? '');
  if (hostPort === undefined || params === undefined) return undefined;
  return { protocol: (match[1] ?? '').toUpperCase(), ...hostPort, params };
}

/** Writes one Via value. */
export function formatVia(via: Via): string {
  return `SIP/2.0/${via.protocol} ${formatHostPort(via.host, via.port)}${formatParams(via.params)}`;
}

/** RFC 3261 §20.16: the number is below 2^31. */
export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** Reads a CSeq value. */
export function parseCSeq(value: string): CSeq | undefined {
  const match = /^(\d{1,10})\s([A-Za-z0-9\-.!%*_+`'~]+)$/.exec(value.trim());
  const number = Number(match?.[1]);
  if (match === null || number >= 2 ** 31) return undefined;
  return { number, method: match[2] ?? '' };
}
