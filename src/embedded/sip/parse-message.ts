import { canonicalName, HeaderList } from './headers.ts';
import { defaultLimits, type MessageLimits } from './limits.ts';
import { emptyBody, isSafeHeaderValue, type SipMessage, type SipRequest } from './message.ts';
import type { StreamFlaw } from './stream-framer.ts';
import {
  type CSeq,
  formatVia,
  isToken,
  isUriText,
  type NameAddress,
  parseCSeq,
  parseNameAddress,
  parseVia,
  splitOutside,
  type Via,
} from './values.ts';

/** The fields that every message has (RFC 3261 §8.1.1), read once. */
export interface CoreFields {
  /** The topmost Via. */
  readonly via: Via;
  readonly from: NameAddress;
  readonly to: NameAddress;
  readonly callId: string;
  readonly cseq: CSeq;
}

export type ParseResult =
  | { readonly kind: 'message'; readonly message: SipMessage; readonly core: CoreFields }
  /** Only line breaks or zero bytes: a keep-alive (RFC 5626 §3.5.1), not a message. */
  | { readonly kind: 'keep-alive' }
  /**
   * Not a message. `request` is there when enough of a request could be read to answer it: then the answer is
   * `status` with `reason` as its words. Otherwise silence is the answer.
   */
  | {
      readonly kind: 'malformed';
      readonly status: number;
      readonly reason: string;
      readonly request: SipRequest | undefined;
    };

/** Each of these may be written as one comma-separated line or as several lines (RFC 3261 §7.3.1); here: always several. */
const splitHeaders: ReadonlySet<string> = new Set(['Via', 'Route', 'Record-Route', 'Contact']);

/** Their values are read with backtracking expressions further on, so each is held to the tighter limit. */
const structuredHeaders: ReadonlySet<string> = new Set([
  'Via',
  'Route',
  'Record-Route',
  'Contact',
  'Path',
  'From',
  'To',
  'P-Asserted-Identity',
  'P-Preferred-Identity',
  'Remote-Party-ID',
  'Refer-To',
  'Referred-By',
  'Diversion',
  'Authorization',
  'Proxy-Authorization',
  'WWW-Authenticate',
  'Proxy-Authenticate',
  'Call-ID',
  'CSeq',
  'Content-Type',
  'Content-Length',
  'Max-Forwards',
]);

/** A message must not have two of these: which one counts would depend on who reads it. */
const singleHeaders: readonly string[] = [
  'From',
  'To',
  'Call-ID',
  'CSeq',
  'Max-Forwards',
  'Content-Length',
  'Content-Type',
];

class Malformed {
  readonly status: number;
  readonly reason: string;

  constructor(reason: string, status = 400) {
    this.status = status;
    this.reason = reason;
  }
}

/**
 * Reads one whole message as it came in a datagram, or as a stream transport cut it. It goes over the bytes once, with
 * every length checked before it is used, and it never throws. White space is brought to single spaces outside quoted
 * strings, folded lines are joined, control characters are refused, compact names are expanded; so whatever reads the
 * message later meets one form of it.
 *
 * RFC 3261 §7 and §25.1; bytes behind Content-Length are dropped (§18.3), a body shorter than Content-Length is
 * malformed.
 */
