import { optionTags } from './option-tags.ts';
import type { SipRequest } from './srf.ts';

/** The shortest session timer that RFC 4028 §4 allows, in seconds. */
export const SHORTEST_SESSION = 90;

/** The interval that is agreed on when the caller leaves it to us, and the longest, in seconds (RFC 4028 §4). */
const USUAL_SESSION = 1_800;

/** What an answer says about the life of a session (RFC 4028 §9), or why the request is refused. */
export type SessionTimerReading =
  /** The headers of the 2xx; none when the session does not expire. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
  /** The caller wants a shorter interval than `minimum` seconds. */
  | { readonly kind: 'session-interval-too-small'; readonly status: 422; readonly minimum: number };

const NO_TIMER: SessionTimerReading = { kind: 'headers', headers: {} };

/**
 * Negotiates the session timer of an INVITE, re-INVITE or UPDATE (RFC 4028 §9, table 2). A caller who can refreshes,
 * for only so is a caller noticed who has gone; drachtio counts, and says BYE. A caller who knows nothing of timers
 * gets none: a conversation hangs up on silence by itself and has its longest duration, while re-INVITEs of ours are
 * what such telephones are least used to. Only when a proxy on the way wants one does drachtio refresh for both.
 *
 * @param shortest seconds; {@link SHORTEST_SESSION} but in tests.
 */
export function readSessionTimer(req: SipRequest, shortest: number): SessionTimerReading {
  const knowsTimers = [...optionTags(req, 'Supported'), ...optionTags(req, 'Require')].includes('timer');
  const asked = readSessionExpires(req.get('Session-Expires') ?? req.get('x'));
  if (asked === undefined && !knowsTimers) return NO_TIMER;
  if (asked !== undefined && asked.seconds < shortest) {
    // Who does not know timers cannot make anything of a 422; a proxy that wants less than is allowed gets no timer.
    return knowsTimers ? { kind: 'session-interval-too-small', status: 422, minimum: shortest } : NO_TIMER;
  }
  const longest = Math.max(USUAL_SESSION, secondsOf(req.get('Min-SE')) ?? 0);
  const seconds = asked === undefined ? longest : Math.min(asked.seconds, longest);
  const refresher = knowsTimers ? (asked?.refresher ?? 'uac') : 'uas';
  return {
    kind: 'headers',
    headers: {
      'Session-Expires': `${seconds};refresher=${refresher}`,
      ...(knowsTimers ? { Require: 'timer' } : {}),
    },
  };
}

interface SessionExpires {
  readonly seconds: number;
  readonly refresher: 'uac' | 'uas' | undefined;
}

/** One that cannot be read asks for nothing. */
function readSessionExpires(value: string | undefined): SessionExpires | undefined {
  const seconds = secondsOf(value);
  if (seconds === undefined) return undefined;
  const refresher = /;\s*refresher\s*=\s*(uac|uas)\s*(?:;|$)/i.exec(value ?? '')?.[1]?.toLowerCase();
  return { seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

function secondsOf(value: string | undefined): number | undefined {
  const digits = /^\s*(\d{1,10})\s*(?:;|$)/.exec((value ?? '').slice(0, 128))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
