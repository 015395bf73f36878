import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyRequest, type RouteOptions } from 'fastify';
import { useAuthentication } from './authentication.ts';
import { createErrorHandler, sendProblem } from './errors.ts';
import { operationsRoutes } from './operations/operations-routes.ts';
import type { HttpParts } from './parts.ts';
import type { HttpApp } from './route.ts';
import { ROUTES } from './routes/routes.ts';
import { NAMED_SCHEMAS } from './schemas/named-schemas.ts';
import { createValidation } from './validation.ts';

/** Where the addresses of the API begin. */
export const API = '/api/v1';

/** The longest body that is read, in bytes. */
const BODY_LIMIT = 65_536;
/** The longest address, in characters; so much may be one part of it, and the schemas say how long that may be. */
const URL_LIMIT = 4_096;

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
  const app = Fastify({
    logger: false,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: URL_LIMIT },
    exposeHeadRoutes: false,
    schemaController: { compilersFactory: { buildValidator: createValidation } },
    trustProxy: (address: string) => parts.isTrustedProxy(address),
  }).withTypeProvider<TypeBoxTypeProvider>();
  for (const schema of NAMED_SCHEMAS) app.addSchema(schema);
  app.setErrorHandler(createErrorHandler(parts.log));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, { name: 'not-found', detail: 'There is nothing at this address.' }),
  );
  app.decorateRequest('source', '');
  app.addHook('onRequest', async (request) => {
    request.source = sourceOf(request);
  });
  requireRoles(app);
  parts.operations.metrics.countRequests(app);
  useAuthentication(app, parts.authenticate);
  operationsRoutes(app, parts.operations);
  app.register(
    async (api: HttpApp) => {
      for (const routes of ROUTES) routes(api, parts);
    },
    { prefix: API },
  );
  return app;
}