export function parseMessage(bytes: Buffer, limits: MessageLimits = defaultLimits): ParseResult {
  let start = 0;
  while (start < bytes.length && (bytes[start] === 13 || bytes[start] === 10 || bytes[start] === 0)) start++;
  if (start === bytes.length) return { kind: 'keep-alive' };
  const data = bytes.subarray(start);

  const head = splitHead(data, limits);
  const startLine = head.lines[0] ?? '';
  const shape = readStartLine(startLine, limits);
  if (shape === undefined) return { kind: 'malformed', status: 400, reason: 'Bad Start Line', request: undefined };

  const { headers, problem: headerProblem } = readHeaders(head.lines.slice(1), limits);
  const partial: SipMessage =
    shape.kind === 'request'
      ? { kind: 'request', method: shape.method, uri: shape.uri, headers, body: emptyBody }
      : { kind: 'response', status: shape.status, reason: shape.reason, headers, body: emptyBody };

  const core = readCore(headers);
  const problem =
    (data.length > limits.messageBytes ? new Malformed('Message Too Large', 513) : undefined) ??
    head.problem ??
    shape.problem ??
    headerProblem ??
    (core instanceof Malformed ? core : undefined);
  if (problem !== undefined) return refuse(problem, partial);
  if (core instanceof Malformed) return refuse(core, partial);
  if (partial.kind === 'request' && core.cseq.method !== partial.method) {
    return refuse(new Malformed('CSeq Method Mismatch'), partial);
  }
  const body = readBody(data, head.bodyStart, headers, limits);
  if (body instanceof Malformed) return refuse(body, partial);
  return { kind: 'message', message: { ...partial, body }, core };
}

function refuse(problem: Malformed, partial: SipMessage): ParseResult {
  return {
    kind: 'malformed',
    status: problem.status,
    reason: problem.reason,
    request: partial.kind === 'request' && isAnswerable(partial) ? partial : undefined,
  };
}

/** What has been read of a message that a stream transport could not cut: malformed, and answerable if it was so far. */
export function withFlaw(read: ParseResult, flaw: StreamFlaw): ParseResult {
  if (read.kind === 'keep-alive') return read;
  const request = read.kind === 'malformed' ? read.request : read.message.kind === 'request' ? read.message : undefined;
  return { kind: 'malformed', ...flaw, request: request !== undefined && isAnswerable(request) ? request : undefined };
}

/** Whether a response could be composed and sent: an ACK never gets one (RFC 3261 §17.1.1.3). */
function isAnswerable(request: SipRequest): boolean {
  if (request.method === 'ACK') return false;
  return answerableVia(request) !== undefined;
}

/** The topmost Via of a request that cannot be read, as far as an answer needs it: whose it is, if nothing else. */
export function answerableVia(request: SipRequest): Via | undefined {
  const written = request.headers.get('Via') ?? '';
  const [sentBy = ''] = written.split(';', 1);
  return parseVia(written) ?? parseVia(sentBy.replace(/^SIP\s?\/\s?\d{1,3}\.\d{1,3}/i, 'SIP/2.0'));
}

/** A malformed request with `via` as its topmost Via, and without those below it that cannot be read. */
export function withReadableVias(request: SipRequest, via: Via): SipRequest {
  const others = request.headers.getAll('Via').slice(1);
  const readable = others.filter((value) => parseVia(value) !== undefined);
  return { ...request, headers: request.headers.set('Via', formatVia(via), ...readable) };
}

interface Head {
  /** Logical lines: the start line and then one for each header field, unfolded. */
  readonly lines: readonly string[];
  readonly bodyStart: number;
  readonly problem: Malformed | undefined;
}

/** Cuts the head into logical lines. A line that is too long, or one too many, ends the reading. */
function splitHead(data: Buffer, limits: MessageLimits): Head {
  const lines: string[] = [];
  let position = 0;
  while (position < data.length) {
    const lineFeed = data.indexOf(10, position);
    if (lineFeed === -1) return { lines, bodyStart: data.length, problem: new Malformed('Headers Not Terminated') };
    const end = lineFeed > position && data[lineFeed - 1] === 13 ? lineFeed - 1 : lineFeed;
    if (end === position) return { lines, bodyStart: lineFeed + 1, problem: undefined };
    const folded = data[position] === 32 || data[position] === 9;
    const previous = lines.length - 1;
    const length = end - position + (folded ? (lines[previous]?.length ?? 0) : 0);
    if (length > limits.lineBytes) {
      const problem =
        lines.length === 0 ? new Malformed('Request-URI Too Long', 414) : new Malformed('Line Too Long', 513);
      return { lines, bodyStart: data.length, problem };
    }
    const text = data.toString('utf8', position, end);
    if (!folded) lines.push(text);
    else if (previous >= 1) lines[previous] = `${lines[previous]} ${text.trim()}`;
    else return { lines, bodyStart: data.length, problem: new Malformed('Folded Start Line') };
    if (lines.length > limits.headerCount + 1) {
      return { lines: lines.slice(0, -1), bodyStart: data.length, problem: new Malformed('Too Many Headers', 513) };
    }
    position = lineFeed + 1;
  }
  return { lines, bodyStart: data.length, problem: new Malformed('Headers Not Terminated') };
}

