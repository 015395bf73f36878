import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectProblem } from '../../testing/http/stocked-api.ts';
import { startTestApi, type TestApi } from '../../testing/http/test-api.ts';
import { BY_TEST } from '../../testing/test-service.ts';
import { requireRole } from './principal.ts';
import { ANY_ROLE } from './route.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi({
    parts: () => ({ isTrustedProxy: () => true }),
    prepare: (app) => {
      app.register(async (own) => {
        own.post('/api/v1/partly', { config: { roles: ANY_ROLE } }, async (request) => {
          requireRole(request, 'do this', 'um-management');
          return {};
        });
      });
    },
  });
});
afterEach(() => api.close());

const from = (address: string) => ({ 'x-forwarded-for': address });

/** What was recorded since the tokens of the tests were made. */
async function recorded(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const records = await api.service.database.audit.from(1, 1_000);
  return records.map(({ entry }) => JSON.parse(entry)).filter(({ action }) => action !== 'token-created');
}

describe('whoever is not let in', () => {
  it.each([
    ['nothing', undefined, 'no-token'],
    ['a password', 'Basic dG9ueTpzZWNyZXQ=', 'malformed-token'],
    ['no token', 'Bearer', 'malformed-token'],
    ['two tokens', 'Bearer secret-one secret-two', 'malformed-token'],
    ['an unknown token', `Bearer tt_${'x'.repeat(43)}`, 'unknown-token'],
    ['SQL', "Bearer ' or 1=1 --", 'malformed-token'],
  ])('with %s is recorded, with the reason and without the token', async (_what, authorization, reason) => {
    const headers = { ...from('192.0.2.7'), ...(authorization === undefined ? {} : { authorization }) };
    const answer = await api.ask('/me', { as: 'nobody', headers });
    expect(answer.status).toBe(401);
    expect(await recorded()).toEqual([
      {
        action: 'authentication-failed',
        outcome: 'refused',
        actor: { kind: 'unknown' },
        source: { kind: 'http', address: '192.0.2.7' },
        reason,
        details: { method: 'GET', route: '/api/v1/me' },
      },
    ]);
    const secret = authorization?.split(' ')[1] ?? 'Basic dG9';
    expect(JSON.stringify([await api.service.stored.rows(), api.service.log.lines, answer.text])).not.toContain(secret);
  });

  it('as a page that asks on after its session has ended is told so, and not recorded', async () => {
    const page = { 'sec-fetch-site': 'same-origin', ...from('192.0.2.7') };
    for (let count = 0; count < 12; count++) {
      const answer = await api.ask('/me', { as: 'nobody', headers: page });
      expect([answer.status, answer.json]).toMatchObject([401, { type: '/api/v1/problems/no-session' }]);
    }
    expect(await recorded()).toEqual([]);
    for (const headers of [
      { ...page, authorization: 'Bearer wrong' },
      { ...page, 'sec-fetch-site': 'cross-site' },
    ]) {
      expectProblem(await api.ask('/me', { as: 'nobody', headers }), 'authentication-required');
    }
    expect(await recorded()).toMatchObject([{ reason: 'unknown-token' }, { reason: 'no-token' }]);
  });

  it('by the role is recorded by name, wherever that is decided', async () => {
    expect((await api.ask('/tokens', { as: 'um-management' })).status).toBe(403);
    const partly = await api.ask('/partly', { method: 'POST', as: 'help-desk' });
    expect(partly.json).toMatchObject({ status: 403, detail: 'Your role may not do this.' });
    expect((await api.ask('/partly', { method: 'POST', as: 'um-management' })).status).toBe(200);
    expect(await recorded()).toMatchObject([
      {
        action: 'access-refused',
        actor: { name: 'um-management' },
        details: { method: 'GET', route: '/api/v1/tokens' },
      },
      {
        action: 'access-refused',
        actor: { name: 'help-desk' },
        reason: 'help-desk',
        details: { route: '/api/v1/partly' },
      },
    ]);
  });

  it('is answered 503 when that cannot be recorded', async () => {
    await api.service.stored.run('alter table audit_head rename to away');
    const answer = await api.ask('/me', { as: 'nobody' });
    expect(answer.json).toMatchObject({ type: '/api/v1/problems/overloaded', status: 503 });
    expect(answer.text).not.toMatch(/audit_head|table/);
    await api.service.stored.run('alter table away rename to audit_head');
  });
});

describe('a source of many wrong tokens', () => {
  const wrong = (address: string) => api.ask('/me', { as: { token: 'wrong' }, headers: from(address) });

  async function useUp(address: string): Promise<void> {
    const answers = await Promise.all(Array.from({ length: 30 }, () => wrong(address)));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10);
  }

  it('has to wait, others do not, and neither do tokens that were good a while ago', async () => {
    expect((await api.ask('/me', { as: 'help-desk', headers: from('192.0.2.1') })).status).toBe(200);
    await useUp('192.0.2.1');
    const late = await wrong('192.0.2.1');
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '3']);
    expect((await wrong('192.0.2.2')).status).toBe(401);
    expect((await api.ask('/me', { as: 'help-desk', headers: from('192.0.2.1') })).status).toBe(200);
    const unseen = () => api.ask('/me', { as: 'view-only', headers: from('192.0.2.1') });
    expect((await unseen()).status).toBe(429);
    await api.service.clock.advance(3_000);
    expect((await unseen()).status).toBe(200);
  });

  it('does not keep a token going that has been removed', async () => {
    const made = await api.accessTokens.create({ name: 'gone', role: 'view-only', expiresInDays: 1 }, BY_TEST, false);
    if (made.kind !== 'created' || made.secret === undefined) throw new Error('The token was not made');
    const ask = () => api.ask('/me', { as: { token: made.secret ?? '' }, headers: from('192.0.2.1') });
    expect((await ask()).status).toBe(200);
    await useUp('192.0.2.1');
    await api.accessTokens.remove(made.accessToken.id, BY_TEST, false);
    expect((await ask()).status).toBe(401);
    expect((await ask()).status).toBe(429);
  });

  it('is not every request without a token, which tries none', async () => {
    for (let count = 0; count < 40; count++) {
      expect((await api.ask('/me', { as: 'nobody', headers: from('192.0.2.1') })).status).toBe(401);
    }
    expect(await recorded()).toHaveLength(10);
    expect((await api.ask('/me', { as: 'help-desk', headers: from('192.0.2.1') })).status).toBe(200);
  });
});

describe('the log', () => {
  it('has a line for each answer, with the route and who, and neither addresses nor headers', async () => {
    await api.ask('/problems/forbidden?secret=51234', { as: 'nobody', headers: { 'x-secret': 'abc' } });
    await api.ask('/tokens', { method: 'POST', body: { name: 'secretive', role: 'help-desk' } });
    const lines = api.service.log.lines.filter(({ message }) => message === 'A request was answered');
    expect(lines).toMatchObject([
      { level: 'debug', fields: { method: 'GET', route: '/api/v1/problems/:name', status: 200 } },
      { level: 'info', fields: { method: 'POST', status: 201, by: 'organization-management', source: '127.0.0.1' } },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/51234|abc|secretive|Bearer|tt_/);
  });
});
