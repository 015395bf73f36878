import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Gate } from '../authentication.ts';
import {
  type OidcFailure,
  type OidcPerson,
  type OidcSignIn,
  type SignInWish,
  TRANSACTION_LIFETIME,
  type Transaction,
} from '../oidc/oidc-sign-in.ts';
import type { HttpParts } from '../parts.ts';
import { PROBLEMS, ProblemRaised, raise } from '../problems.ts';
import type { HttpApp } from '../route.ts';
import { noContent } from '../routes/support.ts';
import { goOnPage } from './go-on-page.ts';
import { isSameOrigin } from './same-origin.ts';
import { beginUserSession } from './self-service-routes.ts';
import { beginAdministratorSession, type SessionRouteTools, WEB_TAG } from './session-routes.ts';

type Failure = OidcFailure | 'no-role' | 'no-mailbox' | 'too-many';

/** Failures that nobody learns anything by who guesses. */
const PROVES_NOTHING: ReadonlySet<Failure> = new Set(['cancelled', 'expired', 'unavailable']);

const HOME = { administrator: '/admin', user: '/me' } as const;

const PAGE = { description: 'A page.', content: { 'text/html': { schema: Type.String() } } };

/** A cookie has some kilobytes, however many keys the key file has. The first is that of the current key. */
const MOST_DIGESTS = 10;

const StartQuery = Type.Object(
  {
    for: Type.Unsafe<'admin' | 'me'>({ type: 'string', enum: ['admin', 'me'], description: 'Who signs in.' }),
    to: Type.Optional(Type.String({ maxLength: 1_000, description: 'The page to go on to.' })),
  },
  { additionalProperties: false },
);

/** The page to go on to, if it is one of these pages: nothing that a browser could take for another place. */
function pageOf(to: string | undefined, home: string): string {
  if (to === undefined || !/^\/(admin|me)([/?]|$)/.test(to) || /[\\\p{Cc}]/u.test(to)) return home;
  const { origin, pathname, search } = new URL(to, 'http://here.invalid');
  const isOurs = origin === 'http://here.invalid' && /^\/(admin|me)(\/|$)/.test(pathname);
  return isOurs ? `${pathname}${search}` : home;
}

function notOffered(): never {
  return raise({ name: 'not-offered', detail: 'No identity provider is set up for the pages.' });
}

interface Tools {
  readonly oidc: OidcSignIn;
  readonly redirectUri: string;
}

function toolsOf({ oidc, origin }: HttpParts['web']): Tools {
  const pages = origin();
  if (oidc === undefined || pages === undefined) return notOffered();
  return { oidc, redirectUri: `${pages}/web/oidc/callback` };
}

/** Where somebody is told that it has failed. @param wait for so many seconds, where that helps. */
function failurePage(as: SignInWish['as'], reason: Failure, wait?: number): string {
  return `${HOME[as]}/sign-in?failed=${reason}${wait === undefined ? '' : `&wait=${wait}`}`;
}

/** What {@link raise} refuses for now, as people who have only a browser can read it. Throws what is anything else. */
function tooManyPage(reply: FastifyReply, as: SignInWish['as'], error: unknown): FastifyReply {
  if (!(error instanceof ProblemRaised) || error.problem.name !== 'too-many-requests') throw error;
  const { name, retryAfter = 1 } = error.problem;
  reply.code(PROBLEMS[name].status).header('retry-after', String(retryAfter));
  return goOnPage(reply, failurePage(as, 'too-many', retryAfter));
}

async function recordFailure({ refusals }: HttpParts, request: FastifyRequest, reason: Failure): Promise<void> {
  const details = { method: request.method, route: request.routeOptions.url ?? '' };
  const unknown = { action: 'authentication-failed', actor: { kind: 'unknown' } } as const;
  await refusals.record({ ...unknown, address: request.source, reason: `oidc-${reason}`, details });
}

