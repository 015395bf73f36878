import { Counter, Gauge, type Registry } from 'prom-client';
import { CALL_ENDS } from '../../../domain/call-end.ts';
import type { CallOutcome, CallRefusal } from '../../../domain/call-outcome.ts';

/** What the telephone side says of itself. */
export interface CallFigures {
  readonly signallingUp: boolean;
  readonly draining: boolean;
  readonly calls: number;
  readonly endpoints: number;
  readonly mediaServers: readonly MediaServerFigures[];
  /** What became of all INVITEs since the start, each in exactly one of the first three. */
  readonly counts: Readonly<
    Record<'refused' | 'notAnswered' | 'answered' | 'causes', Readonly<Record<string, number>>>
  >;
}

export interface MediaServerFigures {
  readonly up: boolean;
  readonly sessions: number;
  /** 0 while it has not said. */
  readonly maxSessions: number;
}

/** What is counted under the name that is not on a list: labels are closed sets, whatever telephony comes to say. */
const OTHER = 'other';

const ANSWERED: Readonly<Record<CallOutcome['kind'], true>> = {
  left: true,
  'sign-in-failures': true,
  'pin-reset': true,
  'mailbox-locked': true,
  'source-refused': true,
  overloaded: true,
  'pin-change-failures': true,
  'input-failures': true,
  ended: true,
  fault: true,
};

const REFUSED: Readonly<
  Record<
    | CallRefusal['kind']
    | 'extension-not-supported'
    | 'body-not-supported'
    | 'no-such-dialog'
    | 'session-interval-too-small',
    true
  >
> = {
  draining: true,
  busy: true,
  'peer-not-allowed': true,
  'no-such-number': true,
  'bad-request': true,
  'no-offer-in-common': true,
  'signalling-not-secured': true,
  'media-not-secured': true,
  'no-media-server': true,
  'extension-not-supported': true,
  'session-interval-too-small': true,
  'body-not-supported': true,
  'no-such-dialog': true,
  fault: true,
};

/** The outcomes that calls are counted by, for each result. */
export const CALL_RESULTS = {
  refused: [...Object.keys(REFUSED), OTHER],
  'not-answered': [...CALL_ENDS, OTHER],
  answered: [...Object.keys(ANSWERED), OTHER],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** What answered calls are ended by. */
export const CALL_CAUSES: readonly string[] = ['service', ...CALL_ENDS, OTHER];

/** The counts of a closed list of names, 0 where there is none; what has another name is under `other`. */
function sorted(names: readonly string[], counts: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const sums = new Map(names.map((name) => [name, 0]));
  for (const [name, count] of Object.entries(counts)) {
    const known = sums.has(name) ? name : OTHER;
    sums.set(known, (sums.get(known) ?? 0) + count);
  }
  return sums;
}

/** Puts calls, signalling and media servers on a registry; what it returns reads them again. */
export function watchCalls(registry: Registry, figures: () => CallFigures, maxCalls: number): () => void {
  const registers = [registry];
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  const byServer = (name: string, help: string): Gauge<'server'> =>
    new Gauge({ name, help, labelNames: ['server'], registers });
  const calls = new Counter({
    name: 'touchtone_calls_total',
    help: 'Calls by what became of them, counted when they are over.',
    labelNames: ['result', 'outcome'],
    registers,
  });
  const ends = new Counter({
    name: 'touchtone_answered_call_ends_total',
    help: 'Answered calls by what ended them.',
    labelNames: ['cause'],
    registers,
  });
  const live = gauge('touchtone_live_calls', 'Calls that there are, those being set up or released included.');
  gauge('touchtone_live_calls_max', 'Calls that may be there at the same time (MAX_CALLS).').set(maxCalls);
  const signalling = gauge('touchtone_signalling_up', '1 while the service is connected to drachtio.');
  const draining = gauge('touchtone_draining', '1 once the service takes no new calls.');
  const endpoints = gauge('touchtone_media_endpoints', 'Endpoints on media servers that calls of this service have.');
  const up = byServer(
    'touchtone_media_server_up',
    '1 while the media server can be used; they are numbered as configured.',
  );
  const sessions = byServer('touchtone_media_server_sessions', 'Sessions on the media server that are known of.');
  const most = byServer(
    'touchtone_media_server_sessions_max',
    'Sessions that the media server takes; 0 while unknown.',
  );

  return () => {
    const now = figures();
    calls.reset();
    const counts = {
      refused: now.counts.refused,
      'not-answered': now.counts.notAnswered,
      answered: now.counts.answered,
    };
    for (const result of ['refused', 'not-answered', 'answered'] as const) {
      for (const [outcome, count] of sorted(CALL_RESULTS[result], counts[result]))
        calls.inc({ result, outcome }, count);
    }
    ends.reset();
    for (const [cause, count] of sorted(CALL_CAUSES, now.counts.causes)) ends.inc({ cause }, count);
    live.set(now.calls);
    signalling.set(Number(now.signallingUp));
    draining.set(Number(now.draining));
    endpoints.set(now.endpoints);
    for (const [index, server] of now.mediaServers.entries()) {
      // By number, for its address is nobody's business who looks at a dashboard.
      const labels = { server: String(index + 1) };
      up.set(labels, Number(server.up));
      sessions.set(labels, server.sessions);
      most.set(labels, server.maxSessions);
    }
  };
}
