import type { CallFigures } from '../../admin/http/operations/call-metrics.ts';
import { createMetrics } from '../../admin/http/operations/metrics.ts';
import type { Operations } from '../../admin/http/operations/operations-routes.ts';
import { createReadiness } from '../../admin/http/operations/readiness.ts';
import { WriteCheck } from '../../admin/http/operations/write-check.ts';
import { WebSessions } from '../../services/web-sessions.ts';
import type { TestService } from '../test-service.ts';

/** What a telephone side says that takes calls and has none. */
export const IDLE: CallFigures = {
  signallingUp: true,
  draining: false,
  calls: 0,
  endpoints: 0,
  mediaServers: [{ up: true, sessions: 0, maxSessions: 1_000 }],
  counts: { refused: {}, notAnswered: {}, answered: {}, causes: {} },
};

/** Figures and readiness of services without a telephone side. */
export function testOperations(service: TestService): Operations {
  const { clock, stored, log } = service;
  const telephony = { figures: () => IDLE };
  const { outbox } = stored.database;
  const writes = new WriteCheck({ database: stored.database, clock, log });
  const mail = { cutOffFor: 0 };
  const hasher = { load: { running: 0, waiting: { check: 0, change: 0 } } };
  const metrics = createMetrics(clock);
  metrics.watch({
    telephony,
    maxCalls: 400,
    hasher,
    outbox,
    writes,
    mail,
    alerts: { waiting: 0 },
    sessions: new WebSessions(service),
    sipEdge: { counters: () => undefined, certificateExpires: () => undefined },
  });
  return { metrics, readiness: createReadiness({ telephony, outbox, writes, mail, clock }) };
}
