import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { isRecord } from '../../domain/is-record.ts';
import { ROLE_NAMES, ROLES } from '../../domain/role.ts';
import { PAGES_CSP } from './hardening.ts';
import { PROBLEMS, type ProblemName, problemType } from './problems.ts';
import type { HttpApp } from './route.ts';

const TITLE = 'Touchtone administration';

const DESCRIPTION = `Mailboxes, PINs, policies, the audit trail and the calls of a Touchtone service.

Send a bearer token with every request: \`Authorization: Bearer TOKEN\`. Moments are ISO 8601 in UTC. Refusals and faults
are problem documents (RFC 9457) whose \`type\` never changes; each can be opened.`;

/** The problems that any route of its sort may answer with, whatever it does. */
export function commonProblems({ method, schema, config }: RouteOptions): readonly ProblemName[] {
  const isPublic = config?.roles === 'public';
  const isLimited = !isPublic && ROLES.some((role) => !config?.roles.includes(role));
  const isPost = [method].flat().includes('POST') && !isPublic;
  const hasInput = schema?.body !== undefined || schema?.params !== undefined || schema?.querystring !== undefined;
  return [
    ...(hasInput || isPost ? (['invalid-request'] as const) : []),
    ...(isPublic
      ? []
      : (['authentication-required', 'too-many-requests', 'overloaded', 'identity-provider-unavailable'] as const)),
    ...(isLimited ? (['forbidden'] as const) : []),
    ...(schema?.body === undefined ? [] : (['body-too-large', 'unsupported-media-type'] as const)),
    ...(isPost ? (['idempotency-key-in-use', 'idempotency-key-reused'] as const) : []),
    ...(config?.answersSecret === true ? (['answer-not-kept'] as const) : []),
  ];
}

/** The responses of a route by status, each with the problems that have it. */
function problemResponses(names: readonly ProblemName[]): Readonly<Record<string, unknown>> {
  const byStatus = Object.groupBy(new Set(names), (name) => PROBLEMS[name].status);
  const content = { 'application/problem+json': { schema: { $ref: 'Problem#' } } };
  const responses = Object.entries(byStatus).map(([status, some = []]) => {
    const lines = some.map((name) => `- \`${problemType(name)}\`: ${PROBLEMS[name].title}.`);
    return [status, { description: lines.join('\n'), content }] as const;
  });
  return Object.fromEntries(responses);
}

function documentProblems(route: RouteOptions): void {
  if (route.schema === undefined || route.schema.hide === true) return;
  const problems = problemResponses([...commonProblems(route), ...(route.config?.problems ?? [])]);
  const { response } = route.schema;
  route.schema.response = { ...problems, ...(isRecord(response) ? response : {}) };
  if (route.config?.roles !== 'public') {
    route.schema.security = [{ token: [] }];
    const who = route.config?.roles.map((role) => ROLE_NAMES[role]).join(', ');
    route.schema.description = [route.schema.description, `For ${who}.`].filter(Boolean).join('\n\n');
  }
}

/** Adds to each route the problems that it may answer with, and collects all of them in an OpenAPI document. */
export function useOpenApi(app: HttpApp, publicUrl: string | undefined): void {
  app.addHook('onRoute', documentProblems);
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: TITLE, version: '1.0.0', description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: publicUrl ?? '/' }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'An access token, or one of the identity provider.' },
        },
      },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json.$id === 'string' ? json.$id : `Schema${index}`,
    },
  });
}

/** The document and the pages that show it, for everybody: nothing in it is a secret. */
export function documentRoutes(api: HttpApp): void {
  api.get('/openapi.json', { config: { roles: 'public' }, schema: { hide: true } }, async () => api.swagger());
  api.register(async (pages: FastifyInstance) => {
    pages.addHook('onRoute', (route) => {
      route.config = { ...route.config, roles: 'public' };
    });
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      indexPrefix: api.prefix,
      staticCSP: PAGES_CSP,
      uiConfig: { layout: 'BaseLayout', docExpansion: 'list', displayRequestDuration: true },
      theme: { title: TITLE },
    });
  });
}
