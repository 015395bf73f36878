import { isIPv4 } from 'node:net';
import type { Clock } from '../clock.ts';
import type { HeaderList } from '../sip/headers.ts';
import type { SipRequest } from '../sip/message.ts';
import { defaultRequestLimits, RequestLimit, type RequestLimits } from '../sip/request-limit.ts';
import type { ReceivedRequest } from '../sip/transaction.ts';
import type { Refusal } from '../sip/transaction-layer.ts';
import { parseSipUri } from '../sip/values.ts';
import { isScanner } from './scanners.ts';

export interface AdmissionOptions {
  readonly clock: Clock;
  /** Whether requests from an address are taken. */
  readonly isAllowedPeer: (address: string) => boolean;
  /** Whether a request belongs to a dialog that there is. */
  readonly isInDialog: (request: ReceivedRequest) => boolean;
  readonly limits?: Partial<RequestLimits> | undefined;
  /** Whether what comes from an address is counted against the limits. Default: everything but this host's own. */
  readonly isLimited?: ((address: string) => boolean) | undefined;
}

/** What was turned away at the door, since the start. */
export interface AdmissionCounters {
  /** Requests of known scanners, which got no answer. */
  scanned: number;
  /** Requests above the limit of their source that got 503, and those far above it that got no answer. */
  limited: number;
  flooded: number;
}

/** The option tags that applications may have asked for with this server's help (RFC 4028, RFC 3262). */
const knownOptions: ReadonlySet<string> = new Set(['timer', '100rel']);

const sipSchemes = /^sips?:/i;
/** Telephone numbers (RFC 3966) are called by some trunks; whether one is known is the application's to say. */
const knownSchemes = /^(?:sips?|tel):/i;

/**
 * Looks at each new request before anything is kept of it: who may speak at all, how often, and what no application could
 * answer otherwise (RFC 3261 §8.2, in its order).
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #limit: RequestLimit;
  readonly counters: AdmissionCounters = { scanned: 0, limited: 0, flooded: 0 };

  constructor(options: AdmissionOptions) {
    this.#options = options;
    const limits = { ...defaultRequestLimits, ...options.limits };
    this.#limit = new RequestLimit(limits, () => options.clock.monotonic());
  }

  /** Why a request is not taken; `undefined` when it is. "ignore" is silence. */
  admit(request: ReceivedRequest): Refusal | 'ignore' | undefined {
    const { message, remote } = request;
    if (this.#isScan(message)) return 'ignore';
    // Who is in a call of ours may speak in it wherever it is, and as often as it takes: applications call the media
    // server of this host, and its BYE must not depend on who may call us. The tags of a dialog cannot be guessed.
    if (this.#options.isInDialog(request)) return unknownExtension(message);
    const excess = message.method === 'ACK' ? undefined : this.#excess(remote.address);
    if (excess !== undefined) return excess;
    if (!this.#options.isAllowedPeer(remote.address)) return { status: 403 };
    return flawOf(request);
  }

  /** Whether a request that cannot be read gets the answer that it cannot. */
  answersMalformed(message: SipRequest, address: string): boolean {
    return !this.#isScan(message) && this.#excess(address) === undefined;
  }

  #isScan({ headers }: SipRequest): boolean {
    if (!isScanner(headers.get('User-Agent'))) return false;
    this.counters.scanned++;
    return true;
  }

  #excess(address: string): Refusal | 'ignore' | undefined {
    const isLimited = this.#options.isLimited ?? isElsewhere;
    if (!isLimited(address)) return undefined;
    switch (this.#limit.take(address)) {
      case 'take':
        return undefined;
      case 'refuse':
        this.counters.limited++;
        return { status: 503, headers: [['Retry-After', '5']] };
      case 'ignore':
        this.counters.flooded++;
        return 'ignore';
    }
  }
}

/** What is wrong with a request outside of any dialog, in the order of RFC 3261 §8.2 and §16.3. */
function flawOf({ message, core }: ReceivedRequest): Refusal | undefined {
  const { method, headers, uri } = message;
  if (method === 'ACK' || method === 'CANCEL' || core.to.params.has('tag')) return unknownExtension(message);
  if (!knownSchemes.test(uri)) return { status: 416 };
  if (sipSchemes.test(uri)) {
    const parsed = parseSipUri(uri);
    if (parsed === undefined) return { status: 400, reason: 'Bad Request-URI' };
    // RFC 3261 §19.1.1, table 1: not in a Request-URI.
    if (parsed.headers !== '') return { status: 400, reason: 'Headers In Request-URI' };
  }
  // An OPTIONS that may go no further is for whoever it has come to (RFC 3261 §11).
  if (method !== 'OPTIONS' && Number(headers.get('Max-Forwards') ?? 70) === 0) return { status: 483 };
  if (method === 'INVITE' && !acceptsDescriptions(headers)) return { status: 406 };
  return unknownExtension(message);
}

/** RFC 3261 §8.2.2.3. Of an INVITE the application judges; ACK and CANCEL cannot be refused so. */
function unknownExtension({ method, headers }: SipRequest): Refusal | undefined {
  if (method === 'INVITE' || method === 'ACK' || method === 'CANCEL') return undefined;
  const unknown = listOf(headers, 'Require').filter((tag) => !knownOptions.has(tag.toLowerCase()));
  return unknown.length === 0 ? undefined : { status: 420, headers: [['Unsupported', unknown.join(', ')]] };
}

/** RFC 3261 §20.1: a caller that takes no session description cannot be answered with one. */
function acceptsDescriptions(headers: HeaderList): boolean {
  if (!headers.has('Accept')) return true;
  return listOf(headers, 'Accept').some((range) => /^(?:\*\/\*|application\/(?:\*|sdp))\s*(?:;|$)/i.test(range));
}

function listOf(headers: HeaderList, name: string): string[] {
  return headers
    .getAll(name)
    .flatMap((value) => value.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function isElsewhere(address: string): boolean {
  return address !== '::1' && !(isIPv4(address) && address.startsWith('127.'));
}
