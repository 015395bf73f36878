import type { HeaderList } from '../sip/headers.ts';

/** A Session-Expires header (RFC 4028 §4); who refreshes is said in the roles of the transaction that carries it. */
export interface SessionExpires {
  readonly seconds: number;
  readonly refresher: 'uac' | 'uas' | undefined;
}

/** How long a session lives without a refresh, and whose work the refresh is, whoever sent the last request. */
export interface SessionAgreement {
  readonly seconds: number;
  readonly refresher: 'us' | 'them';
}

/** RFC 4028 §4: no session timer is shorter, in seconds. */
export const absoluteMinimum = 90;

/** What is longer is as good as no timer, and no clock counts it: twenty days, in seconds. */
const longest = 1_728_000;

/** Reads Session-Expires; `undefined` when there is none or it cannot be read, which asks for nothing. */
export function sessionExpiresOf(headers: HeaderList): SessionExpires | undefined {
  const [delta = '', ...params] = (headers.get('Session-Expires') ?? '').split(';');
  if (!/^\s*\d{1,10}\s*$/.test(delta)) return undefined;
  const refresher = params.map((param) => /^\s*refresher\s*=\s*(uac|uas)\s*$/i.exec(param)?.[1]).find(Boolean);
  return { seconds: Math.min(Number(delta), longest), refresher: roleOf(refresher) };
}

function roleOf(text: string | undefined): 'uac' | 'uas' | undefined {
  const lower = text?.toLowerCase();
  return lower === 'uac' || lower === 'uas' ? lower : undefined;
}

/** The seconds that a 422 asks for (RFC 4028 §5); `undefined` when it does not say. */
export function minimumOf(headers: HeaderList): number | undefined {
  const delta = /^\s*(\d{1,10})\s*(?:;|$)/.exec(headers.get('Min-SE') ?? '')?.[1];
  return delta === undefined ? undefined : Math.min(Number(delta), longest);
}

/** Whether a header that holds option tags (RFC 3261 §19.2) names this one. */
export function hasOption(headers: HeaderList, header: 'Require' | 'Supported', option: string): boolean {
  return headers.getAll(header).some((value) => value.split(',').some((tag) => tag.trim().toLowerCase() === option));
}

/** What a 2xx of ours agrees on, and the header to write when its application has left that to this server. */
export interface AnsweredSession {
  readonly agreement: SessionAgreement;
  readonly header: string | undefined;
}

/**
 * What a 2xx to an INVITE or UPDATE from the network agrees on. The application's own Session-Expires counts first, as
 * with drachtio-server; else the request is taken at its word where it says who refreshes, and within a call that has a
 * timer, whoever refreshes goes on. `undefined`: the session does not expire.
 *
 * @param request the headers of the request.
 * @param written what the application wrote into its answer.
 * @param minimum seconds; a shorter interval is counted as this.
 */
export function answeredSession(
  request: HeaderList,
  written: SessionExpires | undefined,
  running: SessionAgreement | undefined,
  minimum: number,
): AnsweredSession | undefined {
  if (written !== undefined) {
    const refresher = written.refresher === 'uas' ? 'us' : 'them';
    return { agreement: { seconds: Math.max(minimum, written.seconds), refresher }, header: undefined };
  }
  const asked = sessionExpiresOf(request);
  if (asked === undefined) return undefined;
  const kept = running === undefined ? undefined : running.refresher === 'us' ? 'uas' : 'uac';
  const role = asked.refresher ?? kept;
  if (role === undefined) return undefined;
  const seconds = Math.max(minimum, asked.seconds);
  return {
    agreement: { seconds, refresher: role === 'uas' ? 'us' : 'them' },
    header: `${seconds};refresher=${role}`,
  };
}

/** What a 2xx to a request of ours agrees on (RFC 4028 §7.2): without a word about it, the sender refreshes. */
export function acceptedSession(response: HeaderList, minimum: number): SessionAgreement | undefined {
  const said = sessionExpiresOf(response);
  if (said === undefined) return undefined;
  return { seconds: Math.max(minimum, said.seconds), refresher: said.refresher === 'uas' ? 'them' : 'us' };
}
