import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import { ROLES, type Role } from '../../domain/role.ts';
import type { Attempt } from '../../services/idempotent-requests.ts';
import type { Principal } from './principal.ts';
import type { ProblemName } from './problems.ts';
import type { BrowserSession } from './web/browser-session.ts';

/**
 * Who may use a route: everybody, even without a token; a browser in which an administrator, or a user, is signed in; or
 * whoever has one of these roles, by a token or by a session.
 */
export type RouteRoles = 'public' | SessionRole | readonly [Role, ...Role[]];

export type SessionRole = 'administrator-session' | 'user-session';

/** Whether a route is for browsers that are signed in, and for no token. */
export const isForSession = (roles: RouteRoles | undefined): roles is SessionRole =>
  roles === 'administrator-session' || roles === 'user-session';

/** For routes that every administrator may use. */
export const ANY_ROLE = ROLES;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Without this the service does not start. */
    roles: RouteRoles;
    /** The problems that the route itself answers with; those of every route are added. All are documented. */
    problems?: readonly ProblemName[];
    /** The answer holds a secret that is shown once, so it is not kept for a repeat with the same idempotency key. */
    answersSecret?: boolean;
    /** What only some of the roles may do of it, each under a name of its own. */
    partly?: Readonly<Record<string, readonly Role[]>>;
    /** A request is no use of its session, which goes on to run out. */
    isNoUse?: boolean;
    /** The browser is to forget a session that has ended. */
    forgetsSession?: boolean;
  }

  interface FastifyRequest {
    /** Who asks; null on a public route and until the token has been checked. */
    principal: Principal | null;
    /** The browser's session that it belongs to; null where it has none, or proves by a token who it is. */
    session: BrowserSession | null;
    /** The request under its idempotency key, while it is carried out. */
    attempt: Attempt | null;
    /** Why it is answered 401 or 403, for the record; empty where that needs no more words. */
    refusal: string;
    /** The IP address that asks; behind a trusted proxy, the one that the proxy tells. */
    source: string;
  }
}

/** The application as routes see it: schemas are TypeBox's, and types follow from them. */
export type HttpApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;
