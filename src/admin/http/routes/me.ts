import Type from 'typebox';
import { ROLES } from '../../../domain/role.ts';
import type { RoutePlugin } from '../parts.ts';
import { principalOf } from '../principal.ts';
import { ANY_ROLE } from '../route.ts';

const Me = Type.Object(
  {
    name: Type.String({ description: 'As the audit trail has it.' }),
    roles: Type.Array(Type.Enum([...ROLES])),
    via: Type.Enum(['token', 'oidc']),
    expiresAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'When the token ends; null for one that does not.',
    }),
  },
  { title: 'Me' },
);

/** Who the token says that one is. */
export const meRoutes: RoutePlugin = (app) => {
  app.get(
    '/me',
    {
      config: { roles: ANY_ROLE },
      schema: { operationId: 'getMe', summary: 'Who am I?', tags: ['Access'], response: { 200: Me } },
    },
    async (request) => {
      const { name, roles, via, expiresAt } = principalOf(request);
      return {
        name,
        roles: [...roles],
        via,
        expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
      };
    },
  );
};
