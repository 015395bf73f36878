import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { exportSPKI, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSafeUrl, parseOidcRoles } from '../../../oidc-settings.ts';
import { CapturedLog } from '../../../testing/captured-log.ts';
import { FakeClock } from '../../../testing/clock.ts';
import { OidcIssuer } from '../../../testing/http/oidc-issuer.ts';
import { startTestApi, type TestApi } from '../../../testing/http/test-api.ts';
import { createAuthenticate } from '../authenticate.ts';
import { createOidc } from './oidc.ts';

const AUDIENCE = 'https://touchtone.example';
const ROLES = parseOidcRoles('boss=organization-management,desk=help-desk,readers=view-only') ?? new Map();

let issuer: OidcIssuer;
let other: OidcIssuer;
let api: TestApi;

const settingsOf = (url: string) => ({
  issuer: url,
  audience: AUDIENCE,
  groupsClaim: 'groups',
  roles: ROLES,
  isSafeUrl,
});

function start(): Promise<TestApi> {
  return startTestApi({
    parts: (service, accessTokens) => {
      const { clock, log } = service;
      clock.setNow(Date.now());
      const oidc = createOidc({ ...settingsOf(issuer.url), clock, log });
      return { authenticate: createAuthenticate(accessTokens, oidc) };
    },
  });
}

beforeAll(async () => {
  [issuer, other] = await Promise.all([
    OidcIssuer.start('boss', 'desk', 'desk+readers', 'strangers'),
    OidcIssuer.start('boss'),
  ]);
  api = await start();
});
afterAll(() => Promise.all([api.close(), issuer.close(), other.close()]));

/** Lets the keys of the issuer grow too old to be used, while its tokens stay good. */
async function forget(): Promise<void> {
  await api.service.clock.advance(600_000);
  api.service.clock.setNow(Date.now());
}

const me = (token: string) => api.ask('/me', { as: { token } });

