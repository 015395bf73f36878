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

/** Who may use a route: everybody, even without a token, or whoever has one of these roles. */
export type RouteRoles = 'public' | readonly [Role, ...Role[]];

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
  }

  interface FastifyRequest {
    /** Who asks; null on a public route and until the token has been checked. */
    principal: Principal | null;
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
