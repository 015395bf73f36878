import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SESSIONS_OF_PERSON, WebSessions } from '../../../services/web-sessions.ts';
import { AnswerRecorder } from '../../../testing/http/answer-recorder.ts';
import { bodyOf, expectProblem } from '../../../testing/http/stocked-api.ts';
import { startTestApi, type TestApi } from '../../../testing/http/test-api.ts';
import { TestBrowser } from '../../../testing/http/test-browser.ts';
import { BY_TEST } from '../../../testing/test-service.ts';
import { AdministratorSession, WebConfig } from '../schemas/web.ts';
import { Cookies } from './cookies.ts';

const MINUTE = 60_000;
const recorder = new AnswerRecorder();
let api: TestApi;
let browser: TestBrowser;

beforeEach(async () => {
  api = await startTestApi({ recorder, parts: () => ({ isTrustedProxy: () => true }) });
  browser = new TestBrowser(api.url);
});
afterEach(() => api.close());

const signIn = (token: string = api.tokens['help-desk'], by = browser) =>
  by.send('/web/session', { method: 'POST', body: { token } });

async function recorded(action: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const records = await api.service.database.audit.from(1, 1_000);
  return records.map(({ entry }) => JSON.parse(entry)).filter((entry) => entry.action === action);
}

describe('a session', () => {
  it('is begun with a token, which it takes the place of', async () => {
    const session = bodyOf(await signIn(), 200, AdministratorSession);
    expect(session).toMatchObject({
      kind: 'administrator',
      name: 'help-desk',
      roles: ['help-desk'],
      signedInBy: 'token',
    });
    expect(bodyOf(await browser.send('/web/session'), 200, AdministratorSession)).toEqual(session);
    expect((await browser.send('/api/v1/me')).json).toMatchObject({ name: 'help-desk', via: 'token' });
    expect(await recorded('web-sign-in')).toMatchObject([
      { actor: { kind: 'administrator', name: 'help-desk' }, outcome: 'signed-in', details: { by: 'token' } },
    ]);
  });

  it('says what its roles may do, as the routes have it', async () => {
    const { may } = bodyOf(await signIn(), 200, AdministratorSession);
    expect(may).toEqual(expect.arrayContaining(['listMailboxes', 'resetPin', 'lockMailbox', 'listCalls']));
    for (const not of ['createToken', 'hangUpCall', 'chooseMailRecipient', 'createMailbox'])
      expect(may).not.toContain(not);
    const other = new TestBrowser(api.url);
    const all = bodyOf(await signIn(api.tokens['organization-management'], other), 200, AdministratorSession).may;
    const documented = Object.values((api.app.swagger() as { paths: object }).paths).flatMap((path) =>
      Object.values(path as Readonly<Record<string, { operationId: string; security?: readonly object[] }>>)
        .filter(({ security }) => security?.some((one) => 'token' in one))
        .map(({ operationId }) => operationId),
    );
    expect(all).toEqual([...documented, 'chooseMailRecipient'].sort());
  });

  it('is in a cookie that no script and no other site gets, and in the database by a digest only', async () => {
    await signIn();
    const cookie = browser.cookies.get('touchtone');
    expect(cookie?.attributes).toEqual(expect.arrayContaining(['httponly', 'samesite=strict', 'path=/']));
    expect(cookie?.attributes.join()).not.toMatch(/secure|domain|max-age|expires/);
    const secret = cookie?.value ?? 'none';
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify([await api.service.stored.rows(), api.service.log.lines])).not.toContain(secret);
  });

  it('has a Secure cookie that belongs to one host, where that is not loopback', async () => {
    await api.close();
    api = await startTestApi({ parts: (_service, _tokens, web) => ({ web: { ...web, cookies: new Cookies(true) } }) });
    browser = new TestBrowser(api.url);
    await signIn();
    const cookie = browser.cookies.get('__Host-touchtone');
    expect(cookie?.attributes).toEqual(expect.arrayContaining(['secure', 'httponly', 'samesite=strict', 'path=/']));
    expect((await browser.send('/web/session')).status).toBe(200);
  });

  it('has another secret after each sign-in, and the one before is worth nothing', async () => {
    await signIn();
    const first = browser.cookies.get('touchtone')?.value ?? '';
    await signIn();
    expect(browser.cookies.get('touchtone')?.value).not.toBe(first);
    const thief = new TestBrowser(api.url);
    thief.keep('touchtone', first);
    expectProblem(await thief.send('/web/session'), 'no-session');
  });

  it('ends after half an hour without use, and the browser forgets it', async () => {
    await signIn();
    await api.service.clock.advance(29 * MINUTE);
    expect((await browser.send('/web/session')).status).toBe(200);
    await api.service.clock.advance(29 * MINUTE);
    expect((await browser.send('/api/v1/me')).status).toBe(200);
    await api.service.clock.advance(30 * MINUTE);
    expectProblem(await browser.send('/web/session'), 'no-session');
    expect(browser.cookies.size).toBe(0);
    expect(await recorded('authentication-failed')).toEqual([]);
  });

  it('is not forgotten because of an answer about the one before', async () => {
    await signIn();
    const before = browser.cookies.get('touchtone')?.value ?? '';
    await api.service.clock.advance(30 * MINUTE);
    // It is on its way while somebody signs in again, and its answer comes after theirs.
    const late = new TestBrowser(api.url);
    late.keep('touchtone', before);
    const answer = await late.send('/api/v1/me');
    expectProblem(answer, 'no-session');
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('ends after half an hour in which its page has only asked by itself', async () => {
    await signIn();
    const headers = { 'x-unattended': 'true' };
    for (let minute = 1; minute < 30; minute++) {
      await api.service.clock.advance(MINUTE);
      expect((await browser.send('/api/v1/overview', { headers })).status).toBe(200);
    }
    await api.service.clock.advance(MINUTE);
    expectProblem(await browser.send('/api/v1/overview', { headers }), 'no-session');
  });

  it('is not let do anything else, nor longer, by saying that nobody has asked', async () => {
    const headers = { 'x-unattended': 'true' };
    const change = { method: 'POST', body: { name: 'x', role: 'view-only' }, headers } as const;
    await signIn();
    expectProblem(await browser.send('/api/v1/tokens', change), 'forbidden');
    expectProblem(await browser.send('/api/v1/tokens', { ...change, csrf: false }), 'csrf');
    await api.service.clock.advance(29 * MINUTE);
    expect((await browser.send('/api/v1/me', { headers: { 'x-unattended': 'false' } })).status).toBe(200);
    await api.service.clock.advance(29 * MINUTE);
    expect((await browser.send('/api/v1/me', { headers })).status).toBe(200);
    expectProblem(await new TestBrowser(api.url).send('/web/session', { headers }), 'no-session');
  });

  it('ends after eight hours, however much it is used', async () => {
    const { until } = bodyOf(await signIn(), 200, AdministratorSession);
    expect(Date.parse(until) - api.service.clock.now()).toBe(8 * 60 * MINUTE);
    for (let minutes = 0; minutes < 8 * 60 - 20; minutes += 20) {
      await api.service.clock.advance(20 * MINUTE);
      expect((await browser.send('/web/session')).status).toBe(200);
    }
    await api.service.clock.advance(20 * MINUTE);
    expectProblem(await browser.send('/web/session'), 'no-session');
  });

  it('outlives a restart, and another process knows it', async () => {
    await signIn();
    const other = new WebSessions({ ...api.service, database: await api.service.stored.openAgain() });
    const secret = browser.cookies.get('touchtone')?.value ?? '';
    expect(await other.find(secret)).toMatchObject({ name: 'help-desk', roles: ['help-desk'] });
    const reopened = new WebSessions({ ...api.service, database: await api.service.stored.reopen() });
    expect(await reopened.find(secret)).toMatchObject({ name: 'help-desk' });
  });

  it('ends with the token that it was begun with', async () => {
    const made = await api.accessTokens.create({ name: 'short', role: 'view-only', expiresInDays: 1 }, BY_TEST, false);
    if (made.kind !== 'created') throw new Error('No token');
    await signIn(made.secret);
    expect((await browser.send('/web/session')).status).toBe(200);
    await api.accessTokens.remove(made.accessToken.id, BY_TEST, false);
    expectProblem(await browser.send('/web/session'), 'no-session');
  });

  it('does not outlive the token', async () => {
    const made = await api.accessTokens.create({ name: 'short', role: 'view-only', expiresInDays: 1 }, BY_TEST, false);
    if (made.kind !== 'created') throw new Error('No token');
    await api.service.clock.advance(24 * 60 * MINUTE - 5 * MINUTE);
    const { until } = bodyOf(await signIn(made.secret), 200, AdministratorSession);
    expect(Date.parse(until) - api.service.clock.now()).toBe(5 * MINUTE);
  });

  it('is one of ten of a person at most', async () => {
    const browsers = Array.from({ length: SESSIONS_OF_PERSON + 2 }, () => new TestBrowser(api.url));
    for (const one of browsers) {
      await api.service.clock.advance(1_000);
      await signIn(api.tokens['help-desk'], one);
    }
    const stranger = new TestBrowser(api.url);
    await signIn(api.tokens['view-only'], stranger);
    const statuses: number[] = [];
    for (const one of [...browsers, stranger]) statuses.push((await one.send('/web/session')).status);
    expect(statuses).toEqual([401, 401, ...Array.from({ length: SESSIONS_OF_PERSON + 1 }, () => 200)]);
  });
});

describe('signing out', () => {
  it('ends the session, on the record', async () => {
    await signIn();
    const copy = new TestBrowser(api.url);
    copy.keep('touchtone', browser.cookies.get('touchtone')?.value ?? '');
    expect((await browser.send('/web/session', { method: 'DELETE' })).status).toBe(204);
    expect(browser.cookies.size).toBe(0);
    expectProblem(await copy.send('/web/session'), 'no-session');
    expect(await recorded('web-sign-out')).toMatchObject([{ actor: { name: 'help-desk' }, details: { sessions: 1 } }]);
  });

  it('everywhere ends all sessions of the person, and nobody else’s', async () => {
    const [second, stranger] = [new TestBrowser(api.url), new TestBrowser(api.url)];
    await signIn();
    await signIn(api.tokens['help-desk'], second);
    await signIn(api.tokens['view-only'], stranger);
    expect((await browser.send('/web/sessions', { method: 'DELETE' })).status).toBe(204);
    expectProblem(await second.send('/web/session'), 'no-session');
    expect((await stranger.send('/web/session')).status).toBe(200);
    expect(await recorded('web-sign-out')).toMatchObject([{ details: { sessions: 2 } }]);
  });
});

describe('a request of another site', () => {
  const change = { method: 'POST', body: { name: 'x', role: 'view-only' } } as const;

  beforeEach(async () => {
    await signIn(api.tokens['organization-management']);
  });

  it.each([
    ['without the token against forgery', { csrf: false }],
    ['with another token', { csrf: 'x'.repeat(43) }],
    ['from another name of the same site', { from: 'same-site' }],
    [
      'from a page of another origin',
      { from: 'a browser that does not say', headers: { origin: 'https://evil.example' } },
    ],
  ] as const)('%s changes nothing and is on the record', async (_what, how) => {
    const answer = await browser.send('/api/v1/tokens', { ...change, ...how });
    expectProblem(answer, 'csrf');
    expect(await recorded('access-refused')).toMatchObject([
      { reason: 'csrf', actor: { name: 'organization-management' } },
    ]);
    expect((await browser.send('/api/v1/tokens', change)).status).toBe(201);
  });

  it('may be one of the service where the browser says its origin only', async () => {
    const how = { from: 'a browser that does not say', headers: { origin: api.url } } as const;
    expect((await browser.send('/api/v1/tokens', { ...change, ...how })).status).toBe(201);
  });

  it('reads nothing', async () => {
    expectProblem(await browser.send('/web/session', { from: 'same-site' }), 'no-session');
    expect((await browser.send('/web/session')).status).toBe(200);
  });

  it('signs nobody in', async () => {
    const token = api.tokens['view-only'];
    const answer = await browser.send('/web/session', { method: 'POST', body: { token }, from: 'same-site' });
    expectProblem(answer, 'csrf');
    expect((await browser.send('/web/session')).json).toMatchObject({ name: 'organization-management' });
    expect(await recorded('access-refused')).toMatchObject([{ reason: 'csrf', actor: { kind: 'unknown' } }]);
  });
});

describe('whoever has no good token', () => {
  it('is not let in, on the record, and the token is kept nowhere', async () => {
    const wrong = `tt_${'x'.repeat(43)}`;
    expectProblem(await signIn(wrong), 'authentication-required');
    expectProblem(await signIn('a b'), 'authentication-required');
    expect(await recorded('authentication-failed')).toMatchObject([
      { reason: 'unknown-token', details: { method: 'POST', route: '/web/session' } },
      { reason: 'malformed-token' },
    ]);
    expect(JSON.stringify([await api.service.stored.rows(), api.service.log.lines])).not.toContain(wrong);
    expect(browser.cookies.size).toBe(0);
  });

  it('has as many attempts as with the API, and a session that is known goes on', async () => {
    await signIn();
    for (let attempt = 0; attempt < 20; attempt++) expect((await signIn(`tt_${'x'.repeat(43)}`)).status).toBe(401);
    const refused = await signIn(`tt_${'x'.repeat(43)}`);
    expectProblem(refused, 'too-many-requests');
    expect(refused.headers.get('retry-after')).toBe('3');
    expect((await browser.send('/web/session')).status).toBe(200);
    const guess = new TestBrowser(api.url);
    guess.keep('touchtone', 'x'.repeat(43));
    expectProblem(await guess.send('/web/session'), 'too-many-requests');
  });

  it('and no role has no session', async () => {
    await api.close();
    const nobody = { id: 'oidc x y', name: 'ann (OIDC y)', roles: [], via: 'oidc', expiresAt: undefined } as const;
    api = await startTestApi({
      recorder,
      parts: () => ({
        authenticate: async (token) =>
          token === 'away'
            ? { kind: 'unavailable', detail: 'Away.', retryAfter: 30 }
            : { kind: 'known', principal: nobody },
      }),
    });
    browser = new TestBrowser(api.url);
    expectProblem(await signIn('ann'), 'forbidden');
    expect(await recorded('access-refused')).toMatchObject([{ reason: 'no-role', actor: { name: 'ann (OIDC y)' } }]);
    expectProblem(await signIn('away'), 'identity-provider-unavailable');
  });
});

describe('the answers', () => {
  it('say before anybody has signed in how that is done', async () => {
    expect(bodyOf(await browser.send('/web/config'), 200, WebConfig)).toMatchObject({ oidc: null, locale: 'en-US' });
  });

  it('are all that is documented', () => {
    expect(recorder.missingOf(api.routes, ['/web/session', '/web/sessions', '/web/config'])).toEqual([]);
  });
});
