import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../../../domain/clock.ts';
import type { OpenSessions } from '../../../services/ports/web-session-store.ts';
import { DATABASE_DEADLINE } from './readiness.ts';
import { within } from './within.ts';

/** Who knows how many browsers are signed in. Rejects when the database fails. */
export interface BrowserSessions {
  open(): Promise<OpenSessions>;
}

/** Adds the browsers that are signed in; they stay as they were while the database does not say. */
export function watchBrowsers(registry: Registry, sessions: BrowserSessions, clock: Clock): () => Promise<void> {
  const gauge = new Gauge({
    name: 'touchtone_web_sessions',
    help: 'Sessions of browsers that are open, on all instances together.',
    labelNames: ['kind'],
    registers: [registry],
  });
  const set = (open: OpenSessions): void => {
    gauge.set({ kind: 'administrator' }, open.administrator);
    gauge.set({ kind: 'user' }, open.user);
  };
  set({ administrator: 0, user: 0 });
  return async () => {
    const open = await within(clock, DATABASE_DEADLINE, () => sessions.open());
    if (open !== undefined) set(open);
  };
}

/** Streams of live events that are open in this process. */
export interface EventStreams {
  readonly open: number;
}

/** Makes the figure of streams, 0 until it is said whose they are; what that returns is to be called at each scrape. */
export function streamGauge(registry: Registry): (streams: EventStreams) => () => void {
  const gauge = new Gauge({
    name: 'touchtone_event_streams',
    help: 'Streams of live events that are open.',
    registers: [registry],
  });
  return (streams) => () => gauge.set(streams.open);
}
