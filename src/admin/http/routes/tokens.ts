import Type from 'typebox';
import type { AccessToken, AccessTokenId } from '../../../services/ports/access-token-store.ts';
import type { HttpParts, RoutePlugin } from '../parts.ts';
import { requesterOf } from '../principal.ts';
import { raise } from '../problems.ts';
import type { HttpApp } from '../route.ts';
import { IdempotencyHeaders, pageQuery, refTo, WhatIfQuery } from '../schemas/common.ts';
import * as schemas from '../schemas/tokens.ts';

const TAG = 'Access';
const ROLES = ['organization-management'] as const;

const textOf = (moment: number | undefined): string | null =>
  moment === undefined ? null : new Date(moment).toISOString();

function tokenAnswer({ id, name, role, createdAt, createdBy, expiresAt, lastUsedAt }: AccessToken) {
  return {
    id,
    name,
    role,
    createdAt: new Date(createdAt).toISOString(),
    createdBy,
    expiresAt: textOf(expiresAt),
    lastUsedAt: textOf(lastUsedAt),
  };
}

function listRoute(app: HttpApp, { accessTokens }: HttpParts): void {
  app.get(
    '/tokens',
    {
      config: { roles: ROLES },
      schema: {
        operationId: 'listTokens',
        summary: 'List access tokens',
        description: 'In the order of their names. Expired ones stay until they are removed.',
        tags: [TAG],
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: refTo(schemas.AccessTokenList) },
      },
    },
    async ({ query: { limit = 50, cursor } }) => {
      const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString();
      const found = await accessTokens.list(after, limit + 1);
      const items = found.slice(0, limit);
      const last = found.length > limit ? items.at(-1) : undefined;
      return {
        items: items.map(tokenAnswer),
        next: last === undefined ? null : Buffer.from(last.name).toString('base64url'),
      };
    },
  );
}

function createRoute(app: HttpApp, { accessTokens }: HttpParts): void {
  app.post(
    '/tokens',
    {
      config: { roles: ROLES, problems: ['name-taken', 'setting-refused'], answersSecret: true },
      schema: {
        operationId: 'createToken',
        summary: 'Make an access token',
        description: 'The token is in the answer, this once. The answer is not kept for a repeat of the request.',
        tags: [TAG],
        querystring: WhatIfQuery,
        headers: IdempotencyHeaders,
        body: refTo(schemas.NewAccessToken),
        response: { 201: refTo(schemas.CreatedAccessToken), 200: refTo(schemas.CreatedAccessToken) },
      },
    },
    async (request, reply) => {
      const { name, role, expiresInDays = 90 } = request.body;
      const { whatIf = false } = request.query;
      const wanted = { name, role, expiresInDays: expiresInDays ?? undefined };
      const created = await accessTokens.create(wanted, requesterOf(request), whatIf);
      switch (created.kind) {
        case 'name-taken':
          return raise({ name: 'name-taken', detail: 'Another token has this name.' });
        case 'not-a-name': {
          const { maximum } = created;
          const detail = `A name has something to see, no control characters, and up to ${maximum} characters.`;
          return raise({ name: 'setting-refused', detail, more: { setting: 'name', rule: 'not-a-name', maximum } });
        }
        case 'created': {
          const answer = tokenAnswer(created.accessToken);
          if (created.secret === undefined) return reply.code(200).send({ ...answer, whatIf: true });
          reply.header('location', `/api/v1/tokens/${answer.id}`);
          return reply.code(201).send({ ...answer, token: created.secret });
        }
      }
    },
  );
}

function removeRoute(app: HttpApp, { accessTokens }: HttpParts): void {
  app.delete(
    '/tokens/:id',
    {
      config: { roles: ROLES, problems: ['no-such-token', 'last-way-in'] },
      schema: {
        operationId: 'removeToken',
        summary: 'Remove an access token',
        description: 'It is refused from then on. The last one of Organization Management is not removed.',
        tags: [TAG],
        params: Type.Object({ id: Type.String({ maxLength: 100, description: 'Its id.' }) }),
        querystring: WhatIfQuery,
        response: { 200: refTo(schemas.AccessToken), 204: Type.Null({ description: 'It is removed.' }) },
      },
    },
    async (request, reply) => {
      const { whatIf = false } = request.query;
      const removed = await accessTokens.remove(request.params.id as AccessTokenId, requesterOf(request), whatIf);
      switch (removed.kind) {
        case 'no-such-token':
          return raise({ name: 'no-such-token', detail: 'No access token has this id.' });
        case 'last-way-in':
          return raise({ name: 'last-way-in', detail: 'No other token of Organization Management is valid.' });
        case 'removed':
          if (whatIf) return reply.code(200).send({ ...tokenAnswer(removed.accessToken), whatIf: true });
          return reply.code(204).send(null);
      }
    },
  );
}

/** Access tokens: who is let in by one, new ones, and removing one. */
export const tokenRoutes: RoutePlugin = (app, parts) => {
  listRoute(app, parts);
  createRoute(app, parts);
  removeRoute(app, parts);
};
