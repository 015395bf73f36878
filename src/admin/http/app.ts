import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyRequest, type RouteOptions } from 'fastify';
import { createRefusalRecord, Gate, useAuthentication } from './authentication.ts';
import { createErrorHandler, createUnroutedHandler } from './errors.ts';
import { refuseUnreadable, useConnectionLimits, useJsonOnly, useNotFound, useSecurityHeaders } from './hardening.ts';
import { useIdempotency } from './idempotency.ts';
import { BODY_LIMIT, HEADER_LIMIT, HTTP_LIMITS, URL_LIMIT } from './limits.ts';
import { OneEachTurn } from './one-each-turn.ts';
import { documentRoutes, useOpenApi } from './openapi.ts';
import { operationsRoutes } from './operations/operations-routes.ts';
import type { HttpParts } from './parts.ts';
import { useRequestLog } from './request-log.ts';
import type { HttpApp } from './route.ts';
import { overviewRoutes } from './routes/overview.ts';
import { ROUTES } from './routes/routes.ts';
import { NAMED_SCHEMAS } from './schemas/named-schemas.ts';
import { createSerialization } from './serialization.ts';
import { createValidation } from './validation.ts';
import { useCookies } from './web/cookies.ts';
import { LiveEvents } from './web/live-events.ts';
import { pageRoutes } from './web/pages.ts';
import { Permissions } from './web/permissions.ts';
import { webRoutes } from './web/web-routes.ts';

/** Where the addresses of the API begin. */
export const API = '/api/v1';

function sourceOf(request: FastifyRequest): string {
  const { remoteAddress = '' } = request.socket;
  // What a proxy passes on may be anything.
  return isIP(request.ip) === 0 ? remoteAddress : request.ip;
}

/** Refuses to start with a route that does not say who may use it. */
function requireRoles(app: HttpApp): void {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    routes.push(route);
  });
  app.addHook('onReady', async () => {
    const open = routes.filter(({ config }) => config?.roles === undefined);
    if (open.length === 0) return;
    throw new Error(`Nobody says who may use ${open.map(({ method, url }) => `${String(method)} ${url}`).join(', ')}`);
  });
}

/**
 * Makes the HTTP application, which does not listen yet. Whoever makes it awaits `ready()`, which rejects when a route
 * does not say who may use it, and closes it.
 */
export function createHttpApp(parts: HttpParts): HttpApp {
  const limits = { ...HTTP_LIMITS, ...parts.limits };
  const app = Fastify({
    logger: false,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: URL_LIMIT },
    exposeHeadRoutes: false,
    requestTimeout: limits.requestTimeout,
    connectionTimeout: limits.idleTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    maxRequestsPerSocket: limits.requestsPerConnection,
    http: { maxHeaderSize: HEADER_LIMIT, connectionsCheckingInterval: limits.checkEvery },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: createUnroutedHandler(parts.log),
    schemaController: { compilersFactory: { buildSerializer: createSerialization } },
    trustProxy: (address: string) => parts.isTrustedProxy(address),
  }).withTypeProvider<TypeBoxTypeProvider>();
  for (const schema of NAMED_SCHEMAS) app.addSchema(schema);
  app.setValidatorCompiler(createValidation(NAMED_SCHEMAS));
  app.setErrorHandler(createErrorHandler(parts.log, createRefusalRecord(parts.refusals)));
  app.decorateRequest('source', '');
  const turns = new OneEachTurn();
  app.addHook('onRequest', async (request) => {
    request.source = sourceOf(request);
    await turns.next();
  });
  useConnectionLimits(app, limits);
  useRequestLog(app, parts.log);
  useSecurityHeaders(app);
  useJsonOnly(app);
  useNotFound(app);
  requireRoles(app);
  parts.operations.metrics.countRequests(app);
  useCookies(app);
  const gate = new Gate(parts);
  useAuthentication(app, gate);
  useIdempotency(app, parts.idempotentRequests, parts.log);
  useOpenApi(app, parts.publicUrl);
  const permissions = new Permissions();
  permissions.watch(app);
  operationsRoutes(app, parts.operations);
  webRoutes(app, parts, { gate, permissions });
  pageRoutes(app, parts.web.pagesFolder);
  const events = new LiveEvents({ ...parts, permissions, isStillLetIn: (request) => gate.isStillLetIn(request) });
  parts.operations.metrics.watchStreams(events);
  app.register(
    async (api: HttpApp) => {
      documentRoutes(api);
      for (const routes of ROUTES) routes(api, parts);
      overviewRoutes(api, parts, events);
    },
    { prefix: API },
  );
  return app;
}
