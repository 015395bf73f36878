import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRecord } from '../../../domain/is-record.ts';
import { AnswerRecorder } from '../../../testing/http/answer-recorder.ts';
import { startTestApi, type TestAnswer, type TestApi } from '../../../testing/http/test-api.ts';

const recorder = new AnswerRecorder();
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ recorder });
});
afterAll(() => api.close());

const make = (body: unknown, query = '', headers: Readonly<Record<string, string>> = {}): Promise<TestAnswer> =>
  api.ask(`/tokens${query}`, { method: 'POST', body, headers });

/** A member of an answer that is a text; empty when it is none. */
const textIn = ({ json }: TestAnswer, name: string): string =>
  isRecord(json) && typeof json[name] === 'string' ? json[name] : '';

describe('tokens', () => {
  it('are made, shown once, used, listed and removed', async () => {
    const made = await make({ name: 'backup', role: 'view-only', expiresInDays: 30 });
    expect(made.status).toBe(201);
    expect(made.headers.get('cache-control')).toBe('no-store');
    const token = textIn(made, 'token');
    const path = made.headers.get('location')?.replace('/api/v1', '') ?? '';
    expect(made.json).toMatchObject({ name: 'backup', role: 'view-only', createdBy: 'organization-management' });
    expect((await api.ask('/me', { as: { token } })).json).toMatchObject({ name: 'backup', roles: ['view-only'] });
    const list = await api.ask('/tokens');
    expect(list.text).not.toContain(token.slice(3));
    expect(list.json).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ name: 'backup' })]) });
    const whatIf = await api.ask(`${path}?whatIf=true`, { method: 'DELETE' });
    expect(whatIf.json).toMatchObject({ name: 'backup', whatIf: true });
    expect((await api.ask(path, { method: 'DELETE' })).status).toBe(204);
    expect((await api.ask('/me', { as: { token } })).status).toBe(401);
    expect((await api.ask(path, { method: 'DELETE' })).json).toMatchObject({ type: '/api/v1/problems/no-such-token' });
  });

  it('are good for 90 days unless something else is said, or for ever', async () => {
    const now = api.service.clock.now();
    const usual = await make({ name: 'usual', role: 'help-desk' });
    expect(textIn(usual, 'expiresAt')).toBe(new Date(now + 90 * 86_400_000).toISOString());
    const forever = await make({ name: 'for ever', role: 'help-desk', expiresInDays: null });
    expect(forever.json).toMatchObject({ expiresAt: null });
  });

  it.each([
    [{}, '/name'],
    [{ name: 'x', role: 'king' }, '/role'],
    [{ name: 'x', role: 'help-desk', expiresInDays: 0 }, '/expiresInDays'],
    [{ name: 'x', role: 'help-desk', expiresInDays: '30' }, '/expiresInDays'],
    [{ name: 'x', role: 'help-desk', admin: true }, '/admin'],
    [{ name: 5, role: 'help-desk' }, '/name'],
    [[], ''],
    ['"text"', ''],
  ])('are not made from %j', async (body, path) => {
    const answer = await make(body);
    expect(answer.status).toBe(400);
    const errors = isRecord(answer.json) && Array.isArray(answer.json.errors) ? answer.json.errors : [];
    expect(errors.map((error: unknown) => (isRecord(error) ? error.path : ''))).toContain(path);
  });

  it('have names of their own that people can read', async () => {
    await make({ name: 'Own', role: 'help-desk' });
    expect((await make({ name: 'own', role: 'help-desk' })).json).toMatchObject({
      type: '/api/v1/problems/name-taken',
    });
    const unreadable = await make({ name: ' \u0000', role: 'help-desk' });
    expect(unreadable.json).toMatchObject({ type: '/api/v1/problems/setting-refused', setting: 'name', maximum: 64 });
    expect((await make({ name: 'rehearsed', role: 'help-desk' }, '?whatIf=true')).json).toMatchObject({ whatIf: true });
    expect((await api.ask('/tokens')).text).not.toContain('rehearsed');
  });

  it('are listed a page at a time', async () => {
    const names: unknown[] = [];
    for (let query = '?limit=2'; query !== ''; ) {
      const { json } = await api.ask(`/tokens${query}`);
      if (!isRecord(json) || !Array.isArray(json.items)) throw new Error('There is no list');
      names.push(...json.items.map((item: unknown) => (isRecord(item) ? item.name : '')));
      query = typeof json.next === 'string' ? `?limit=2&cursor=${json.next}` : '';
    }
    expect(names).toEqual([...names].sort((a, b) => String(a).localeCompare(String(b))));
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(5);
  });

  it('keep one of Organization Management', async () => {
    const { database } = api.service;
    const { id = '' } = (await database.accessTokens.byName('organization-management')) ?? {};
    const answer = await api.ask(`/tokens/${id}`, { method: 'DELETE' });
    expect(answer.json).toMatchObject({ type: '/api/v1/problems/last-way-in', status: 409 });
  });

  it('are made once under an idempotency key, and not shown a second time', async () => {
    const key = { 'idempotency-key': 'once' };
    const body = { name: 'once', role: 'help-desk' };
    const made = await make(body, '', key);
    expect(made.status).toBe(201);
    const again = await make(body, '', key);
    expect(again.json).toMatchObject({ type: '/api/v1/problems/answer-not-kept', status: 409 });
    expect(JSON.stringify(await api.service.stored.rows())).not.toContain(textIn(made, 'token').slice(3));
  });

  it('say who one is, and problems what they mean', async () => {
    expect((await api.ask('/me')).status).toBe(200);
    expect((await api.ask('/problems/pin-refused', { as: 'nobody' })).json).toMatchObject({ status: 422 });
  });

  it('have answered in every way that is documented', () => {
    expect(recorder.missingOf(api.routes, ['/api/v1/tokens', '/api/v1/me', '/api/v1/problems'])).toEqual([]);
  });
});
