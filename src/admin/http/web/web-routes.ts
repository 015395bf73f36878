import type { HttpParts } from '../parts.ts';
import type { HttpApp } from '../route.ts';
import { refTo } from '../schemas/common.ts';
import { WebConfig } from '../schemas/web.ts';
import { oidcRoutes } from './oidc-routes.ts';
import { selfServiceRoutes, selfServiceWay } from './self-service-routes.ts';
import { type SessionRouteTools, sessionRoutes, WEB_TAG } from './session-routes.ts';

/** Where the addresses for the pages' own sessions begin. */
export const WEB = '/web';

function configRoute(app: HttpApp, { web }: HttpParts): void {
  const { oidc, version } = web;
  app.get(
    '/config',
    {
      config: { roles: 'public' },
      schema: {
        operationId: 'getWebConfig',
        summary: 'What the pages need to know first',
        tags: [WEB_TAG],
        response: { 200: refTo(WebConfig, 'It.') },
      },
    },
    async () => ({
      oidc: oidc === undefined ? null : { name: oidc.name },
      selfService: selfServiceWay(web) ?? null,
      locale: 'en-US',
      version,
    }),
  );
}

/** What only browsers use: sessions, and what users do with their own mailbox. */
export function webRoutes(app: HttpApp, parts: HttpParts, tools: SessionRouteTools): void {
  app.register(
    async (web: HttpApp) => {
      configRoute(web, parts);
      sessionRoutes(web, parts, tools);
      oidcRoutes(web, parts, tools);
      web.register(async (me: HttpApp) => selfServiceRoutes(me, parts, tools), { prefix: '/me' });
    },
    { prefix: WEB },
  );
}