type StartLine =
  | { kind: 'request'; method: string; uri: string; problem: Malformed | undefined }
  | { kind: 'response'; status: number; reason: string; problem: Malformed | undefined };

function readStartLine(line: string, limits: MessageLimits): StartLine | undefined {
  if (!isSafeHeaderValue(line)) return undefined;
  if (/^SIP\//i.test(line)) {
    const match = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/i.exec(line);
    if (match === null) return undefined;
    return { kind: 'response', status: Number(match[1]), reason: (match[2] ?? '').trim(), problem: undefined };
  }
  // What stands between the first space and the version is the Request-URI, so that one with spaces can be answered.
  const first = line.indexOf(' ');
  const last = line.trimEnd().lastIndexOf(' ');
  const [method, uri, version] = [line.slice(0, first), line.slice(first + 1, last), line.slice(last + 1)];
  if (first === -1 || last <= first || !isToken(method) || method.length > limits.tokenLength) return undefined;
  if (!/^SIP\/\d{1,3}\.\d{1,3}\s*$/i.test(version)) return undefined;
  let problem: Malformed | undefined;
  if (uri.length > limits.structuredValueLength) problem = new Malformed('Request-URI Too Long', 414);
  else if (version.trimEnd().toUpperCase() !== 'SIP/2.0') problem = new Malformed('Version Not Supported', 505);
  else if (!isUriText(uri)) problem = new Malformed('Bad Request-URI');
  else if (version !== version.trimEnd()) problem = new Malformed('Bad Request-Line');
  return { kind: 'request', method, uri, problem };
}

/** Reads what can be read; the first thing that is wrong is reported and the rest still read, so that it can be answered. */
function readHeaders(
  lines: readonly string[],
  limits: MessageLimits,
): { headers: HeaderList; problem: Malformed | undefined } {
  const items: [string, string][] = [];
  const counts = new Map<string, number>();
  let problem: Malformed | undefined;
  const lengths = new Map<string, number>();
  for (const line of lines) {
    const field = readField(line, limits);
    if (field instanceof Malformed) {
      problem ??= field;
      continue;
    }
    for (const value of field.values) items.push([field.name, value]);
    const count = (counts.get(field.name) ?? 0) + field.values.length;
    counts.set(field.name, count);
    // Equal names are joined into one value by whoever reads them as one, so their sum is bounded, too.
    const length = (lengths.get(field.name) ?? 0) + field.values.reduce((sum, value) => sum + value.length + 1, 0);
    lengths.set(field.name, length);
    if (length > limits.lineBytes) problem ??= new Malformed(`${field.name} Too Long`, 513);
    if (splitHeaders.has(field.name) && count > limits.listEntries)
      problem ??= new Malformed(`Too Many ${field.name}`, 513);
  }
  const repeated = singleHeaders.find((name) => (counts.get(name) ?? 0) > 1);
  if (repeated !== undefined) problem ??= new Malformed(`Repeated ${repeated}`);
  return { headers: HeaderList.of(items), problem };
}

