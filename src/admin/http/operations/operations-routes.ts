import type {} from '@fastify/swagger';
import { ANY_ROLE, type HttpApp } from '../route.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

/** What is watched of a running service. */
export interface Operations {
  readonly metrics: Metrics;
  readonly readiness: () => Promise<Readiness>;
}

/**
 * `/healthz` says that the process lives, `/readyz` whether every part can do its work (503 when not), `/metrics` the
 * figures. They are for machines that watch, and no part of the API.
 */
export function operationsRoutes(app: HttpApp, { metrics, readiness }: Operations): void {
  const schema = { hide: true };
  const noStore = { 'cache-control': 'no-store' };
  app.get('/healthz', { config: { roles: 'public' }, schema }, async (_request, reply) =>
    reply.headers(noStore).send({ alive: true }),
  );
  app.get('/readyz', { config: { roles: 'public' }, schema }, async (_request, reply) => {
    const report = await readiness();
    return reply
      .code(report.ready ? 200 : 503)
      .headers(noStore)
      .send(report);
  });
  app.get('/metrics', { config: { roles: ANY_ROLE }, schema }, async (_request, reply) => {
    const { contentType, text } = await metrics.read();
    return reply.headers({ ...noStore, 'content-type': contentType }).send(text);
  });
}