describe('a token of the identity provider', () => {
  it('lets its holder in with the roles of all of the groups', async () => {
    const answer = await me(await issuer.token('desk+readers', AUDIENCE));
    expect(answer.json).toMatchObject({ roles: ['help-desk', 'view-only'], via: 'oidc' });
    expect(answer.json).toMatchObject({ name: expect.stringContaining('desk+readers'), expiresAt: expect.any(String) });
    const boss = await issuer.token('boss', AUDIENCE);
    expect((await api.ask('/tokens', { as: { token: boss } })).status).toBe(200);
    expect((await api.ask('/tokens', { as: { token: await issuer.token('desk', AUDIENCE) } })).status).toBe(403);
  });

  it('of nobody who has a role is answered 403, and recorded with the name', async () => {
    const answer = await me(await issuer.token('strangers', AUDIENCE));
    expect(answer.status).toBe(403);
    const records = await api.service.database.audit.from(1, 100);
    expect(JSON.parse(records.at(-1)?.entry ?? '')).toMatchObject({
      action: 'access-refused',
      actor: { kind: 'administrator', name: expect.stringContaining('strangers') },
      reason: 'no-role',
    });
  });

  it('is refused when it is for somebody else or from somebody else', async () => {
    expect((await me(await issuer.token('boss', 'https://other.example'))).status).toBe(401);
    expect((await me(await other.token('boss', AUDIENCE))).status).toBe(401);
  });

  it('expires, give or take half a minute', async () => {
    const token = await issuer.token('boss', AUDIENCE);
    const expiry = Number(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).exp) * 1_000;
    api.service.clock.setNow(expiry + 29_000);
    expect((await me(token)).status).toBe(200);
    api.service.clock.setNow(expiry + 31_000);
    expect((await me(token)).json).toMatchObject({ status: 401, detail: 'This token has expired.' });
    api.service.clock.setNow(Date.now());
  });

  it('is refused when it was altered, unsigned, or signed with what is public', async () => {
    const token = await issuer.token('desk', AUDIENCE);
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const better = Buffer.from(JSON.stringify({ ...claims, groups: ['boss'] })).toString('base64url');
    const [publicKey = {}] = await issuer.publicKeys();
    const imported = await importJWK({ ...publicKey }, 'ES256', { extractable: true });
    if (imported instanceof Uint8Array) throw new Error('The key is no public one');
    const secrets = [await exportSPKI(imported), JSON.stringify(publicKey)];
    const forged = await Promise.all(
      secrets.flatMap((secret) =>
        [{ kid: String(publicKey.kid) }, {}].map((more) =>
          new SignJWT({ ...claims, groups: ['boss'] })
            .setProtectedHeader({ alg: 'HS256', ...more })
            .sign(new TextEncoder().encode(secret)),
        ),
      ),
    );
    const none = new UnsecuredJWT({ ...claims, groups: ['boss'] }).encode();
    const bad = [
      `${header}.${better}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      none,
      `${none}${signature}`,
      ...forged,
    ];
    for (const one of bad) expect((await me(one)).status, one).toBe(401);
    expect((await me(token)).status).toBe(200);
    expect(JSON.stringify(api.service.log.lines)).not.toContain(signature);
    expect(JSON.stringify(await api.service.stored.rows())).not.toContain(signature);
  });

  it('is taken with a new key of the issuer, which is fetched once in half a minute at most', async () => {
    await forget();
    expect((await me(await issuer.token('desk', AUDIENCE))).status).toBe(200);
    await issuer.rotate();
    const renewed = await issuer.token('desk', AUDIENCE);
    const before = await issuer.fetches();
    expect((await me(renewed)).status).toBe(401);
    expect(await issuer.fetches()).toBe(before);
    await api.service.clock.advance(30_000);
    const answers = await Promise.all(Array.from({ length: 10 }, () => me(renewed)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(await issuer.fetches()).toBe(before + 1);
  });

  it('cannot be checked while the issuer is down, and those of the service can', async () => {
    const token = await issuer.token('desk', AUDIENCE);
    await forget();
    await issuer.down();
    const answer = await me(token);
    expect(answer.json).toMatchObject({ type: '/api/v1/problems/identity-provider-unavailable', status: 503 });
    expect(answer.headers.get('retry-after')).toBe('30');
    expect((await api.ask('/me', { as: 'help-desk' })).status).toBe(200);
    await issuer.up();
    await api.service.clock.advance(30_000);
    expect((await me(token)).status).toBe(200);
    await issuer.down();
    expect((await me(token)).status).toBe(200);
    await forget();
    expect((await me(token)).status).toBe(503);
    await issuer.up();
  });
});

describe('an issuer is not believed', () => {
  const servers: Server[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  async function serve(listener: (url: string) => RequestListener): Promise<string> {
    const server = createServer().listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port');
    const url = `http://127.0.0.1:${address.port}`;
    server.on('request', listener(url));
    return url;
  }

  it.each([
    ['that sends one elsewhere', () => (_request, response) => response.writeHead(302, { location: issuer.url }).end()],
    ['that has another name', () => (_request, response) => response.end(JSON.stringify({ issuer: issuer.url }))],
    [
      'whose keys others can change',
      (url) => (_request, response) => {
        response.end(JSON.stringify({ issuer: url, jwks_uri: 'http://192.0.2.1/jwks' }));
      },
    ],
    [
      'that has no keys',
      (url) => (_request, response) => {
        response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks` }));
      },
    ],
    [
      'whose keys are none',
      (url) => (_request, response) => {
        response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks`, keys: ['key'] }));
      },
    ],
    ['that says too much', () => (_request, response) => response.end(' '.repeat(300_000))],
    ['that speaks no JSON', () => (_request, response) => response.end('<html>')],
  ] as readonly (readonly [string, (url: string) => RequestListener])[])('%s', async (_what, listener) => {
    const authenticate = createOidc({
      ...settingsOf(await serve(listener)),
      clock: new FakeClock(),
      log: new CapturedLog(),
    });
    expect(await authenticate(await issuer.token('boss', AUDIENCE))).toMatchObject({
      kind: 'unavailable',
      retryAfter: 30,
    });
  });
});
