import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Mailbox, MailboxId } from '../../../domain/mailbox.ts';
import { ownMailboxAnswer } from '../answers/own-mailbox-answer.ts';
import { FailureLimit } from '../failure-limit.ts';
import type { HttpParts } from '../parts.ts';
import { raise } from '../problems.ts';
import type { HttpApp } from '../route.ts';
import { emptyBodyIsEmpty } from '../routes/support.ts';
import { refTo } from '../schemas/common.ts';
import {
  type UserSession as Answer,
  LinkRequest,
  LinkSignIn,
  Nothing,
  OwnMailbox,
  OwnReport,
  OwnReset,
  UserSession,
} from '../schemas/web.ts';
import { type BrowserSession, noSession } from './browser-session.ts';
import type { SelfServiceWay } from './parts.ts';
import {
  type BeginTools,
  requireOwnPage,
  type SessionRouteTools,
  sessionFacts,
  sessionOf,
  signOutRoutes,
  WEB_TAG,
} from './session-routes.ts';

/** Links that may be asked for from one source: five at once, then one a minute. */
const LINKS_OF_SOURCE = { atOnce: 5, oneIn: 60_000 };

const USER = 'user-session';

/** How users prove who they are here; undefined where they cannot. */
export function selfServiceWay({ oidc, origin }: HttpParts['web']): SelfServiceWay | undefined {
  if (oidc !== undefined) return 'oidc';
  return origin() === undefined ? undefined : 'link';
}

function userAnswer(found: Pick<BrowserSession, 'secret' | 'session'>, { address, displayName }: Mailbox): Answer {
  const signedInBy = found.session.signedInBy === 'oidc' ? 'oidc' : 'link';
  return { kind: 'user', address, displayName, signedInBy, ...sessionFacts(found) };
}

/** Whose session a request belongs to. */
function ownId(request: FastifyRequest): MailboxId {
  return sessionOf(request).session.mailboxId ?? noSession();
}

/** Begins the session of a user, and gives the browser its secret. */
export async function beginUserSession(
  { web: { sessions, cookies } }: Pick<HttpParts, 'web'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { id: mailboxId, address: name }: Mailbox,
  { by: signedInBy, gate, former = [] }: BeginTools & { readonly by: 'oidc' | 'link' },
): Promise<Pick<BrowserSession, 'secret' | 'session'>> {
  const begun = await sessions.begin(
    {
      person: `mailbox ${mailboxId}`,
      name,
      roles: [],
      signedInBy,
      tokenId: undefined,
      mailboxId,
      expiresAt: undefined,
    },
    request.source,
    [...former, ...sessions.digestsOf(cookies.session(request, 'user'))],
  );
  gate.know(begun.secret);
  cookies.setSession(reply, 'user', begun.secret);
  return begun;
}

function linkRoute(app: HttpApp, parts: HttpParts): void {
  const limit = new FailureLimit(parts.clock, LINKS_OF_SOURCE);
  const { links, origin } = parts.web;
  app.post(
    '/links',
    {
      config: { roles: 'public', problems: ['csrf', 'not-offered', 'too-many-requests'] },
      schema: {
        operationId: 'askForLink',
        summary: 'Have a link mailed',
        description:
          'A link to the mailbox’s own address, good once and for 15 minutes; three an hour for one address. The answer is the same, and as soon, whether or not there is such a mailbox.',
        tags: [WEB_TAG],
        body: refTo(LinkRequest),
        response: { 202: refTo(Nothing, 'If there is such a mailbox, the link is on its way.') },
      },
      // Once it has been answered, so that the time until then says nothing of the address.
      onResponse: async ({ body: { address }, source }, { statusCode }) => {
        const pages = origin();
        if (statusCode === 202 && pages !== undefined) links.ask(address.trim(), source, pages);
      },
    },
    async (request, reply) => {
      requireOwnPage(request, parts);
      if (selfServiceWay(parts.web) !== 'link') {
        return raise({ name: 'not-offered', detail: 'Users prove who they are in another way here, or not at all.' });
      }
      const attempt = limit.take(request.source);
      if (attempt.kind === 'used-up') {
        const detail = 'Too many links were asked for from your address.';
        return raise({ name: 'too-many-requests', detail, retryAfter: attempt.seconds });
      }
      return reply.code(202).send({});
    },
  );
}

