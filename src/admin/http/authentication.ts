import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import type { AccessRefusals } from '../../services/access-refusals.ts';
import { FailureLimit } from './failure-limit.ts';
import { KnownTokens } from './known-tokens.ts';
import type { Authenticate, Principal } from './principal.ts';
import { type Problem, raise } from './problems.ts';
import type { HttpApp } from './route.ts';

/** RFC 6750 §2.1; the scheme's case is of no consequence (RFC 9110 §11.1). */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]{1,8192}=*) *$/i;

const NO_TOKEN = 'This needs a header `Authorization: Bearer TOKEN`.';

export interface AuthenticationParts {
  readonly authenticate: Authenticate;
  readonly clock: Clock;
  readonly log: Log;
}

/** Finds out who sends a request, and how often a source may fail at that. */
class Gate {
  readonly #parts: AuthenticationParts;
  readonly #limit: FailureLimit;
  readonly #known: KnownTokens;

  constructor(parts: AuthenticationParts) {
    this.#parts = parts;
    this.#limit = new FailureLimit(parts.clock);
    this.#known = new KnownTokens(parts.clock);
  }

  /** Raises a problem for whoever is not known. */
  async principalOf(request: FastifyRequest): Promise<Principal> {
    const { authorization } = request.headers;
    if (authorization === undefined) return this.#refuse(request, 'no-token', NO_TOKEN);
    const token = BEARER.exec(authorization)?.[1];
    const isKnown = token !== undefined && this.#known.has(token);
    if (!isKnown) this.#takeAttempt(request.source);
    if (token === undefined) return this.#refuse(request, 'malformed-token', NO_TOKEN);
    const authentication = await this.#parts.authenticate(token);
    switch (authentication.kind) {
      case 'refused':
        this.#known.remove(token);
        return this.#refuse(request, authentication.reason, authentication.detail);
      case 'unavailable':
        if (!isKnown) this.#limit.giveBack(request.source);
        return raise({ name: 'identity-provider-unavailable', ...authentication });
      case 'known':
        if (!isKnown) this.#limit.giveBack(request.source);
        this.#known.add(token);
        return authentication.principal;
    }
  }

  #takeAttempt(source: string): void {
    const attempt = this.#limit.take(source);
    if (attempt.kind === 'taken') return;
    this.#parts.log.debug({ source }, 'Too many tokens from one source were wrong; it has to wait');
    raise({
      name: 'too-many-requests',
      detail: 'Too many tokens from your address were wrong.',
      retryAfter: attempt.seconds,
    });
  }

  #refuse(request: FastifyRequest, reason: string, detail: string): never {
    request.refusal = reason;
    return raise({ name: 'authentication-required', detail });
  }
}

/** Puts every 401 and 403 on the record, whoever raises it. */
export function createRefusalRecord(refusals: AccessRefusals) {
  return async (request: FastifyRequest, { name }: Problem): Promise<void> => {
    const { principal, source: address, refusal } = request;
    const details = { method: request.method, route: request.routeOptions.url ?? '' };
    if (name === 'authentication-required') {
      const unknown = { action: 'authentication-failed', actor: { kind: 'unknown' } } as const;
      await refusals.record({ ...unknown, address, reason: refusal, details });
    }
    if (name === 'forbidden' && principal !== null) {
      const actor = { kind: 'administrator', name: principal.name } as const;
      const reason = principal.roles.length === 0 ? 'no-role' : principal.roles.join(' ');
      await refusals.record({ action: 'access-refused', actor, address, reason, details });
    }
  };
}

/** Checks on every route who asks, before anything of the body is read, and whether they may. */
export function useAuthentication(app: HttpApp, parts: AuthenticationParts): void {
  const gate = new Gate(parts);
  app.decorateRequest('principal', null);
  app.decorateRequest('refusal', '');
  app.addHook('onRequest', async (request) => {
    if (request.is404) return;
    const { roles } = request.routeOptions.config;
    if (roles === 'public') return;
    const principal = await gate.principalOf(request);
    request.principal = principal;
    if (roles?.some((role) => principal.roles.includes(role))) return;
    const detail =
      principal.roles.length === 0 ? 'You are known, but have no role here.' : 'Your role does not allow this.';
    raise({ name: 'forbidden', detail });
  });
}
