import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MailboxId } from '../../domain/mailbox.ts';
import { ROLES, type Role } from '../../domain/role.ts';
import { csrfTokenOf } from '../../services/web-sessions.ts';
import {
  AnswerRecorder,
  commonStatuses,
  isDescribed,
  type RegisteredRoute,
} from '../../testing/http/answer-recorder.ts';
import { type ApiMailbox, type StockedApi, startStockedApi } from '../../testing/http/stocked-api.ts';
import type { TestAnswer, TestRequest } from '../../testing/http/test-api.ts';
import { BY_TEST } from '../../testing/test-service.ts';
import { isForSession } from './route.ts';

/**
 * Who may use which route (SPEC §5), written down apart from the routes: a letter for each of Organization Management, UM
 * Management, Help Desk and View-Only; `administrator` or `user` for who is signed in with a browser, whatever token there
 * is; or `everybody`, even without a token. A new route has to be entered here.
 */
const WHO_MAY: Readonly<Record<string, string>> = {
  'GET /api/v1/me': 'OUHV',
  'GET /api/v1/tokens': 'O',
  'POST /api/v1/tokens': 'O',
  'DELETE /api/v1/tokens/:id': 'O',
  'GET /api/v1/sessions': 'O',
  'DELETE /api/v1/sessions/:person': 'O',
  'DELETE /api/v1/sessions/:person/:id': 'O',
  'GET /api/v1/mailboxes': 'OUHV',
  'POST /api/v1/mailboxes': 'OU',
  'GET /api/v1/mailboxes/:identity': 'OUHV',
  'PATCH /api/v1/mailboxes/:identity': 'OU',
  'DELETE /api/v1/mailboxes/:identity': 'OU',
  'GET /api/v1/mailboxes/:identity/pin': 'OUHV',
  'POST /api/v1/mailboxes/:identity/pin/reset': 'OUH',
  'POST /api/v1/mailboxes/:identity/lock': 'OUH',
  'POST /api/v1/mailboxes/:identity/unlock': 'OUH',
  'GET /api/v1/mailboxes/:identity/timeline': 'OUHV',
  'GET /api/v1/mailboxes/:identity/mail': 'OUHV',
  'POST /api/v1/mailboxes/:identity/mail/:id/retry': 'OUH',
  'GET /api/v1/dial-plans': 'OUHV',
  'POST /api/v1/dial-plans': 'OU',
  'GET /api/v1/dial-plans/:plan': 'OUHV',
  'PATCH /api/v1/dial-plans/:plan': 'OU',
  'DELETE /api/v1/dial-plans/:plan': 'OU',
  'GET /api/v1/mailbox-policies': 'OUHV',
  'POST /api/v1/mailbox-policies': 'OU',
  'GET /api/v1/mailbox-policies/:policy': 'OUHV',
  'PATCH /api/v1/mailbox-policies/:policy': 'OU',
  'DELETE /api/v1/mailbox-policies/:policy': 'OU',
  'GET /api/v1/audit': 'OUHV',
  'GET /api/v1/audit/export': 'OUV',
  'POST /api/v1/audit/verify': 'OUV',
  'GET /api/v1/calls': 'OUHV',
  'DELETE /api/v1/calls/:id': 'OU',
  'GET /api/v1/overview': 'OUHV',
  'GET /api/v1/events': 'OUHV',
  'GET /': 'everybody',
  'GET /admin': 'everybody',
  'GET /admin/*': 'everybody',
  'GET /me': 'everybody',
  'GET /me/*': 'everybody',
  'GET /web/config': 'everybody',
  'POST /web/session': 'everybody',
  'GET /web/oidc/start': 'everybody',
  'GET /web/oidc/callback': 'everybody',
  'POST /web/me/links': 'everybody',
  'POST /web/me/session': 'everybody',
  'GET /web/me/session': 'user',
  'DELETE /web/me/session': 'user',
  'DELETE /web/me/sessions': 'user',
  'GET /web/me/mailbox': 'user',
  'POST /web/me/pin-resets': 'user',
  'POST /web/me/reports': 'user',
  'GET /web/session': 'administrator',
  'DELETE /web/session': 'administrator',
  'DELETE /web/sessions': 'administrator',
  'GET /api/v1/problems/:name': 'everybody',
  'GET /api/v1/openapi.json': 'everybody',
  'GET /api/v1/docs': 'everybody',
  'GET /api/v1/docs/json': 'everybody',
  'GET /api/v1/docs/yaml': 'everybody',
  'GET /api/v1/docs/static/*': 'everybody',
  'HEAD /api/v1/docs/static/*': 'everybody',
  'GET /api/v1/docs/static/index.html': 'everybody',
  'GET /api/v1/docs/static/swagger-initializer.js': 'everybody',
};

const LETTERS: Readonly<Record<Role, string>> = {
  'organization-management': 'O',
  'um-management': 'U',
  'help-desk': 'H',
  'view-only': 'V',
};

