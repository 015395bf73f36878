import cookie, { type CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Whose session a cookie is: an administrator may look at the pages of users without being signed out. */
export type SessionKind = 'administrator' | 'user';

const NAMES: Readonly<Record<SessionKind, string>> = { administrator: 'touchtone', user: 'touchtone-me' };

/**
 * The cookies of the pages. Outside loopback they are Secure, and their names begin with `__Host-`: no neighbouring
 * name can then set them (RFC 6265bis §4.1.3.2).
 */
export class Cookies {
  /** Whether browsers send them by https:// only. */
  readonly isSecure: boolean;

  constructor(isSecure: boolean) {
    this.isSecure = isSecure;
  }

  /** The secret that the browser has sent; undefined when it has sent none. */
  session(request: FastifyRequest, kind: SessionKind): string | undefined {
    return this.#read(request, NAMES[kind]);
  }

  setSession(reply: FastifyReply, kind: SessionKind, secret: string): void {
    // Without a lifetime: it goes with the browser, and the service says when it is over before that.
    reply.setCookie(this.#name(NAMES[kind]), secret, this.#options('strict'));
  }

  clearSession(reply: FastifyReply, kind: SessionKind): void {
    reply.clearCookie(this.#name(NAMES[kind]), this.#options('strict'));
  }

  /** What was kept in a browser of its way to the identity provider. */
  transaction(request: FastifyRequest): string | undefined {
    return this.#read(request, 'touchtone-oidc');
  }

  /** @param maxAge in seconds. */
  setTransaction(reply: FastifyReply, sealed: string, maxAge: number): void {
    // Lax: the identity provider sends the browser back here, and a strict cookie would stay behind.
    reply.setCookie(this.#name('touchtone-oidc'), sealed, { ...this.#options('lax'), maxAge });
  }

  clearTransaction(reply: FastifyReply): void {
    reply.clearCookie(this.#name('touchtone-oidc'), this.#options('lax'));
  }

  #read({ server, headers }: FastifyRequest, name: string): string | undefined {
    return server.parseCookie(headers.cookie ?? '')[this.#name(name)];
  }

  #name(name: string): string {
    return this.isSecure ? `__Host-${name}` : name;
  }

  #options(sameSite: 'strict' | 'lax'): CookieSerializeOptions {
    return { httpOnly: true, sameSite, path: '/', secure: this.isSecure };
  }
}

/** Lets answers set cookies. Those of a request are read where they are needed, which is before any hook of this. */
export function useCookies(app: Pick<FastifyInstance, 'register'>): void {
  app.register(cookie, { hook: false });
}
