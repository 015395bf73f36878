import type { FastifyReply, FastifyRequest } from 'fastify';
import { csrfTokenOf, idleUntil } from '../../../services/web-sessions.ts';
import { momentOf } from '../answers/moment.ts';
import type { Gate } from '../authentication.ts';
import type { HttpParts } from '../parts.ts';
import type { Principal } from '../principal.ts';
import { raise } from '../problems.ts';
import type { HttpApp } from '../route.ts';
import { noContent } from '../routes/support.ts';
import { refTo } from '../schemas/common.ts';
import { AdministratorSession, type AdministratorSession as Answer, TokenSignIn } from '../schemas/web.ts';
import type { BrowserSession } from './browser-session.ts';
import type { SessionKind } from './cookies.ts';
import type { Permissions } from './permissions.ts';
import { isSameOrigin } from './same-origin.ts';

export const WEB_TAG = 'Pages';

/** What routes of sessions need besides the parts. */
export interface SessionRouteTools {
  readonly gate: Gate;
  readonly permissions: Permissions;
}

/** As a header `Authorization` may have it (RFC 6750 §2.1). */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** The session of a request, on a route that is for sessions. Throws on any other. */
export function sessionOf({ session }: FastifyRequest): BrowserSession {
  if (session === null) throw new Error('Only routes for sessions have one');
  return session;
}

/** Answers 403 when a page of another site has a browser sign in here: its user would act as somebody else. */
export function requireOwnPage(request: FastifyRequest, { publicUrl }: Pick<HttpParts, 'publicUrl'>): void {
  if (isSameOrigin(request, publicUrl)) return;
  raise({ name: 'csrf', detail: 'Signing in is for the pages of this service.' });
}

/** What both sorts of sessions are told of themselves. */
export function sessionFacts({ secret, session }: Pick<BrowserSession, 'secret' | 'session'>) {
  return {
    csrfToken: csrfTokenOf(secret),
    idleUntil: momentOf(idleUntil(session)),
    until: momentOf(session.until),
  };
}

function administratorAnswer(found: Pick<BrowserSession, 'secret' | 'session'>, permissions: Permissions): Answer {
  const { name, roles, signedInBy } = found.session;
  return {
    kind: 'administrator',
    name,
    roles: [...roles],
    may: permissions.of(roles),
    signedInBy: signedInBy === 'oidc' ? 'oidc' : 'token',
    ...sessionFacts(found),
  };
}

export interface BeginTools {
  readonly gate: Gate;
  /** Digests of the session that the browser has had, where it does not send its cookie now. */
  readonly former?: readonly string[];
}

/** Begins the session of an administrator, and gives the browser its secret; answers 403 to whoever has no role. */
export async function beginAdministratorSession(
  { web: { sessions, cookies } }: Pick<HttpParts, 'web'>,
  request: FastifyRequest,
  reply: FastifyReply,
  principal: Principal,
  { gate, former = [] }: BeginTools,
): Promise<Pick<BrowserSession, 'secret' | 'session'>> {
  request.principal = principal;
  const { id: person, name, roles, via: signedInBy, tokenId, expiresAt } = principal;
  if (roles.length === 0) raise({ name: 'forbidden', detail: 'You are known, but have no role here.' });
  const begun = await sessions.begin(
    { person, name, roles, signedInBy, tokenId, mailboxId: undefined, expiresAt },
    request.source,
    [...former, ...sessions.digestsOf(cookies.session(request, 'administrator'))],
  );
  gate.know(begun.secret);
  cookies.setSession(reply, 'administrator', begun.secret);
  return begun;
}

function signInRoute(app: HttpApp, parts: HttpParts, { gate, permissions }: SessionRouteTools): void {
  app.post(
    '/session',
    {
      config: {
        roles: 'public',
        problems: [
          'authentication-required',
          'csrf',
          'forbidden',
          'identity-provider-unavailable',
          'overloaded',
          'too-many-requests',
        ],
      },
      schema: {
        operationId: 'beginSession',
        summary: 'Sign in with a token',
        description: 'The token is exchanged for a session, which ends with it at the latest.',
        tags: [WEB_TAG],
        body: refTo(TokenSignIn),
        response: { 200: refTo(AdministratorSession, 'The session; the browser has its cookie.') },
      },
    },
    async (request, reply) => {
      requireOwnPage(request, parts);
      const token = request.body.token.trim();
      const principal = await gate.principalBy(request, TOKEN.test(token) ? token : undefined);
      const begun = await beginAdministratorSession(parts, request, reply, principal, { gate });
      return administratorAnswer(begun, permissions);
    },
  );
}

function lookRoute(app: HttpApp, { permissions }: SessionRouteTools): void {
  app.get(
    '/session',
    {
      config: { roles: 'administrator-session', forgetsSession: true },
      schema: {
        operationId: 'getSession',
        summary: 'Which administrator is signed in?',
        tags: [WEB_TAG],
        response: { 200: refTo(AdministratorSession, 'The session.') },
      },
    },
    async (request) => administratorAnswer(sessionOf(request), permissions),
  );
}

const ROLE_OF = { administrator: 'administrator-session', user: 'user-session' } as const;
const NAME_OF = { administrator: 'Session', user: 'UserSession' } as const;

/** Signing out, here and everywhere. */
export function signOutRoutes(app: HttpApp, { web: { sessions, cookies } }: HttpParts, kind: SessionKind): void {
  const config = { roles: ROLE_OF[kind] };
  const response = { 204: noContent('Signed out.') };
  app.delete(
    '/session',
    {
      config,
      schema: { operationId: `end${NAME_OF[kind]}`, summary: 'Sign out', tags: [WEB_TAG], response },
    },
    async (request, reply) => {
      const { secret, session } = sessionOf(request);
      await sessions.end(secret, session, request.source);
      cookies.clearSession(reply, kind);
      return reply.code(204).send(null);
    },
  );
  app.delete(
    '/sessions',
    {
      config,
      schema: { operationId: `endAll${NAME_OF[kind]}s`, summary: 'Sign out everywhere', tags: [WEB_TAG], response },
    },
    async (request, reply) => {
      await sessions.endAll(sessionOf(request).session, request.source);
      cookies.clearSession(reply, kind);
      return reply.code(204).send(null);
    },
  );
}

/** The session of an administrator. */
export function sessionRoutes(app: HttpApp, parts: HttpParts, tools: SessionRouteTools): void {
  lookRoute(app, tools);
  signInRoute(app, parts, tools);
  signOutRoutes(app, parts, 'administrator');
}