function readField(line: string, limits: MessageLimits): { name: string; values: string[] } | Malformed {
  const colon = line.indexOf(':');
  const written = line.slice(0, Math.max(colon, 0)).trimEnd();
  // A name that every object has would not be told from a header by code that keeps headers in a plain object.
  const usable = isToken(written) && !(written.toLowerCase() in Object.prototype);
  if (written.length > limits.tokenLength || !usable) return new Malformed('Bad Header Name');
  const name = canonicalName(written);
  const value = normaliseSpace(line.slice(colon + 1));
  if (!isSafeHeaderValue(value)) return new Malformed(`Bad ${name}`);
  const values = splitHeaders.has(name) ? splitOutside(value, ',') : [value];
  // An empty entry in a list ("a,,b") is dropped, as RFC 3261 §7.3.1's comma rule is commonly read.
  const entries = values?.filter((entry) => entry !== '' || !splitHeaders.has(name));
  if (entries === undefined) return new Malformed(`Bad ${name}`);
  if (structuredHeaders.has(name) && entries.some((entry) => entry.length > limits.structuredValueLength)) {
    return new Malformed(`${name} Too Long`, 513);
  }
  return { name, values: entries };
}

/** Brings each run of spaces and tabs outside quoted strings to one space, and takes it away at the ends. */
function normaliseSpace(value: string): string {
  if (!/[\t"]| {2}/.test(value)) return value.trim();
  let text = '';
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    const c = value[i] ?? '';
    if (c === '\\' && quoted) text += c + (value[++i] ?? '');
    else if (c === '"') {
      quoted = !quoted;
      text += c;
    } else if (c === '\t' || c === ' ') {
      if (quoted || !text.endsWith(' ')) text += ' ';
    } else text += c;
  }
  return text.trim();
}

function readCore(headers: HeaderList): CoreFields | Malformed {
  const read = <T>(name: string, parse: (value: string) => T | undefined): T | Malformed => {
    const value = headers.get(name);
    if (value === undefined) return new Malformed(`Missing ${name}`);
    return parse(value) ?? new Malformed(`Bad ${name}`);
  };
  const via = read('Via', parseVia);
  if (via instanceof Malformed) return via;
  if (headers.getAll('Via').some((value) => parseVia(value) === undefined)) return new Malformed('Bad Via');
  const from = read('From', parseParty);
  if (from instanceof Malformed) return from;
  const to = read('To', parseParty);
  if (to instanceof Malformed) return to;
  const callId = read('Call-ID', (value) => (/^[!-+\--{}~]{1,256}$/.test(value) ? value : undefined));
  if (callId instanceof Malformed) return callId;
  const cseq = read('CSeq', parseCSeq);
  if (cseq instanceof Malformed) return cseq;
  for (const name of ['Route', 'Record-Route', 'Contact']) {
    const star = name === 'Contact';
    const bad = headers.getAll(name).some((value) => !(star && value === '*') && parseNameAddress(value) === undefined);
    if (bad) return new Malformed(`Bad ${name}`);
  }
  const maxForwards = headers.get('Max-Forwards');
  // RFC 3261 §20.22: 0 to 255; leading zeros change nothing.
  if (maxForwards !== undefined && !(/^\d{1,10}$/.test(maxForwards) && Number(maxForwards) <= 255))
    return new Malformed('Bad Max-Forwards');
  return { via, from, to, callId, cseq };
}

/** A From or To value; its tag, if it has one, must be a token, for it becomes part of identifiers. */
function parseParty(value: string): NameAddress | undefined {
  const party = parseNameAddress(value);
  const tag = party?.params.get('tag');
  return tag === undefined || (tag !== null && isToken(tag)) ? party : undefined;
}

function readBody(data: Buffer, start: number, headers: HeaderList, limits: MessageLimits): Buffer | Malformed {
  const written = headers.get('Content-Length');
  const available = data.length - start;
  if (written !== undefined && !/^\d{1,9}$/.test(written)) return new Malformed('Bad Content-Length');
  const length = written === undefined ? available : Number(written);
  if (length > limits.bodyBytes) return new Malformed('Request Entity Too Large', 413);
  if (length > available) return new Malformed('Content-Length Mismatch');
  // A copy, so that a kept message does not hold on to the socket's larger buffer.
  return Buffer.from(data.subarray(start, start + length));
}