function signInRoute(app: HttpApp, parts: HttpParts, { gate }: SessionRouteTools): void {
  const { links, selfService } = parts.web;
  app.post(
    '/session',
    {
      config: { roles: 'public', problems: ['csrf', 'link-used-up', 'overloaded', 'too-many-requests'] },
      schema: {
        operationId: 'beginUserSession',
        summary: 'Sign in with a link',
        description: 'Uses the link up. Only this does; looking at the page does not.',
        tags: [WEB_TAG],
        body: refTo(LinkSignIn),
        response: { 200: refTo(UserSession, 'The session; the browser has its cookie.') },
      },
    },
    async (request, reply) => {
      requireOwnPage(request, parts);
      gate.takeAttempt(request.source);
      const id = await links.use(request.body.token);
      const mailbox = id && (await selfService.mailbox(id));
      if (mailbox === undefined) {
        return raise({ name: 'link-used-up', detail: 'This link was used, is too old, or was never one.' });
      }
      gate.giveBack(request.source);
      return userAnswer(await beginUserSession(parts, request, reply, mailbox, { by: 'link', gate }), mailbox);
    },
  );
}

function lookRoutes(app: HttpApp, { web: { selfService } }: HttpParts): void {
  app.get(
    '/session',
    {
      config: { roles: USER, forgetsSession: true },
      schema: {
        operationId: 'getUserSession',
        summary: 'Which user is signed in?',
        tags: [WEB_TAG],
        response: { 200: refTo(UserSession, 'The session.') },
      },
    },
    async (request) => userAnswer(sessionOf(request), (await selfService.mailbox(ownId(request))) ?? noSession()),
  );
  app.get(
    '/mailbox',
    {
      config: { roles: USER },
      schema: {
        operationId: 'getOwnMailbox',
        summary: 'Look at one’s own mailbox',
        tags: [WEB_TAG],
        response: { 200: refTo(OwnMailbox, 'The mailbox.') },
      },
    },
    async (request) => ownMailboxAnswer((await selfService.look(ownId(request))) ?? noSession()),
  );
}

function actionRoutes(app: HttpApp, { web: { selfService } }: HttpParts): void {
  app.post(
    '/pin-resets',
    {
      config: { roles: USER },
      preValidation: emptyBodyIsEmpty,
      schema: {
        operationId: 'resetOwnPin',
        summary: 'Have a new PIN mailed',
        description: 'It is generated, and has to be changed at the next sign-in. Three an hour.',
        tags: [WEB_TAG],
        body: refTo(Nothing),
        response: { 200: refTo(OwnReset, 'It is on its way.') },
      },
    },
    async (request) => {
      const result = await selfService.resetPin(ownId(request), request.source);
      switch (result.kind) {
        case 'no-such-mailbox':
          return noSession();
        case 'too-many': {
          const detail = 'Three PINs have been mailed in the last hour.';
          return raise({ name: 'too-many-requests', detail, retryAfter: result.retryAfter });
        }
        case 'reset':
          return { mailedTo: result.mail.to, status: 'waiting' as const, lockedOut: result.lockedOut };
      }
    },
  );
  app.post(
    '/reports',
    {
      config: { roles: USER },
      preValidation: emptyBodyIsEmpty,
      schema: {
        operationId: 'reportOwnMailbox',
        summary: 'Say “that wasn’t me”',
        description: 'Locks the mailbox until an administrator unlocks it, ends its calls, and tells the operator.',
        tags: [WEB_TAG],
        body: refTo(Nothing),
        response: { 200: refTo(OwnReport, 'It is locked.') },
      },
    },
    async (request) => {
      if (!(await selfService.report(ownId(request), request.source))) return noSession();
      return { lockedOut: true };
    },
  );
}

/** What users do with their own mailbox, and how they sign in for that; below `/web/me`. */
export function selfServiceRoutes(app: HttpApp, parts: HttpParts, tools: SessionRouteTools): void {
  linkRoute(app, parts);
  signInRoute(app, parts, tools);
  lookRoutes(app, parts);
  signOutRoutes(app, parts, 'user');
  actionRoutes(app, parts);
}
