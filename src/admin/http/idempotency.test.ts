import Type from 'typebox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRecord } from '../../domain/is-record.ts';
import { IdempotentRequests, startIdempotencyPruning } from '../../services/idempotent-requests.ts';
import { startTestApi, type TestAnswer, type TestApi } from '../../testing/http/test-api.ts';
import { raise } from './problems.ts';
import { ANY_ROLE } from './route.ts';

let api: TestApi;
let done: unknown[];
/** What the next request waits for before it is answered. */
let hold: Promise<void>;
beforeEach(async () => {
  done = [];
  hold = Promise.resolve();
  api = await startTestApi({
    prepare: (app) => {
      app.register(async (own) => {
        own.post(
          '/api/v1/things/:name',
          {
            config: { roles: ANY_ROLE },
            schema: { params: Type.Object({ name: Type.String() }), body: Type.Object({ pin: Type.String() }) },
          },
          async (request, reply) => {
            await hold;
            done.push(request.body);
            if (isRecord(request.params) && request.params.name === 'refused') {
              return raise({ name: 'in-use', detail: 'It is in use.' });
            }
            if (done.length > 90) throw new Error('A fault');
            return reply
              .code(201)
              .header('location', `/api/v1/things/${done.length}`)
              .header('etag', '"1"')
              .send({ number: done.length });
          },
        );
      });
    },
  });
});
afterEach(() => api.close());

const post = (
  pin: string,
  key: string,
  name = 'one',
  as: 'help-desk' | 'um-management' = 'help-desk',
): Promise<TestAnswer> =>
  api.ask(`/things/${name}`, { method: 'POST', as, body: { pin }, headers: { 'idempotency-key': key } });

describe('a POST with an idempotency key', () => {
  it('is carried out once, and answered the same way again', async () => {
    const first = await post('407193', 'a');
    const again = await post('407193', 'a');
    expect(done).toHaveLength(1);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect([again.status, again.text]).toEqual([201, first.text]);
    for (const name of ['location', 'etag', 'content-type'])
      expect(again.headers.get(name)).toBe(first.headers.get(name));
  });

  it('belongs to who sent it, and to what was sent where', async () => {
    await post('407193', 'a');
    expect((await post('407193', 'a', 'one', 'um-management')).status).toBe(201);
    expect((await post('407194', 'a')).json).toMatchObject({
      type: '/api/v1/problems/idempotency-key-reused',
      status: 422,
    });
    expect((await post('407193', 'a', 'two')).status).toBe(422);
    expect((await post('407193', 'b')).status).toBe(201);
    expect(done).toHaveLength(3);
  });

  it('is not carried out twice at the same time', async () => {
    const gate = Promise.withResolvers<void>();
    hold = gate.promise;
    const both = [post('407193', 'a'), post('407193', 'a'), post('407193', 'a')];
    const early: TestAnswer[] = [];
    for (const one of both) void one.then((answer) => early.push(answer));
    await expect.poll(() => early.length, { timeout: 10_000 }).toBe(2);
    expect(early[0]?.json).toMatchObject({ type: '/api/v1/problems/idempotency-key-in-use', status: 409 });
    gate.resolve();
    const statuses = (await Promise.all(both)).map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 409, 409]);
    expect(done).toHaveLength(1);
  });

  it('can be sent again when it was refused, or failed', async () => {
    expect((await post('407193', 'a', 'refused')).status).toBe(409);
    expect((await post('407193', 'a', 'refused')).json).toMatchObject({ type: '/api/v1/problems/in-use' });
    expect(done).toHaveLength(2);
    done.length = 90;
    expect((await post('407193', 'b')).status).toBe(500);
    expect((await post('407193', 'b')).status).toBe(500);
    expect(done).toHaveLength(92);
    expect(
      (await api.ask('/things/one', { method: 'POST', body: {}, headers: { 'idempotency-key': 'c' } })).status,
    ).toBe(400);
    done.length = 0;
    expect((await post('407193', 'c')).status).toBe(201);
  });

  it('tells nothing of a database that fails meanwhile', async () => {
    const gate = Promise.withResolvers<void>();
    hold = gate.promise;
    const both = [post('407193', 'a'), post('407193', 'b', 'refused')];
    const underWay = async () =>
      (await api.service.stored.rows()).filter(({ table }) => table === 'idempotency_key').length;
    await expect.poll(underWay).toBe(2);
    await api.service.stored.run('alter table idempotency_key rename to away');
    gate.resolve();
    const [done = undefined, refused = undefined] = await Promise.all(both);
    expect(done?.json).toMatchObject({ type: '/api/v1/problems/overloaded', status: 503 });
    expect(refused?.json).toMatchObject({ type: '/api/v1/problems/in-use', status: 409 });
    await api.service.stored.run('alter table away rename to idempotency_key');
  });

  it('keeps neither the body nor a digest that could be guessed at', async () => {
    await post('407193', 'a');
    const rows = (await api.service.stored.rows()).filter(({ table }) => table === 'idempotency_key');
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('407193');
    const digest = String(rows[0]?.values.digest);
    expect(api.service.digests.matches(JSON.stringify(['POST', '/api/v1/things/one', { pin: '407193' }]), digest)).toBe(
      true,
    );
  });

  it('without a key, or with whatIf, is carried out each time', async () => {
    for (let count = 1; count <= 2; count++) {
      await api.ask('/things/one', { method: 'POST', body: { pin: '1' } });
      await api.ask('/things/one?whatIf=true', {
        method: 'POST',
        body: { pin: '1' },
        headers: { 'idempotency-key': 'a' },
      });
      expect(done).toHaveLength(2 * count);
    }
  });

  it.each(['a b', 'x'.repeat(256), 'a, b'])('is refused with the key %j', async (key) => {
    expect((await post('407193', key)).status).toBe(400);
  });
});

describe('what is kept of requests', () => {
  const KEY = { requester: 'somebody', key: 'a' };

  it('is free again a minute after the process has died that had it', async () => {
    const { clock } = api.service;
    const dead = new IdempotentRequests(api.service);
    expect((await dead.begin(KEY, 'request')).kind).toBe('begun');
    const next = new IdempotentRequests(api.service);
    await clock.advance(59_999);
    expect((await next.begin(KEY, 'request')).kind).toBe('under-way');
    await clock.advance(1);
    expect((await next.begin(KEY, 'request')).kind).toBe('begun');
  });

  it('is forgotten after a day', async () => {
    const { clock, stored } = api.service;
    const stop = await startIdempotencyPruning(api.service);
    await post('407193', 'a');
    const count = async () => (await stored.rows()).filter(({ table }) => table === 'idempotency_key').length;
    for (let hour = 0; hour < 24; hour++) {
      await clock.advance(3_600_000);
      await expect.poll(() => clock.pending).toBeGreaterThan(0);
    }
    expect(await count()).toBe(1);
    await clock.advance(3_600_000);
    await expect.poll(count).toBe(0);
    stop();
  });
});
