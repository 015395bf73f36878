import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closed, exchange, open, received } from '../../testing/http/raw-exchange.ts';
import { startTestApi, type TestApi } from '../../testing/http/test-api.ts';

let api: TestApi;
/** One whose patience is short, for clients that dawdle. */
let impatient: TestApi;
beforeAll(async () => {
  api = await startTestApi({ parts: () => ({ isTrustedProxy: (address) => address === '127.0.0.1' }) });
  impatient = await startTestApi({
    parts: () => ({
      limits: {
        headersTimeout: 200,
        requestTimeout: 400,
        idleTimeout: 2_000,
        checkEvery: 50,
        connections: 20,
        closing: 100,
      },
    }),
  });
});
afterAll(() => Promise.all([api.close(), impatient.close()]));

const request = (line: string, headers: readonly string[] = [], body = '', at = api): Promise<string> => {
  const token = at.tokens['organization-management'];
  const head = [line, 'Host: x', `Authorization: Bearer ${token}`, 'Connection: close', ...headers];
  return exchange(at.url, `${head.join('\r\n')}\r\n\r\n${body}`);
};

const post = (body: string, type = 'application/json'): Promise<string> =>
  request(
    'POST /api/v1/tokens HTTP/1.1',
    [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body, 'latin1')}`],
    body,
  );

/** A problem of this status, which tells nothing of how the program is made. */
function expectProblem(answer: string, status: number): void {
  expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
  expect(answer).toContain('application/problem+json');
  expect(answer).not.toMatch(/\bat .*:\d+:\d+|node_modules|\.ts\b|fastify|SyntaxError/i);
}

describe('a request that is', () => {
  it.each([
    ['malformed JSON', '{"name": "x",'],
    ['no JSON', 'name=x'],
    ['JSON with something behind it', '{"name":"x","role":"help-desk"} {}'],
    ['empty', ''],
    ['not UTF-8', '{"name":"\xff\xfe","role":"help-desk"}'],
    ['meant to change prototypes', '{"__proto__":{"role":"organization-management"},"name":"x"}'],
    ['meant to change constructors', '{"constructor":{"prototype":{"x":1}},"name":"x","role":"help-desk"}'],
    ['nested deeply', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['a number without end', `{"name":"x","role":"help-desk","expiresInDays":1e999}`],
  ])('%s is answered 400', async (_what, body) => {
    expectProblem(await post(body), 400);
  });

  it('one with a member twice takes the last', async () => {
    const answer = await post('{"name":"first","name":"second","role":"help-desk","role":"view-only"}');
    expect(answer).toMatch(/^HTTP\/1\.1 201[\s\S]*"name":"second","role":"view-only"/);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    '',
  ])('of type %j is answered 415', async (type) => {
    expectProblem(await post('{"name":"x","role":"help-desk"}', type), 415);
  });

  it('10 MB long is answered 413 without being read', async () => {
    const large = 10_000_000;
    const announced = await request('POST /api/v1/tokens HTTP/1.1', [
      'Content-Type: application/json',
      `Content-Length: ${large}`,
    ]);
    expectProblem(announced, 413);
    const socket = await open(api.url);
    const answer = received(socket);
    socket.write(
      `POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.tokens['organization-management']}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    for (let sent = 0; sent < large && !socket.destroyed && socket.writable; sent += 65_536) {
      if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), answer]).catch(() => undefined);
    }
    socket.end();
    // Who goes on sending may find the connection closed before the answer is read.
    expect(await answer).toMatch(/^(HTTP\/1\.1 413|$)/);
  });

  it.each([
    ['10,000 characters', `/api/v1/tokens/${'x'.repeat(10_000)}`, 414],
    ['4,000 characters of one part', `/api/v1/problems/${'x'.repeat(4_000)}`, 400],
    ['an escape that is none', '/api/v1/problems/%zz', 400],
    ['half an escape', '/api/v1/problems/%e0%a4%a', 400],
    ['a zero byte', '/api/v1/problems/%00', 400],
    ['a step up', '/api/v1/problems/../../../etc/passwd', 404],
    ['an encoded step up', '/api/v1/docs/static/%2e%2e/%2e%2e/package.json', 404],
    ['a step up that is encoded twice', '/api/v1/docs/static/%252e%252e%252fpackage.json', 404],
    ['backslashes', '/api/v1/docs/static/..\\..\\package.json', 404],
    ['an encoded slash', '/api/v1/docs/static/..%2f..%2fpackage.json', 404],
    ['slashes in front', '//api/v1/me', 404],
    ['other letters', '/API/V1/ME', 404],
    ['a slash behind', '/api/v1/me/', 404],
    ['SQL', "/api/v1/problems/'%20or%201=1%20--", 400],
  ])('for an address with %s is answered', async (_what, path, status) => {
    const answer = await request(`GET ${path} HTTP/1.1`);
    expectProblem(answer, status);
    expect(answer).not.toContain('root:');
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    [
      'of two lengths',
      'POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}',
      400,
    ],
    [
      'of a length and in chunks',
      'POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['with a header of 20,000 bytes', `GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['with a folded header', 'GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n', 400],
    ['with a line feed alone', 'GET /api/v1/me HTTP/1.1\nHost: x\n\n', 400],
  ])('%s is answered, and its connection closed', async (_what, text, status) => {
    expectProblem(await exchange(api.url, text), status);
  });

  it('without a host is answered 400', async () => {
    expect(await exchange(api.url, 'GET /api/v1/me HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
  });

  it('meant to put headers into the answer puts none there', async () => {
    const answer = await request('GET /api/v1/problems/x%0d%0aSet-Cookie:%20a=b HTTP/1.1', ['X-Request-Id: a\r\nx: y']);
    expectProblem(answer, 400);
    expect(answer.split('\r\n\r\n')[0]).not.toMatch(/set-cookie/i);
    const key = await request('POST /api/v1/tokens HTTP/1.1', ['Idempotency-Key: \x80', 'Content-Length: 0']);
    expectProblem(key, 400);
  });

  it('with another host leads nowhere else', async () => {
    const answer = await exchange(
      api.url,
      `POST /api/v1/tokens HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\nAuthorization: Bearer ${api.tokens['organization-management']}\r\nContent-Type: application/json\r\nContent-Length: 36\r\n\r\n{"name":"hosted","role":"help-desk"}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 201/);
    expect(answer).not.toContain('evil');
  });

  it('with a method that is not there is answered 405, and says which are', async () => {
    const answer = await request('PUT /api/v1/tokens HTTP/1.1', ['Content-Length: 0']);
    expectProblem(answer, 405);
    expect(answer).toMatch(/^allow: GET, POST\r$/im);
    expectProblem(await request('OPTIONS /api/v1/me HTTP/1.1'), 405);
    expectProblem(await request('TRACE /api/v1/me HTTP/1.1'), 405);
  });
});

describe('where a request comes from', () => {
  const sourceOf = async (forwarded: string): Promise<unknown> => {
    await api.ask('/me', { as: 'nobody', headers: { 'x-forwarded-for': forwarded } });
    const records = await api.service.database.audit.from(1, 1_000);
    return JSON.parse(records.at(-1)?.entry ?? '').source;
  };

  it('is what a trusted proxy tells, as far as it is an address', async () => {
    expect(await sourceOf('192.0.2.7')).toEqual({ kind: 'http', address: '192.0.2.7' });
    expect(await sourceOf('203.0.113.9, 192.0.2.8')).toEqual({ kind: 'http', address: '192.0.2.8' });
    expect(await sourceOf('<script>')).toEqual({ kind: 'http', address: '127.0.0.1' });
    await impatient.ask('/me', { as: 'nobody', headers: { 'x-forwarded-for': '192.0.2.9' } });
    const records = await impatient.service.database.audit.from(1, 1_000);
    expect(JSON.parse(records.at(-1)?.entry ?? '').source.address).toBe('127.0.0.1');
  });
});

describe('a client that dawdles', () => {
  const head = () =>
    `POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${impatient.tokens['help-desk']}\r\n`;

  /** Sends a byte every few tens of milliseconds for as long as it is let. */
  async function drip(first: string): Promise<{ readonly answer: string; readonly milliseconds: number }> {
    const begun = performance.now();
    const socket = await open(impatient.url);
    const answer = received(socket);
    socket.write(first);
    const timer = setInterval(() => socket.writable && socket.write('x'), 30);
    const text = await answer;
    clearInterval(timer);
    return { answer: text, milliseconds: performance.now() - begun };
  }

  it('with its headers is answered 408, and its connection closed', async () => {
    const { answer, milliseconds } = await drip('GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    expectProblem(answer, 408);
    expect(milliseconds).toBeGreaterThan(150);
  });

  it('with its body is answered 408, and its connection closed', async () => {
    const token = impatient.tokens['organization-management'];
    const { answer } = await drip(
      `POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n`,
    );
    expectProblem(answer, 408);
  });

  it('does not keep others out, nor the server from closing', async () => {
    const slow = await Promise.all(Array.from({ length: 15 }, () => open(impatient.url)));
    for (const socket of slow) {
      socket.write(head());
    }
    const ends = slow.map(closed);
    expect((await impatient.ask('/me')).status).toBe(200);
    await Promise.all(ends);
    const held = await open(impatient.url);
    const end = closed(held);
    held.write(head());
    await impatient.app.close();
    await end;
  });
});