const DAY = 86_400_000;
const recorder = new AnswerRecorder();
const nameOf = ({ method, url }: RegisteredRoute): string => `${method} ${url}`;

let api: StockedApi;
let expired: string;
let mailbox: ApiMailbox;
let requests = 0;

beforeAll(async () => {
  api = await startStockedApi({ recorder, parts: () => ({ isTrustedProxy: () => true }) });
  mailbox = await api.mailbox();
  const { accessTokens } = api;
  const made = await accessTokens.create(
    { name: 'old', role: 'organization-management', expiresInDays: 1 },
    BY_TEST,
    false,
  );
  expired = made.kind === 'created' ? (made.secret ?? '') : '';
  await api.service.clock.advance(DAY);
});
afterAll(() => api.close());

/** An address of its own for each request, so that none has to wait for what others did wrong. */
function freshAddress(): string {
  requests++;
  return `10.${requests >> 16}.${(requests >> 8) & 255}.${requests & 255}`;
}

/** Sends something to a route that none of its parameters names anything for. */
function send(route: RegisteredRoute, request: TestRequest & { readonly query?: string; readonly parameter?: string }) {
  const { query = '', parameter = 'none', headers = {}, ...rest } = request;
  const path = route.url
    .replace(/:\w+/g, parameter)
    .replace('*', 'index.css')
    .replace(/^\/api\/v1/, '');
  const method = route.method as NonNullable<TestRequest['method']>;
  const target = route.url.startsWith('/api/v1') ? `${path}${query}` : `/${path}${query}`;
  return api.ask(target, { method, headers: { 'x-forwarded-for': freshAddress(), ...headers }, ...rest });
}

const hasBody = ({ options }: RegisteredRoute): boolean => options.schema?.body !== undefined;
const isPublic = ({ options }: RegisteredRoute): boolean => options.config?.roles === 'public';
const isSessions = ({ options }: RegisteredRoute): boolean => isForSession(options.config?.roles);

/** The cookie that a route for sessions knows somebody by. */
function cookieNameOf({ options }: RegisteredRoute): string {
  return options.config?.roles === 'user-session' ? 'touchtone-me' : 'touchtone';
}

/** What a browser that is signed in sends to a route; a new session, for the route may end it. */
async function signedIn(route: RegisteredRoute): Promise<Readonly<Record<string, string>>> {
  const isUser = route.options.config?.roles === 'user-session';
  const begun = await api.web.sessions.begin(
    {
      // Somebody else each time, for nobody may begin many.
      person: isUser ? `mailbox ${mailbox.id}` : `oidc ${requests}`,
      name: isUser ? mailbox.address : 'ann',
      roles: isUser ? [] : ['organization-management'],
      signedInBy: 'oidc',
      tokenId: undefined,
      mailboxId: isUser ? (mailbox.id as MailboxId) : undefined,
      expiresAt: undefined,
    },
    freshAddress(),
  );
  const secret = begun.kind === 'begun' ? begun.secret : expect.fail(begun.kind);
  return { cookie: `${cookieNameOf(route)}=${secret}`, 'x-csrf-token': csrfTokenOf(secret) };
}

