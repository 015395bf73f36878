import type { FastifyRequest } from 'fastify';
import type { Role } from '../../domain/role.ts';
import type { Requester } from '../../services/pin-administration.ts';
import type { AccessTokenId } from '../../services/ports/access-token-store.ts';
import { raise } from './problems.ts';

/** Who has proved to be somebody, by a bearer token, now or when a session began. */
export interface Principal {
  /** Which one, never reused: what is kept for one is never given to another. */
  readonly id: string;
  /** As the audit trail has it. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** By which token: one of Touchtone's own, or the identity provider's. */
  readonly via: 'token' | 'oidc';
  /** In milliseconds since 1970; undefined for a token that does not expire. */
  readonly expiresAt: number | undefined;
  /** Which of Touchtone's own tokens it was; absent otherwise, and in a session. */
  readonly tokenId?: AccessTokenId;
}

/** What a bearer token turned out to be. */
export type Authentication =
  | { readonly kind: 'known'; readonly principal: Principal }
  /** `reason` is for the record; `detail` is a sentence for whoever sent it. */
  | { readonly kind: 'refused'; readonly reason: string; readonly detail: string }
  /** Who could tell cannot be asked now; `retryAfter` is in seconds. */
  | { readonly kind: 'unavailable'; readonly detail: string; readonly retryAfter: number };

export type Authenticate = (token: string) => Promise<Authentication>;

/** Who asks, on a route that is not public. Throws on a public one. */
export function principalOf({ principal }: FastifyRequest): Principal {
  if (principal === null) throw new Error('A public route knows nobody');
  return principal;
}

/** Who asks and from where, as the use cases record it. Throws on a public route. */
export function requesterOf(request: FastifyRequest): Requester {
  return {
    actor: { kind: 'administrator', name: principalOf(request).name },
    source: { kind: 'http', address: request.source },
  };
}

/** Whether who asks has one of the roles; for what a route does only for some of those who may use it. */
export function hasRole(request: FastifyRequest, ...roles: readonly Role[]): boolean {
  return principalOf(request).roles.some((role) => roles.includes(role));
}

/** Answers 403, which is recorded, unless who asks has one of the roles. `what` ends "… may not ". */
export function requireRole(request: FastifyRequest, what: string, ...roles: readonly Role[]): void {
  if (!hasRole(request, ...roles)) raise({ name: 'forbidden', detail: `Your role may not ${what}.` });
}
