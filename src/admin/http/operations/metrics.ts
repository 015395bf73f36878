import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../../../domain/clock.ts';
import type { Meter } from '../../../domain/meter.ts';
import type { MailBacklog } from '../../../services/ports/outbox-store.ts';
import { type CallFigures, watchCalls } from './call-metrics.ts';
import { createMeter } from './meter-metrics.ts';
import { watchRuntime } from './process-metrics.ts';
import { DATABASE_DEADLINE } from './readiness.ts';
import { type SipEdgeFigures, watchSipEdge } from './sip-edge-metrics.ts';
import { type BrowserSessions, type EventStreams, streamGauge, watchBrowsers } from './web-metrics.ts';
import { within } from './within.ts';

/** Parts that are asked how they are at each scrape. */
export interface WatchedParts {
  readonly telephony: { figures(): CallFigures };
  /** Calls that may be there at the same time. */
  readonly maxCalls: number;
  readonly hasher: {
    readonly load: { readonly running: number; readonly waiting: Readonly<Record<'check' | 'change', number>> };
  };
  readonly outbox: { backlog(): Promise<MailBacklog> };
  readonly writes: { comesThrough(): Promise<boolean> };
  readonly mail: { readonly cutOffFor: number };
  readonly alerts: { readonly waiting: number };
  readonly sessions: BrowserSessions;
  readonly sipEdge: SipEdgeFigures;
}

/** The figures of one running service; several of them in one process do not know of each other. */
export interface Metrics {
  /** For the parts that count and measure by themselves. */
  readonly meter: Meter;
  /** Adds the parts that are asked; once, when they are there. */
  watch(parts: WatchedParts): void;
  /** Counts the requests that an HTTP application answers, by route; to be called before its routes are added. */
  countRequests(app: RequestSource): void;
  /** Adds the live events of an HTTP application; once. */
  watchStreams(streams: EventStreams): void;
  /** Everything in Prometheus' text format. Never rejects: what does not answer is left out or 0. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Ends the looking at the event loop. */
  close(): void;
}

/** The part of a fastify instance that is needed, whatever its types. */
export interface RequestSource {
  addHook(name: 'onResponse', hook: (request: FastifyRequest, reply: FastifyReply) => Promise<void>): unknown;
}

/** Methods that routes have; anything else is one of a stranger's making. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const UNKNOWN = 'none';

function requestCounter(registry: Registry): (app: RequestSource) => void {
  const registers = [registry];
  const requests = new Counter({
    name: 'touchtone_http_requests_total',
    help: 'HTTP requests that were answered; route is the pattern, none where no route is.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'touchtone_http_request_duration_seconds',
    help: 'How long HTTP requests took.',
    labelNames: ['method', 'route'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  return (app) => {
    app.addHook('onResponse', async (request, reply) => {
      const labels = {
        method: METHODS.has(request.method) ? request.method : UNKNOWN,
        route: request.is404 ? UNKNOWN : (request.routeOptions.url ?? UNKNOWN),
      };
      requests.inc({ ...labels, status: String(reply.statusCode) });
      duration.observe(labels, reply.elapsedTime / 1_000);
    });
  };
}

function watchOutbox(registry: Registry, { outbox, writes, mail }: WatchedParts, clock: Clock): () => Promise<void> {
  const registers = [registry];
  const databaseUp = new Gauge({
    name: 'touchtone_database_up',
    help: '1 while the database answers and stores.',
    registers,
  });
  const mails = new Gauge({
    name: 'touchtone_outbox_mails',
    help: 'Mails that are not delivered: waiting, or refused and parked until somebody looks at them (but for links).',
    labelNames: ['state'],
    registers,
  });
  const oldest = new Gauge({
    name: 'touchtone_outbox_oldest_waiting_seconds',
    help: 'For how long the oldest waiting mail has been in the outbox; 0 when none waits.',
    registers,
  });
  const cutOff = new Gauge({
    name: 'touchtone_mail_cut_off_seconds',
    help: 'For how long there has been no way out for mails; 0 while there is one.',
    registers,
  });
  return async () => {
    cutOff.set(mail.cutOffFor / 1_000);
    const [backlog, isStoring] = await Promise.all([
      within(clock, DATABASE_DEADLINE, () => outbox.backlog()),
      writes.comesThrough(),
    ]);
    databaseUp.set(Number(backlog !== undefined && isStoring));
    if (backlog === undefined) return;
    const { waiting, refused, oldestQueuedAt } = backlog;
    mails.set({ state: 'waiting' }, waiting);
    mails.set({ state: 'refused' }, refused);
    oldest.set(oldestQueuedAt === undefined ? 0 : Math.max(0, clock.now() - oldestQueuedAt) / 1_000);
  };
}

function watchQueues(registry: Registry, { hasher, alerts }: WatchedParts): () => void {
  const registers = [registry];
  const running = new Gauge({ name: 'touchtone_hashes_running', help: 'PIN hashes being computed.', registers });
  const waiting = new Gauge({
    name: 'touchtone_hashes_waiting',
    help: 'PIN hashes waiting for their turn.',
    labelNames: ['purpose'],
    registers,
  });
  const waitingAlerts = new Gauge({ name: 'touchtone_alerts_waiting', help: 'Alerts not delivered yet.', registers });
  return () => {
    const { load } = hasher;
    running.set(load.running);
    waiting.set({ purpose: 'check' }, load.waiting.check);
    waiting.set({ purpose: 'change' }, load.waiting.change);
    waitingAlerts.set(alerts.waiting);
  };
}

/** Makes the figures of a service, without the parts that are not there yet. */
export function createMetrics(clock: Clock): Metrics {
  const registry = new Registry();
  const meter = createMeter(registry);
  const countRequests = requestCounter(registry);
  const streamsOf = streamGauge(registry);
  const runtime = watchRuntime(registry);
  const refreshers: (() => void | Promise<void>)[] = [() => runtime.refresh()];
  return {
    meter,
    countRequests,
    watch: (parts) => {
      refreshers.push(
        watchCalls(registry, () => parts.telephony.figures(), parts.maxCalls),
        watchOutbox(registry, parts, clock),
        watchQueues(registry, parts),
        watchBrowsers(registry, parts.sessions, clock),
        watchSipEdge(registry, parts.sipEdge),
      );
    },
    watchStreams: (streams) => {
      refreshers.push(streamsOf(streams));
    },
    read: async () => {
      await Promise.all(refreshers.map((refresh) => refresh()));
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    close: () => runtime.close(),
  };
}