describe('every route', () => {
  it('is entered in the list of who may use it, and nothing else is', () => {
    expect(api.routes.map(nameOf).sort()).toEqual(Object.keys(WHO_MAY).sort());
  });

  it('lets in whoever may use it, and nobody else', async () => {
    const wrong: string[] = [];
    for (const route of api.routes) {
      const who = WHO_MAY[nameOf(route)] ?? '';
      const body = hasBody(route) ? { body: {} } : {};
      const check = ({ status }: TestAnswer, as: string, isLetIn: boolean, refusal: number): void => {
        const isRight = isLetIn ? status !== 401 && status !== 403 : status === refusal;
        if (!isRight) wrong.push(`${nameOf(route)} as ${as}: ${status}`);
      };
      for (const role of ROLES) {
        check(
          await send(route, { as: role, ...body }),
          role,
          who === 'everybody' || who.includes(LETTERS[role]),
          isSessions(route) ? 401 : 403,
        );
      }
      if (isSessions(route)) {
        const headers = await signedIn(route);
        check(await send(route, { as: 'nobody', ...body, headers }), 'the session', true, 401);
        const other = headers.cookie?.startsWith('touchtone-me') === true ? 'touchtone' : 'touchtone-me';
        const cookie = headers.cookie?.replace(/^[\w-]+/, other) ?? '';
        check(await send(route, { as: 'nobody', ...body, headers: { ...headers, cookie } }), 'the other', false, 401);
      }
      const strangers = {
        nobody: 'nobody',
        expired: { token: expired },
        garbage: { token: `tt_${'x'.repeat(43)}` },
      } as const;
      for (const [name, as] of Object.entries(strangers)) {
        check(await send(route, { as, ...body }), name, who === 'everybody', 401);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('refuses what it cannot read', async () => {
    for (const route of api.routes.filter((one) => commonStatuses(one).has(400))) {
      const { querystring, params } = route.options.schema ?? {};
      if (isSessions(route)) await send(route, { as: 'nobody', body: '{', headers: await signedIn(route) });
      else if (hasBody(route)) await send(route, { body: '{' });
      else if (querystring !== undefined) await send(route, { query: '?nonsense=1&limit=x&whatIf=x' });
      else if (params !== undefined) await send(route, { parameter: 'x'.repeat(2_000) });
      else await send(route, { headers: { 'idempotency-key': 'a b' } });
    }
    for (const route of api.routes.filter(hasBody)) {
      const headers = isSessions(route) ? await signedIn(route) : {};
      const as = isSessions(route) ? 'nobody' : 'organization-management';
      expect((await send(route, { as, headers, body: JSON.stringify({ long: 'x'.repeat(70_000) }) })).status).toBe(413);
      const text = { ...headers, 'content-type': 'text/plain' };
      expect((await send(route, { as, headers: text, body: '{}' })).status).toBe(415);
    }
  });

  it('changes nothing because of a page of another site', async () => {
    const isChange = ({ method }: RegisteredRoute): boolean => method !== 'GET' && method !== 'HEAD';
    for (const route of api.routes.filter((one) => !isPublic(one) && isChange(one))) {
      const { cookie = '' } = await signedIn(route);
      const answer = await send(route, { as: 'nobody', headers: { cookie } });
      expect([nameOf(route), answer.status, answer.text]).toEqual([
        nameOf(route),
        403,
        expect.stringContaining('/csrf'),
      ]);
    }
  });

  it('lets nobody try many tokens', async () => {
    const headers = { 'x-forwarded-for': freshAddress() };
    const as = { token: 'wrong' };
    for (let attempt = 0; attempt < 20; attempt++) expect((await api.ask('/me', { as, headers })).status).toBe(401);
    for (const route of api.routes.filter((one) => !isPublic(one))) {
      const cookie = `${cookieNameOf(route)}=${'x'.repeat(43)}`;
      const answer = await (isSessions(route)
        ? send(route, { as: 'nobody', headers: { ...headers, cookie } })
        : send(route, { as, headers }));
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '3']);
    }
  });

  it('knows requests again by their keys', async () => {
    const key = { 'idempotency-key': 'one' };
    const takesKeys = (one: RegisteredRoute): boolean => one.method === 'POST' && !isPublic(one) && !isSessions(one);
    for (const route of api.routes.filter(takesKeys)) {
      const me = await api.service.database.accessTokens.byName('organization-management');
      const at = api.service.clock.now();
      const put = (digest: string) =>
        api.service.database.idempotency.put(
          { requester: `token ${me?.id}`, key: 'one' },
          { digest, state: { kind: 'under-way', attempt: 'other', until: at + 60_000 } },
          at,
        );
      const path = route.url.replace(/:\w+/g, 'none');
      await put(api.service.digests.digest(JSON.stringify(['POST', path, { a: 1 }])));
      expect((await send(route, { body: { a: 1 }, headers: key })).status).toBe(409);
      await put(api.service.digests.digest('something else'));
      expect((await send(route, { body: { a: 1 }, headers: key })).status).toBe(422);
    }
  });

  it('says when to try again when the database fails', async () => {
    const headers = { cookie: `touchtone=${'x'.repeat(43)}; touchtone-me=${'x'.repeat(43)}` };
    await api.service.stored.run('alter table access_token rename to away');
    await api.service.stored.run('alter table web_session rename to away_too');
    for (const route of api.routes.filter((one) => !isPublic(one))) {
      const answer = await send(route, isSessions(route) ? { as: 'nobody', headers } : {});
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      expect(answer.text).not.toMatch(/sqlite|access_token|away|node_modules/i);
    }
    await api.service.stored.run('alter table away rename to access_token');
    await api.service.stored.run('alter table away_too rename to web_session');
    expect((await api.ask('/me')).status).toBe(200);
  });

  it('was answered in each of the ways that are documented for routes of its sort', () => {
    expect(recorder.missing(api.routes, commonStatuses)).toEqual([]);
  });

  it('has a suite that provokes what else is documented of it', async () => {
    const covered: string[] = [];
    for await (const file of glob('**/*.test.ts', { cwd: import.meta.dirname })) {
      const source = readFileSync(join(import.meta.dirname, file), 'utf8');
      for (const [, list = ''] of source.matchAll(/\.missingOf\(\s*[\w.]+,\s*\[([^\]]*)\]/g)) {
        covered.push(...[...list.matchAll(/'([^']+)'/g)].map(([, prefix = '']) => prefix));
      }
    }
    const uncovered = api.routes
      .filter(isDescribed)
      .filter(({ url }) => !covered.some((prefix) => url === prefix || url.startsWith(`${prefix}/`)));
    expect(uncovered.map(nameOf)).toEqual([]);
  });
});
