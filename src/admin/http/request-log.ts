import type { Log } from '../../domain/log.ts';
import type { HttpApp } from './route.ts';

/**
 * A line for each answer: which route, who, from where, how it went. Neither addresses as they were sent, which name
 * mailboxes and what was looked for, nor any header or body. What was only looked at is logged at debug.
 */
export function useRequestLog(app: HttpApp, log: Log): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, source, principal } = request;
    const fields = {
      requestId: request.id,
      method,
      route: request.is404 ? null : (request.routeOptions.url ?? null),
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime),
      source,
      ...(principal === null ? {} : { by: principal.name }),
    };
    const isChange = method !== 'GET' && method !== 'HEAD' && reply.statusCode < 400;
    if (isChange) log.info(fields, 'A request was answered');
    else log.debug(fields, 'A request was answered');
  });
}
