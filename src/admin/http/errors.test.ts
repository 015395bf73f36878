import { rename } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HashQueueFull } from '../../services/ports/hash-queue-full.ts';
import { SQLITE } from '../../testing/databases.ts';
import { startTestApi, type TestApi } from '../../testing/http/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    // Its file is put away for a moment.
    kind: SQLITE,
    prepare: (app) => {
      app.get('/fault', { config: { roles: 'public' } }, async () => {
        throw new Error('PIN 407193 at /srv/secret/place.ts');
      });
      app.get('/thrown', { config: { roles: 'public' } }, async () => Promise.reject('no error at all'));
      app.get('/full', { config: { roles: 'public' } }, async () => {
        throw new HashQueueFull(1_000);
      });
    },
  });
});
afterAll(() => api.close());

describe('a fault', () => {
  it.each(['//fault', '//thrown'])('at %s is told by its id only, under which the log has the rest', async (path) => {
    const answer = await api.ask(path, { as: 'nobody' });
    expect(answer.json).toEqual({
      type: '/api/v1/problems/internal-error',
      title: 'Something went wrong here',
      status: 500,
      detail: 'This was not foreseen, and has been logged.',
      instance: `urn:uuid:${answer.headers.get('x-request-id')}`,
    });
    const [line] = api.service.log.lines.filter(
      ({ fields }) => fields.requestId === answer.headers.get('x-request-id'),
    );
    expect(line).toMatchObject({
      level: 'error',
      message: 'A request could not be answered',
      fields: { route: path.slice(1) },
    });
    expect(JSON.stringify(line)).not.toContain('407193');
  });

  it('that passes is answered 503, with when to try again', async () => {
    const full = await api.ask('//full', { as: 'nobody' });
    expect([full.status, full.headers.get('retry-after')]).toEqual([503, '5']);
    const { path } = api.service.stored;
    await rename(path, `${path}.away`);
    const moved = await api.ask('/tokens', { method: 'POST', body: { name: 'x', role: 'help-desk' } });
    await rename(`${path}.away`, path);
    expect(moved.json).toMatchObject({ type: '/api/v1/problems/overloaded', status: 503 });
    expect(moved.text).not.toContain(path);
    expect((await api.ask('/tokens', { method: 'POST', body: { name: 'x', role: 'help-desk' } })).status).toBe(201);
  });
});
