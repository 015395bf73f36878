import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../testing/http/test-api.ts';

describe('the HTTP application', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api.close());

  it('says who one is', async () => {
    const answer = await api.ask('/me', { as: 'help-desk' });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ roles: ['help-desk'], via: 'token' });
  });

  it('wants to know who asks', async () => {
    const answer = await api.ask('/me', { as: 'nobody' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(answer.json).toMatchObject({ type: '/api/v1/problems/authentication-required', status: 401 });
  });

  it('tells what each kind of problem means, to everybody', async () => {
    const answer = await api.ask('/problems/pin-refused', { as: 'nobody' });
    expect(answer.json).toMatchObject({ type: '/api/v1/problems/pin-refused', status: 422 });
    const unknown = await api.ask('/problems/nonsense', { as: 'nobody' });
    expect(unknown.json).toMatchObject({ type: '/api/v1/problems/invalid-request', errors: [{ path: '/name' }] });
  });

  it('answers 404 where there is nothing', async () => {
    expect((await api.ask('/nothing')).json).toMatchObject({ type: '/api/v1/problems/not-found' });
    expect((await api.ask('//nothing')).status).toBe(404);
  });

  it('does not start with a route that nobody says who may use', async () => {
    const start = startTestApi({
      prepare: (app) => void app.route({ method: 'GET', url: '/open', handler: () => '' }),
    });
    await expect(start).rejects.toThrow('Nobody says who may use GET /open');
  });
});
