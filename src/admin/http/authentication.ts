import type { FastifyRequest } from 'fastify';
import type { Authenticate, Principal } from './principal.ts';
import { raise } from './problems.ts';
import type { HttpApp } from './route.ts';

/** RFC 6750 §2.1; the scheme's case is of no consequence (RFC 9110 §11.1). */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]{1,8192}=*) *$/i;

const NO_TOKEN = 'This needs a header `Authorization: Bearer TOKEN`.';

async function principalFrom({ headers }: FastifyRequest, authenticate: Authenticate): Promise<Principal> {
  const token = BEARER.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) return raise({ name: 'authentication-required', detail: NO_TOKEN });
  const authentication = await authenticate(token);
  if (authentication.kind === 'known') return authentication.principal;
  return raise({ name: 'authentication-required', detail: authentication.detail });
}

/** Checks on every route who asks, before anything of the body is read, and whether they may. */
export function useAuthentication(app: HttpApp, authenticate: Authenticate): void {
  app.decorateRequest('principal', null);
  app.addHook('onRequest', async (request) => {
    if (request.is404) return;
    const { roles } = request.routeOptions.config;
    if (roles === 'public') return;
    const principal = await principalFrom(request, authenticate);
    request.principal = principal;
    if (roles?.some((role) => principal.roles.includes(role))) return;
    raise({ name: 'forbidden', detail: 'Your role does not allow this.' });
  });
}
