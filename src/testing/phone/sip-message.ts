/** One header field, its name as it was written. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

interface MessageParts {
  readonly headers: readonly HeaderField[];
  readonly body: string;
}

export interface SipRequest extends MessageParts {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
}

export interface SipResponse extends MessageParts {
  readonly kind: 'response';
  /** 100–699. */
  readonly status: number;
  readonly reason: string;
}

export type SipMessage = SipRequest | SipResponse;

/** The one-letter names of RFC 3261 §7.3.3 and what they stand for. */
const COMPACT: Readonly<Record<string, string>> = {
  i: 'call-id',
  m: 'contact',
  e: 'content-encoding',
  l: 'content-length',
  c: 'content-type',
  f: 'from',
  s: 'subject',
  k: 'supported',
  t: 'to',
  v: 'via',
};

function canonical(name: string): string {
  const lower = name.toLowerCase();
  return COMPACT[lower] ?? lower;
}

/** Reads one datagram (RFC 3261 §7); undefined when it is no SIP message. Folded lines are joined (§7.3.1). */
export function parseSip(datagram: Buffer): SipMessage | undefined {
  const text = datagram.toString('utf8');
  const split = text.indexOf('\r\n\r\n');
  if (split < 0) return undefined;
  const [startLine = '', ...lines] = text
    .slice(0, split)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers: HeaderField[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) return undefined;
    headers.push({ name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() });
  }
  const rest = text.slice(split + 4);
  const length = Number(headers.find((field) => canonical(field.name) === 'content-length')?.value ?? rest.length);
  const body = Buffer.from(rest, 'utf8').toString('utf8', 0, length);
  const response = /^SIP\/2\.0 ([1-6]\d\d) ?(.*)$/.exec(startLine);
  if (response !== null) {
    return { kind: 'response', status: Number(response[1]), reason: response[2] ?? '', headers, body };
  }
  const request = /^([!-~]+) ([!-~]+) SIP\/2\.0$/.exec(startLine);
  if (request === null) return undefined;
  return { kind: 'request', method: request[1] ?? '', uri: request[2] ?? '', headers, body };
}

/** Writes a message for the wire; Content-Length is set to fit the body, whatever the headers say. */
export function writeSip(message: SipMessage): Buffer {
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  const fields = message.headers.filter((field) => canonical(field.name) !== 'content-length');
  const lines = [start, ...fields.map((field) => `${field.name}: ${field.value}`)];
  lines.push(`Content-Length: ${Buffer.byteLength(message.body)}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${message.body}`);
}

/** The first value of a header, by its full lower-case name; undefined when there is none. */
export function header(message: SipMessage, name: string): string | undefined {
  return headers(message, name)[0];
}

/** Headers whose values may be several in one line, separated by commas (RFC 3261 §7.3.1). */
const LISTS = new Set(['via', 'route', 'record-route', 'contact', 'allow', 'supported', 'require']);

/** Every value of a header in order, lists taken apart. */
export function headers(message: SipMessage, name: string): string[] {
  const values = message.headers.filter((field) => canonical(field.name) === name).map((field) => field.value);
  return LISTS.has(name) ? values.flatMap(splitList) : values;
}

function splitList(value: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  let inAngles = false;
  for (const character of value) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && character === '<') inAngles = true;
    else if (!quoted && character === '>') inAngles = false;
    if (character === ',' && !quoted && !inAngles) {
      parts.push(part.trim());
      part = '';
    } else {
      part += character;
    }
  }
  parts.push(part.trim());
  return parts.filter((item) => item !== '');
}

/** The parameter of a header value (`tag`, `branch` …); an empty string for one without a value, undefined when absent. */
export function parameter(value: string, name: string): string | undefined {
  const outside = value.includes('<') ? value.slice(value.indexOf('>') + 1) : value;
  for (const part of outside.split(';').slice(1)) {
    const [key = '', ...rest] = part.split('=');
    if (key.trim().toLowerCase() === name) return rest.join('=').trim();
  }
  return undefined;
}

/** The URI inside a From, To, Contact or Route value (RFC 3261 §20.10). */
export function uriOf(value: string): string {
  const bracketed = /<([^>]*)>/.exec(value);
  return bracketed?.[1] ?? value.split(';')[0]?.trim() ?? '';
}

/** Where a SIP URI leads: its user part, host and port. */
export interface SipUri {
  readonly user: string;
  readonly host: string;
  /** 5060 when the URI names none, 5061 for TLS (RFC 3261 §19.1.2). */
  readonly port: number;
  /** Tells whether the URI has the `lr` parameter of a loose router (RFC 3261 §19.1.1). */
  readonly looseRouter: boolean;
}

/** Reads a `sip:` or `sips:` URI; undefined when it is none. */
export function parseSipUri(uri: string): SipUri | undefined {
  const parts = /^sips?:(?:([^@;?]*)@)?(\[[^\]]+\]|[^:;?@]+)(?::(\d{1,5}))?((?:;[^?]*)?)(?:\?.*)?$/i.exec(uri.trim());
  if (parts === null) return undefined;
  return {
    user: parts[1] ?? '',
    host: (parts[2] ?? '').replace(/^\[|\]$/g, ''),
    port: parts[3] === undefined ? (transportOf(uri) === 'tls' ? 5061 : 5060) : Number(parts[3]),
    looseRouter: /;lr(?=[;=]|$)/i.test(parts[4] ?? ''),
  };
}

/** Which transport a URI asks for (RFC 3261 §19.1.1, §26.2.2); UDP when it names none. */
export function transportOf(uri: string): 'udp' | 'tcp' | 'tls' {
  if (/^sips:/i.test(uri.trim())) return 'tls';
  const named = /;transport=(tcp|tls)(?=[;?>]|$)/i.exec(uri)?.[1]?.toLowerCase();
  return named === 'tcp' || named === 'tls' ? named : 'udp';
}

/** The sequence number and method of a message's CSeq (RFC 3261 §20.16). */
export function cseq(message: SipMessage): { readonly number: number; readonly method: string } {
  const [number = '0', method = ''] = (header(message, 'cseq') ?? '').split(/\s+/);
  return { number: Number(number), method };
}