/** Carries out what somebody wished who comes back from the identity provider; answers 429 to whoever may not yet. */
async function comeBack(
  parts: HttpParts,
  gate: Gate,
  request: FastifyRequest,
  reply: FastifyReply,
  { oidc, redirectUri, wish }: Tools & { readonly wish: Transaction },
): Promise<FastifyReply> {
  gate.takeAttempt(request.source);
  parts.web.cookies.clearTransaction(reply);
  const [, query = ''] = (request.raw.url ?? '').split('?', 2);
  const finished = await oidc.finish(new URL(`${redirectUri}?${query}`), wish);
  const failure =
    finished.kind === 'failed'
      ? finished.reason
      : await begin(parts, gate, request, reply, { person: finished.person, wish });
  if (failure === undefined || PROVES_NOTHING.has(failure)) gate.giveBack(request.source);
  if (failure === undefined) return goOnPage(reply, wish.to);
  await recordFailure(parts, request, failure);
  return goOnPage(reply, failurePage(wish.as, failure));
}

/** Begins the session that was wished for; why there is none otherwise. */
async function begin(
  parts: HttpParts,
  gate: Gate,
  request: FastifyRequest,
  reply: FastifyReply,
  { person, wish }: { readonly person: OidcPerson; readonly wish: SignInWish },
): Promise<Failure | undefined> {
  if (wish.as === 'administrator') {
    if (person.roles.length === 0) return 'no-role';
    const principal = { ...person, via: 'oidc', expiresAt: undefined } as const;
    await beginAdministratorSession(parts, request, reply, principal, { gate, former: wish.former });
    return undefined;
  }
  const mailbox = person.address === undefined ? undefined : await parts.web.selfService.mailboxOf(person.address);
  if (mailbox === undefined) return 'no-mailbox';
  const begun = await beginUserSession(parts, request, reply, mailbox, { by: 'oidc', gate, former: wish.former });
  return begun === undefined ? 'no-mailbox' : undefined;
}

function startRoute(app: HttpApp, parts: HttpParts): void {
  const { cookies, sessions } = parts.web;
  app.get(
    '/oidc/start',
    {
      config: { roles: 'public', problems: ['not-offered'] },
      schema: {
        operationId: 'startOidc',
        summary: 'Sign in at the identity provider',
        tags: [WEB_TAG],
        querystring: StartQuery,
        response: {
          302: noContent(
            'To the identity provider; to the page for signing in when it cannot be asked, or another site asks.',
          ),
        },
      },
    },
    async (request, reply) => {
      const { oidc, redirectUri } = toolsOf(parts.web);
      const as = request.query.for === 'me' ? 'user' : 'administrator';
      // Another site could have somebody signed in, and lose them what they had open, without their doing anything.
      if (!isSameOrigin(request, parts.publicUrl)) return reply.redirect(`${HOME[as]}/sign-in`, 302);
      const former = sessions.digestsOf(cookies.session(request, as)).slice(0, MOST_DIGESTS);
      const wish: SignInWish = { as, to: pageOf(request.query.to, HOME[as]), former };
      const begun = await oidc.begin(wish, redirectUri);
      if (begun === undefined) return reply.redirect(failurePage(as, 'unavailable'), 302);
      cookies.setTransaction(reply, begun.sealed, TRANSACTION_LIFETIME / 1_000);
      return reply.redirect(begun.url, 302);
    },
  );
}

function callbackRoute(app: HttpApp, parts: HttpParts, { gate }: SessionRouteTools): void {
  const { cookies } = parts.web;
  app.get(
    '/oidc/callback',
    {
      config: { roles: 'public', problems: ['not-offered', 'overloaded'] },
      schema: {
        operationId: 'finishOidc',
        summary: 'Come back from the identity provider',
        description:
          'A page that goes on by itself: the browser came from another site, and sends the cookie of its session only when a page of this one has sent it on.',
        tags: [WEB_TAG],
        response: {
          200: PAGE,
          429: { ...PAGE, description: 'A page that tells how long to wait, as `Retry-After` does.' },
        },
      },
    },
    async (request, reply) => {
      const { oidc, redirectUri } = toolsOf(parts.web);
      const wish = oidc.opened(cookies.transaction(request));
      // Whatever page has sent the browser here: nobody has begun to sign in, so nobody has failed.
      if (wish === undefined) return goOnPage(reply, failurePage('administrator', 'expired'));
      try {
        return await comeBack(parts, gate, request, reply, { oidc, redirectUri, wish });
      } catch (error) {
        return tooManyPage(reply, wish.as, error);
      }
    },
  );
}

/** Signing in at an identity provider, for administrators and users. */
export function oidcRoutes(app: HttpApp, parts: HttpParts, tools: SessionRouteTools): void {
  startRoute(app, parts);
  callbackRoute(app, parts, tools);
}
