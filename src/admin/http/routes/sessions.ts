import Type from 'typebox';
import { idleUntil, type SignedInPerson } from '../../../services/web-sessions.ts';
import { momentOf } from '../answers/moment.ts';
import type { HttpParts, RoutePlugin } from '../parts.ts';
import { requesterOf } from '../principal.ts';
import type { HttpApp } from '../route.ts';
import { pageQuery, refTo, WhatIfQuery } from '../schemas/common.ts';
import * as schemas from '../schemas/sessions.ts';
import { markWhatIf, pageAnswer, pageRequest } from './support.ts';

const TAG = 'Access';
const ROLES = ['organization-management'] as const;

const PERSON = Type.String({ description: '`person`, as the list has it.' });

function personAnswer({ person, sessions }: SignedInPerson, current: readonly string[]): schemas.SignedInPerson {
  const newest = sessions[0]?.session;
  const mailboxId = newest?.mailboxId ?? null;
  return {
    person,
    kind: mailboxId === null ? 'administrator' : 'user',
    name: newest?.name ?? '',
    mailboxId,
    sessions: sessions.map(({ id, session }) => ({
      id,
      isCurrent: current.includes(id),
      roles: [...session.roles],
      signedInBy: session.signedInBy,
      address: session.address,
      beganAt: momentOf(session.createdAt),
      lastUsedAt: momentOf(session.lastUsedAt),
      idleUntil: momentOf(idleUntil(session)),
      until: momentOf(session.until),
    })),
  };
}

function listRoute(app: HttpApp, { web: { sessions } }: HttpParts): void {
  app.get(
    '/sessions',
    {
      config: { roles: ROLES },
      schema: {
        operationId: 'listSessions',
        summary: 'See who is signed in with a browser',
        description: 'Administrators and users who have a session that has not ended, a person once.',
        tags: [TAG],
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: refTo(schemas.SignedInPersonList) },
      },
    },
    async ({ query, session }) => {
      const current = session === null ? [] : sessions.idsOf(session.secret);
      const page = await sessions.list(pageRequest(Type.String(), query));
      return pageAnswer(page, (person) => personAnswer(person, current));
    },
  );
}

function endRoute(app: HttpApp, { web: { sessions } }: HttpParts): void {
  app.delete(
    '/sessions/:person',
    {
      config: { roles: ROLES },
      schema: {
        operationId: 'endSessionsOf',
        summary: 'Sign somebody out everywhere',
        description:
          'Ends all sessions of a person, one’s own included. It takes no token away, nor an account at the identity provider: whoever has one can sign in again.',
        tags: [TAG],
        params: Type.Object({ person: PERSON }),
        querystring: WhatIfQuery,
        response: { 200: refTo(schemas.SessionsEnded, 'How many sessions were ended; none is no error.') },
      },
    },
    async (request) => {
      const { person } = request.params;
      const ended = await sessions.endOf({ person }, requesterOf(request), request.query.whatIf === true);
      return markWhatIf({ person, sessions: ended }, request.query);
    },
  );
}

function endOneRoute(app: HttpApp, { web: { sessions } }: HttpParts): void {
  app.delete(
    '/sessions/:person/:id',
    {
      config: { roles: ROLES },
      schema: {
        operationId: 'endSessionOf',
        summary: 'Sign somebody out of one browser',
        description:
          'Ends one session. Whoever has a token, or an account at the identity provider, can sign in again.',
        tags: [TAG],
        params: Type.Object({ person: PERSON, id: Type.String({ description: 'The session’s `id`.' }) }),
        querystring: WhatIfQuery,
        response: { 200: refTo(schemas.SessionsEnded, 'How many were ended: one, or none if it has ended by itself.') },
      },
    },
    async (request) => {
      const { person, id } = request.params;
      const ended = await sessions.endOf({ person, id }, requesterOf(request), request.query.whatIf === true);
      return markWhatIf({ person, sessions: ended }, request.query);
    },
  );
}

/** Browsers that are signed in: whose they are, and signing somebody out. */
export const sessionsRoutes: RoutePlugin = (app, parts) => {
  listRoute(app, parts);
  endRoute(app, parts);
  endOneRoute(app, parts);
};
