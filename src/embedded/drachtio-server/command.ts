import { emptyBody, isSafeHeaderValue } from '../sip/message.ts';
import { isToken } from '../sip/values.ts';

/** A header as an application gave it: checked to be a line of a message, but not yet chosen from. */
export type AppHeader = readonly [name: string, value: string];

export interface AppRequest {
  readonly method: string;
  readonly uri: string;
  readonly startLine: string;
  readonly headers: readonly AppHeader[];
  readonly body: Buffer;
}

export interface AppResponse {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly AppHeader[];
  readonly body: Buffer;
}

/** What an application may ask for. `id` is the application's own name for the message; the reply repeats it. */
export type Command =
  | { readonly kind: 'ping'; readonly id: string }
  | { readonly kind: 'authenticate'; readonly id: string; readonly secret: string }
  | { readonly kind: 'route'; readonly id: string; readonly verb: string }
  | { readonly kind: 'remove-route'; readonly id: string; readonly verb: string }
  | {
      readonly kind: 'request';
      readonly id: string;
      readonly transactionId: string;
      readonly dialogId: string;
      /** Where to send it instead of to the Request-URI; empty when not given. */
      readonly routeUri: string;
      readonly request: AppRequest;
    }
  | { readonly kind: 'response'; readonly id: string; readonly transactionId: string; readonly response: AppResponse }
  | { readonly kind: 'proxy'; readonly id: string }
  /** A SIP message that is none; the connection goes on. */
  | { readonly kind: 'bad-sip'; readonly id: string; readonly reason: string }
  /** Nothing that this protocol knows; the connection ends. */
  | { readonly kind: 'unknown'; readonly id: string; readonly reason: string };

const lineBreak = Buffer.from('\r\n');
const headEnd = Buffer.from('\r\n\r\n');

/** Reads one message of an application. It never throws. */
export function parseCommand(payload: Buffer): Command {
  const firstBreak = payload.indexOf(lineBreak);
  const leader = payload.toString('utf8', 0, firstBreak === -1 ? payload.length : firstBreak);
  const [id = '', type, first = '', second = '', third = ''] = leader.split('|');
  switch (type) {
    case 'ping':
      return { kind: 'ping', id };
    case 'authenticate':
      return { kind: 'authenticate', id, secret: first };
    case 'route':
      return { kind: 'route', id, verb: first.toLowerCase() };
    case 'remove_route':
      return { kind: 'remove-route', id, verb: first.toLowerCase() };
    case 'proxy':
      return { kind: 'proxy', id };
    case 'sip': {
      const sip = firstBreak === -1 ? emptyBody : payload.subarray(firstBreak + lineBreak.length);
      return parseSip(id, first, second, third, sip);
    }
    case undefined:
      return { kind: 'unknown', id, reason: 'Invalid message format' };
    default:
      return { kind: 'unknown', id, reason: 'Unknown message type' };
  }
}

/**
 * The body is everything behind the empty line: applications count characters in Content-Length, so it is not looked
 * at.
 */
function parseSip(id: string, transactionId: string, dialogId: string, routeUri: string, sip: Buffer): Command {
  const end = sip.indexOf(headEnd);
  const head = sip.toString('utf8', 0, end === -1 ? sip.length : end);
  const body = end === -1 ? emptyBody : Buffer.from(sip.subarray(end + headEnd.length));
  const [startLine = '', ...lines] = head.split('\r\n');
  const headers = readHeaders(lines);
  const status = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/.exec(startLine);
  if (status !== null) {
    if (transactionId === '') return { kind: 'bad-sip', id, reason: 'transaction id missing' };
    const reason = status[2] ?? '';
    const response = { status: Number(status[1]), reason: isSafeHeaderValue(reason) ? reason : '', headers, body };
    return { kind: 'response', id, transactionId, response };
  }
  const request = /^([^\s]+) ([^\s]+) SIP\/2\.0$/.exec(startLine);
  const method = request?.[1] ?? '';
  const uri = request?.[2] ?? '';
  if (!isToken(method) || !isSafeHeaderValue(uri)) {
    return { kind: 'bad-sip', id, reason: `invalid request-uri: ${startLine}` };
  }
  return {
    kind: 'request',
    id,
    transactionId,
    dialogId,
    routeUri,
    request: { method, uri, startLine, headers, body },
  };
}

/** Lines that are no headers are left out, as drachtio-server leaves them out; folded lines are joined. */
function readHeaders(lines: readonly string[]): AppHeader[] {
  const joined: string[] = [];
  for (const line of lines) {
    if (/^[ \t]/.test(line) && joined.length > 0) joined.push(`${joined.pop()} ${line.trim()}`);
    else joined.push(line);
  }
  return joined.flatMap((line): AppHeader[] => {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim();
    const value = line.slice(colon + 1).trim();
    return isToken(name) && isSafeHeaderValue(value) ? [[name, value]] : [];
  });
}
