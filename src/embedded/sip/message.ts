import { HeaderList } from './headers.ts';

/** RFC 3261 §7.1. */
export interface SipRequest {
  readonly kind: 'request';
  /** Upper-case for the methods that the RFCs define; methods are compared with case (RFC 3261 §7.1). */
  readonly method: string;
  /** The Request-URI as it stands in the message. */
  readonly uri: string;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** RFC 3261 §7.2. */
export interface SipResponse {
  readonly kind: 'response';
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

export type SipMessage = SipRequest | SipResponse;

export const emptyBody: Buffer = Buffer.alloc(0);

/** RFC 3261 §21 and the registry of response codes: the words that go with a status. */
const reasons: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  181: 'Call Is Being Forwarded',
  182: 'Queued',
  183: 'Session Progress',
  200: 'OK',
  202: 'Accepted',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Moved Temporarily',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  484: 'Address Incomplete',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  491: 'Request Pending',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  504: 'Server Time-out',
  505: 'Version Not Supported',
  513: 'Message Too Large',
  600: 'Busy Everywhere',
  603: 'Decline',
  606: 'Not Acceptable',
};

/** The usual words for a status, or the words for its class when the status has none of its own. */
export function reasonFor(status: number): string {
  return reasons[status] ?? reasons[Math.floor(status / 100) * 100] ?? 'Unknown';
}

/** Whether it is a 2xx. */
export function isSuccess(response: SipResponse): boolean {
  return response.status >= 200 && response.status < 300;
}

export interface ResponseOptions {
  /** Default: the usual words for the status. */
  readonly reason?: string;
  /** Put on the To header unless it has a tag; without it a missing tag stays missing (100 only, RFC 3261 §8.2.6.2). */
  readonly toTag?: string | undefined;
  /** Added below the headers that are copied from the request. */
  readonly headers?: Iterable<readonly [name: string, value: string]>;
  readonly body?: Buffer;
}

/**
 * A response to `request` as RFC 3261 §8.2.6.2 builds it: Via, From, To, Call-ID and CSeq are the request's own, and
 * Record-Route, too, where a dialog may come of it (§12.1.1).
 */
export function responseTo(request: SipRequest, status: number, options: ResponseOptions = {}): SipResponse {
  const formsDialog = status > 100 && status < 300 && (request.method === 'INVITE' || request.method === 'SUBSCRIBE');
  const copied = formsDialog
    ? request.headers.only('Via', 'Record-Route', 'From', 'To', 'Call-ID', 'CSeq')
    : request.headers.only('Via', 'From', 'To', 'Call-ID', 'CSeq');
  const to = copied.get('To');
  let headers =
    to !== undefined && options.toTag !== undefined && !hasTag(to)
      ? copied.replaceFirst('To', `${to};tag=${options.toTag}`)
      : copied;
  for (const [name, value] of options.headers ?? []) headers = headers.append(name, value);
  return {
    kind: 'response',
    status,
    reason: options.reason ?? reasonFor(status),
    headers,
    body: options.body ?? emptyBody,
  };
}

/** Whether a From or To value has a tag parameter: looked for behind the address, never inside it. */
function hasTag(value: string): boolean {
  const close = value.lastIndexOf('>');
  return /;\s*tag\s*=/i.test(close === -1 ? value : value.slice(close));
}

/** Makes a request; Content-Length is left to {@link serialise}. */
export function makeRequest(
  method: string,
  uri: string,
  headers: HeaderList = HeaderList.empty,
  body: Buffer = emptyBody,
): SipRequest {
  return { kind: 'request', method, uri, headers, body };
}

/**
 * The bytes of a message. Content-Length is always written and always counts the body's bytes (RFC 3261 §20.14), at
 * the end of the headers, whatever the list says. The headers must be free of line breaks: {@link HeaderList}s from
 * the parser are; whoever composes one from elsewhere checks with {@link isSafeHeaderValue}.
 */
export function serialise(message: SipMessage): Buffer {
  const lines: string[] = [
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`,
  ];
  for (const { name, value } of message.headers) {
    if (name !== 'Content-Length') lines.push(`${name}: ${value}`);
  }
  lines.push(`Content-Length: ${message.body.length}`, '', '');
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'utf8'), message.body]);
}

/** Whether a value may stand on a header line: no line break, no NUL, no other control character than a tab. */
export function isSafeHeaderValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return false;
  }
  return true;
}
