import { timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WebSession } from '../../../services/ports/web-session-store.ts';
import { csrfTokenOf, type WebSessions } from '../../../services/web-sessions.ts';
import type { FailureLimit } from '../failure-limit.ts';
import type { KnownTokens } from '../known-tokens.ts';
import type { Principal } from '../principal.ts';
import { raise } from '../problems.ts';
import type { Cookies, SessionKind } from './cookies.ts';
import { isReading, isSameOrigin } from './same-origin.ts';

/** The session that a request belongs to. */
export interface BrowserSession {
  readonly kind: SessionKind;
  readonly secret: string;
  readonly session: WebSession;
}

export interface BrowserSessionParts {
  readonly sessions: WebSessions;
  readonly cookies: Cookies;
  readonly publicUrl: string | undefined;
  /** How often a source may be wrong; the same that bearer tokens have. */
  readonly limit: FailureLimit;
  readonly known: KnownTokens;
}

/** With `true`, pages say that nobody has asked for a request: it is answered all the same, but is no use of the session. */
const UNATTENDED = 'x-unattended';

/** Answers that nobody is signed in. */
export function noSession(): never {
  return raise({ name: 'no-session', detail: 'You are not signed in, or have been signed out meanwhile.' });
}

function tooMany(retryAfter: number): never {
  return raise({ name: 'too-many-requests', detail: 'Too many sessions from your address are over.', retryAfter });
}

function isToken(sent: string | string[] | undefined, token: string): boolean {
  if (typeof sent !== 'string') return false;
  const [one, other] = [Buffer.from(sent), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Who an administrator is whose session it is. */
export function principalOfSession({ person, name, roles, signedInBy, until }: WebSession): Principal {
  return { id: person, name, roles, via: signedInBy === 'oidc' ? 'oidc' : 'token', expiresAt: until };
}

/** Finds the sessions of requests by their cookies. */
export class BrowserSessions {
  readonly #parts: BrowserSessionParts;

  constructor(parts: BrowserSessionParts) {
    this.#parts = parts;
  }

  /** Whether a request has a cookie that it may be known by: not one that another site has made a browser send. */
  has(request: FastifyRequest, kind: SessionKind): boolean {
    return this.#parts.cookies.session(request, kind) !== undefined;
  }

  /**
   * The session of a request; raises a problem where there is none. Whether it may change anything, {@link requireIntent}
   * tells.
   */
  async of(request: FastifyRequest, reply: FastifyReply, kind: SessionKind): Promise<BrowserSession> {
    const { cookies, known, limit, publicUrl } = this.#parts;
    const secret = cookies.session(request, kind);
    if (secret === undefined || (isReading(request) && !isSameOrigin(request, publicUrl))) return noSession();
    const isKnown = known.has(secret);
    if (!isKnown) {
      const attempt = limit.take(request.source);
      if (attempt.kind === 'used-up') return tooMany(attempt.seconds);
    }
    const session = await this.#find(request, secret);
    if (session === undefined || (session.mailboxId === undefined) !== (kind === 'administrator')) {
      known.remove(secret);
      // Other answers may come after that of a sign-in which has begun another session, and would end it.
      if (request.routeOptions.config.forgetsSession === true) cookies.clearSession(reply, kind);
      return noSession();
    }
    if (!isKnown) limit.giveBack(request.source);
    known.add(secret);
    return { kind, secret, session };
  }

  /** Answers 403 when a request changes something and nothing shows that a page of this service has sent it. */
  requireIntent(request: FastifyRequest, { secret }: BrowserSession): void {
    if (isReading(request)) return;
    const isMeant = isToken(request.headers['x-csrf-token'], csrfTokenOf(secret));
    if (isMeant && isSameOrigin(request, this.#parts.publicUrl)) return;
    raise({
      name: 'csrf',
      detail: 'Send the `csrfToken` of the session as `X-CSRF-Token`, from the pages themselves.',
    });
  }

  #find(request: FastifyRequest, secret: string): Promise<WebSession | undefined> {
    const { sessions } = this.#parts;
    const isNoUse = request.routeOptions.config.isNoUse === true || request.headers[UNATTENDED] === 'true';
    return isNoUse ? sessions.look(secret) : sessions.find(secret);
  }
}
