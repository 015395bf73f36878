import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import type { AccessRefusal, AccessRefusals } from '../../services/access-refusals.ts';
import { FailureLimit } from './failure-limit.ts';
import { KnownTokens } from './known-tokens.ts';
import type { Authenticate, Principal } from './principal.ts';
import { type Problem, raise } from './problems.ts';
import { type HttpApp, isForSession } from './route.ts';
import { type BrowserSession, BrowserSessions, noSession, principalOfSession } from './web/browser-session.ts';
import type { WebParts } from './web/parts.ts';

/** RFC 6750 §2.1; the scheme's case is of no consequence (RFC 9110 §11.1). */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]{1,8192}=*) *$/i;

const NO_TOKEN = 'This needs a header `Authorization: Bearer TOKEN`.';

export interface AuthenticationParts {
  readonly authenticate: Authenticate;
  readonly clock: Clock;
  readonly log: Log;
  readonly publicUrl: string | undefined;
  readonly web: Pick<WebParts, 'sessions' | 'cookies'>;
}

/** Finds out who sends a request, and how often a source may fail at that. */
export class Gate {
  readonly #parts: AuthenticationParts;
  readonly #limit: FailureLimit;
  readonly #known: KnownTokens;
  readonly #sessions: BrowserSessions;

  constructor(parts: AuthenticationParts) {
    const [limit, known] = [new FailureLimit(parts.clock), new KnownTokens(parts.clock)];
    this.#parts = parts;
    this.#limit = limit;
    this.#known = known;
    this.#sessions = new BrowserSessions({ ...parts.web, publicUrl: parts.publicUrl, limit, known });
  }

  /** Who sends a request, by a token, or by a session; raises a problem for whoever is not known. */
  async principalOf(request: FastifyRequest, reply: FastifyReply): Promise<Principal> {
    const { authorization } = request.headers;
    if (authorization !== undefined) return this.principalBy(request, BEARER.exec(authorization)?.[1]);
    if (!this.#sessions.has(request, 'administrator')) {
      // A page whose session has ended may ask on for a while: it tries nothing, so nothing of it is recorded.
      if (request.headers['sec-fetch-site'] === 'same-origin') return noSession();
      return this.#refuse(request, 'no-token', NO_TOKEN);
    }
    const { session } = await this.sessionOf(request, reply, 'administrator');
    return principalOfSession(session);
  }

  /** The session that a request belongs to; raises a problem where there is none, or it is not meant to change anything. */
  async sessionOf(request: FastifyRequest, reply: FastifyReply, kind: BrowserSession['kind']): Promise<BrowserSession> {
    const found = await this.#sessions.of(request, reply, kind);
    request.session = found;
    if (kind === 'administrator') request.principal = principalOfSession(found.session);
    this.#sessions.requireIntent(request, found);
    return found;
  }

  /** Whose a token is; undefined is one that is none. Raises a problem for whoever is not known. */
  async principalBy(request: FastifyRequest, token: string | undefined): Promise<Principal> {
    const isKnown = token !== undefined && this.#known.has(token);
    if (!isKnown) this.takeAttempt(request.source);
    if (token === undefined) return this.#refuse(request, 'malformed-token', NO_TOKEN);
    const authentication = await this.#parts.authenticate(token);
    switch (authentication.kind) {
      case 'refused':
        this.#known.remove(token);
        return this.#refuse(request, authentication.reason, authentication.detail);
      case 'unavailable':
        if (!isKnown) this.giveBack(request.source);
        return raise({ name: 'identity-provider-unavailable', ...authentication });
      case 'known':
        if (!isKnown) this.giveBack(request.source);
        this.#known.add(token);
        return authentication.principal;
    }
  }

  /** Whether who sent a request would be let in still, by what it was sent with. Throws when the database fails. */
  async isStillLetIn({ headers, session }: FastifyRequest): Promise<boolean> {
    if (session !== null) return (await this.#parts.web.sessions.look(session.secret)) !== undefined;
    const token = BEARER.exec(headers.authorization ?? '')?.[1];
    if (token === undefined) return false;
    const { kind } = await this.#parts.authenticate(token);
    return kind !== 'refused';
  }

  /** Takes one of the attempts that a source has, which may fail; raises a problem when they are used up. */
  takeAttempt(source: string): void {
    const attempt = this.#limit.take(source);
    if (attempt.kind === 'taken') return;
    this.#parts.log.debug({ source }, 'Too many tokens from one source were wrong; it has to wait');
    raise({
      name: 'too-many-requests',
      detail: 'Too many tokens from your address were wrong.',
      retryAfter: attempt.seconds,
    });
  }

  /** The secret of a session that has just begun is a good one. */
  know(secret: string): void {
    this.#known.add(secret);
  }

  /** Gives an attempt back that was none, or a success. */
  giveBack(source: string): void {
    this.#limit.giveBack(source);
  }

  #refuse(request: FastifyRequest, reason: string, detail: string): never {
    request.refusal = reason;
    return raise({ name: 'authentication-required', detail });
  }
}

/** Who asked, as far as they have proved to be anybody. */
function askerOf({ principal, session }: FastifyRequest): Pick<AccessRefusal, 'actor' | 'mailboxId'> {
  const mailboxId = session?.session.mailboxId;
  if (mailboxId !== undefined) return { actor: { kind: 'user' }, mailboxId };
  return { actor: principal === null ? { kind: 'unknown' } : { kind: 'administrator', name: principal.name } };
}

/** Puts every 401 and 403 on the record, whoever raises it. */
export function createRefusalRecord(refusals: AccessRefusals) {
  return async (request: FastifyRequest, { name }: Problem): Promise<void> => {
    const { principal, source: address, refusal } = request;
    const details = { method: request.method, route: request.routeOptions.url ?? '' };
    if (name === 'authentication-required' || name === 'link-used-up') {
      const unknown = { action: 'authentication-failed', actor: { kind: 'unknown' } } as const;
      const reason = name === 'link-used-up' ? name : refusal;
      await refusals.record({ ...unknown, address, reason, details });
    }
    if (name === 'forbidden' && principal !== null) {
      const reason = principal.roles.length === 0 ? 'no-role' : principal.roles.join(' ');
      await refusals.record({ action: 'access-refused', ...askerOf(request), address, reason, details });
    }
    if (name === 'csrf') {
      await refusals.record({ action: 'access-refused', ...askerOf(request), address, reason: 'csrf', details });
    }
  };
}

/** Checks on every route who asks, before anything of the body is read, and whether they may. */
export function useAuthentication(app: HttpApp, gate: Gate): void {
  app.decorateRequest('principal', null);
  app.decorateRequest('session', null);
  app.decorateRequest('refusal', '');
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return;
    const { roles } = request.routeOptions.config;
    if (roles === 'public') return;
    if (isForSession(roles)) {
      await gate.sessionOf(request, reply, roles === 'user-session' ? 'user' : 'administrator');
      return;
    }
    const principal = await gate.principalOf(request, reply);
    request.principal = principal;
    if (roles?.some((role) => principal.roles.includes(role))) return;
    const detail =
      principal.roles.length === 0 ? 'You are known, but have no role here.' : 'Your role does not allow this.';
    raise({ name: 'forbidden', detail });
  });
}
