import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES } from '../../../domain/role.ts';
import { readExposition, type Sample, sampleValue } from '../../../testing/exposition.ts';
import { startTestApi, type TestApi } from '../../../testing/http/test-api.ts';

describe('the addresses for machines that watch', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api.close());

  it('tell anybody that the process lives and whether it is ready', async () => {
    const health = await api.ask('//healthz', { as: 'nobody' });
    expect([health.status, health.json]).toEqual([200, { alive: true }]);
    const ready = await api.ask('//readyz', { as: 'nobody' });
    expect(ready.status).toBe(200);
    expect(ready.headers.get('cache-control')).toBe('no-store');
    expect(ready.json).toMatchObject({ ready: true, parts: { database: 'up', mail: 'up' } });
  });

  it('tell figures to every role, and to nobody without a token', async () => {
    for (const as of ROLES) {
      const answer = await api.ask('//metrics', { as });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(readExposition(answer.text).length).toBeGreaterThan(100);
    }
    expect((await api.ask('//metrics', { as: 'nobody' })).status).toBe(401);
    expect((await api.ask('//metrics', { as: { token: 'nonsense' } })).status).toBe(401);
  });

  it('count requests by the pattern of their route, and what strangers make up as none', async () => {
    await api.ask('/problems/pin-refused', { as: 'nobody' });
    await api.ask('/me', { as: 'nobody' });
    for (const path of ['/nothing/51234', '//tonysmith@contoso.com', '//.env']) await api.ask(path);
    const samples = readExposition((await api.ask('//metrics')).text);
    const count = (route: string, status: string) =>
      sampleValue(samples, 'touchtone_http_requests_total', { method: 'GET', route, status });
    expect(count('/api/v1/problems/:name', '200')).toBe(1);
    expect(count('/api/v1/me', '401')).toBe(1);
    expect(count('none', '404')).toBe(3);
    const routes = new Set(samples.map(({ labels }: Sample) => labels.route).filter((route) => route !== undefined));
    expect([...routes].filter((route) => !/^(none|\/[a-z0-9/:-]+)$/.test(route))).toEqual([]);
    expect([...routes].join()).not.toMatch(/tonysmith|51234|pin-refused/);
  });

  it('say 503 within a bounded time when the database is gone', async () => {
    const dying = await startTestApi();
    try {
      await dying.service.stored.database.close();
      const answer = await dying.ask('//readyz', { as: 'nobody' });
      expect(answer.status).toBe(503);
      expect(answer.json).toMatchObject({ ready: false, parts: { database: 'down', mail: 'unknown' } });
      expect((await dying.ask('//healthz', { as: 'nobody' })).status).toBe(200);
      // Whose token it is, only the database knows.
      expect((await dying.ask('//metrics')).status).toBeGreaterThanOrEqual(500);
    } finally {
      await dying.close();
    }
  });
});
