import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { isRecord } from '../../domain/is-record.ts';
import { ROLE_NAMES, ROLES } from '../../domain/role.ts';
import { PAGES_CSP } from './hardening.ts';
import { PROBLEMS, type ProblemName, problemType } from './problems.ts';
import { type HttpApp, isForSession, type SessionRole } from './route.ts';

const TITLE = 'Touchtone administration';

const DESCRIPTION = `Mailboxes, PINs, policies, the audit trail and the calls of a Touchtone service.

Send a bearer token with every request: \`Authorization: Bearer TOKEN\`. Moments are ISO 8601 in UTC. Refusals and faults
are problem documents (RFC 9457) whose \`type\` never changes; each can be opened.`;

/** The problems that any route of its sort may answer with, whatever it does. */
export function commonProblems({ method, schema, config }: RouteOptions): readonly ProblemName[] {
  const roles = config?.roles;
  const isPublic = roles === 'public';
  const isForRoles = !isPublic && !isForSession(roles);
  const isLimited = isForRoles && ROLES.some((role) => !roles?.includes(role));
  const isPost = [method].flat().includes('POST') && isForRoles;
  const isChange = !isPublic && ![method].flat().includes('GET');
  const hasInput = schema?.body !== undefined || schema?.params !== undefined || schema?.querystring !== undefined;
  return [
    ...(hasInput || isPost ? (['invalid-request'] as const) : []),
    ...(isPublic ? [] : (['no-session', 'too-many-requests', 'overloaded'] as const)),
    ...(isForRoles ? (['authentication-required', 'identity-provider-unavailable'] as const) : []),
    ...(isLimited ? (['forbidden'] as const) : []),
    ...(isChange ? (['csrf'] as const) : []),
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

const SESSION_OF: Readonly<Record<SessionRole, string>> = {
  'administrator-session': 'a browser in which an administrator is signed in',
  'user-session': 'a browser in which a user is signed in',
};

/** Outside loopback the name of the cookie begins with `__Host-`. */
const sessionScheme = (name: string) => ({
  type: 'apiKey' as const,
  in: 'cookie' as const,
  name,
  description: 'A session of the pages. What changes something needs its `csrfToken` as `X-CSRF-Token`.',
});

function documentProblems(route: RouteOptions): void {
  if (route.schema === undefined || route.schema.hide === true) return;
  const problems = problemResponses([...commonProblems(route), ...(route.config?.problems ?? [])]);
  const { response } = route.schema;
  route.schema.response = { ...problems, ...(isRecord(response) ? response : {}) };
  if (route.config?.roles !== 'public') {
    const roles = route.config?.roles;
    route.schema.security = isForSession(roles) ? [{ [roles]: [] }] : [{ token: [] }, { 'administrator-session': [] }];
    const who = isForSession(roles) ? SESSION_OF[roles] : roles?.map((role) => ROLE_NAMES[role]).join(', ');
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
          'administrator-session': sessionScheme('touchtone'),
          'user-session': sessionScheme('touchtone-me'),
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
