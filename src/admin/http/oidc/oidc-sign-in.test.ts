import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isSafeUrl, parseOidcRoles } from '../../../oidc-settings.ts';
import { SESSIONS_BEGUN } from '../../../services/web-sessions.ts';
import { AnswerRecorder } from '../../../testing/http/answer-recorder.ts';
import { OidcIssuer, type OidcTestPerson } from '../../../testing/http/oidc-issuer.ts';
import { type IssuerScript, ScriptedIssuer } from '../../../testing/http/scripted-issuer.ts';
import { type ApiMailbox, expectProblem, type StockedApi, startStockedApi } from '../../../testing/http/stocked-api.ts';
import { TestBrowser } from '../../../testing/http/test-browser.ts';
import { type OidcFinish, OidcSignIn } from './oidc-sign-in.ts';

const ROLES = parseOidcRoles('boss=organization-management,desk=help-desk') ?? new Map();
const recorder = new AnswerRecorder();

let issuer: OidcIssuer;
let api: StockedApi;
let mailbox: ApiMailbox;
let browser: TestBrowser;

/** The issuer is on `localhost`, the service on `127.0.0.1`: for a browser these are two sites. */
beforeAll(async () => {
  issuer = await OidcIssuer.startAt('localhost', 'boss');
});
afterAll(() => issuer.close());

async function start(at: string = issuer.url): Promise<void> {
  const address: { url: string | undefined } = { url: undefined };
  api = await startStockedApi({
    recorder,
    parts: (service, _tokens, web) => {
      service.clock.setNow(Date.now());
      const { clock, log, webSecrets } = service;
      const client = { issuer: at, clientId: 'pages', clientSecret: issuer.secret, groupsClaim: 'groups' };
      const oidc = new OidcSignIn({ ...client, roles: ROLES, isSafeUrl, webSecrets, clock, log });
      return { web: { ...web, oidc, origin: () => address.url } };
    },
  });
  address.url = api.url;
  mailbox = await api.mailbox();
  await issuer.pagesAt(`${api.url}/web/oidc/callback`);
  browser = new TestBrowser(api.url);
}

beforeEach(() => start());
afterEach(() => api.close());

const ann: OidcTestPerson = { sub: 'ann', groups: ['desk'], email: 'ann@contoso.com', email_verified: true };

/** From a page of the service to the identity provider and back, as a browser goes. */
const goThere = (query: string) => browser.navigate(`${api.url}/web/oidc/start?${query}`, api.url);

/** Where a page that goes on by itself goes to. */
const onward = (text: string): string =>
  /http-equiv="refresh" content="0;url=([^"]*)"/.exec(text)?.[1]?.replaceAll('&#38;', '&') ?? 'nowhere';

async function recorded(action: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const records = await api.service.database.audit.from(1, 1_000);
  return records.map(({ entry }) => JSON.parse(entry)).filter((entry) => entry.action === action);
}

describe('an administrator who signs in at the identity provider', () => {
  it('comes back with a session, by a page that goes on from the same site', async () => {
    await issuer.sitsThere(ann);
    const back = await goThere('for=admin&to=/admin/mailboxes%3Flocked');
    expect(new URL(back.url).pathname).toBe('/web/oidc/callback');
    expect([back.response.status, onward(back.text)]).toEqual([200, '/admin/mailboxes?locked']);
    expect(back.response.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    // What a redirect would have come to: the chain is the other site's, and the strict cookie stays behind.
    const session = await browser.navigate(`${api.url}/web/session`, issuer.url);
    expect(session.response.status).toBe(401);
    const own = await browser.navigate(`${api.url}/web/session`, api.url);
    expect(JSON.parse(own.text)).toMatchObject({ roles: ['help-desk'], signedInBy: 'oidc' });
    expect((await browser.send('/api/v1/me')).json).toMatchObject({ name: 'ann@contoso.com (OIDC ann)', via: 'oidc' });
    expect(await recorded('web-sign-in')).toMatchObject([{ details: { by: 'oidc' } }]);
  });

  it('has a cookie for the way only, which other pages of the site may not read, and which is gone afterwards', async () => {
    await issuer.sitsThere(ann);
    const response = await fetch(`${api.url}/web/oidc/start?for=admin`, { redirect: 'manual' });
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^touchtone-oidc=[\w-]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
    const { searchParams: sent } = new URL(response.headers.get('location') ?? '');
    expect(Object.fromEntries(sent)).toMatchObject({ code_challenge_method: 'S256', response_type: 'code' });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(cookie).not.toContain(sent.get(name));
    await goThere('for=admin');
    expect([...browser.cookies.keys()]).toEqual(['touchtone']);
  });

  it.each(['https://evil.example/', '//evil.example', '/admin/../web/session', '/\\evil.example', '/administration'])(
    'does not go on to %s',
    async (to) => {
      await issuer.sitsThere(ann);
      expect(onward((await goThere(`for=admin&to=${encodeURIComponent(to)}`)).text)).toBe('/admin');
    },
  );

  it('has one session only, though the cookie of the one before stays behind on the way', async () => {
    await issuer.sitsThere(ann);
    const secrets: string[] = [];
    for (const page of ['admin', 'me', 'admin']) {
      await issuer.sitsThere({ ...ann, email: mailbox.address });
      await goThere(`for=${page}`);
      secrets.push(browser.cookies.get(page === 'me' ? 'touchtone-me' : 'touchtone')?.value ?? '');
    }
    const thief = new TestBrowser(api.url);
    thief.keep('touchtone', secrets[0] ?? '');
    expectProblem(await thief.send('/web/session'), 'no-session');
    expect((await browser.send('/web/session')).status).toBe(200);
    expect((await browser.send('/web/me/session')).status).toBe(200);
  });

  it('and has no role has no session, on the record', async () => {
    await issuer.sitsThere({ ...ann, sub: 'eve', groups: ['strangers'] });
    expect(onward((await goThere('for=admin')).text)).toBe('/admin/sign-in?failed=no-role');
    expect(browser.cookies.size).toBe(0);
    expect(await recorded('authentication-failed')).toMatchObject([{ reason: 'oidc-no-role' }]);
  });

  it('and thinks better of it is told so', async () => {
    await issuer.sitsThere({ ...ann, refuses: true });
    expect(onward((await goThere('for=admin')).text)).toBe('/admin/sign-in?failed=cancelled');
  });
});

describe('a page of another site', () => {
  it.each(['cross-site', 'same-site'])('that is %s begins no sign-in, but shows where one is begun', async (site) => {
    const start = (to: string, from: string) =>
      fetch(`${api.url}/web/oidc/start?for=${to}`, { redirect: 'manual', headers: { 'sec-fetch-site': from } });
    const [sent, user] = [await start('admin', site), await start('me', site)];
    expect([sent.status, sent.headers.get('location')]).toEqual([302, '/admin/sign-in']);
    expect(user.headers.get('location')).toBe('/me/sign-in');
    expect(sent.headers.get('set-cookie')).toBeNull();
    for (const own of ['same-origin', 'none']) {
      expect((await start('admin', own)).headers.get('location')).toMatch(/^http:\/\/localhost/);
    }
  });
});

describe('a user who signs in at the identity provider', () => {
  it('has the mailbox of the verified address', async () => {
    await issuer.sitsThere({ ...ann, sub: 'user', email: mailbox.address.toUpperCase() });
    expect(onward((await goThere('for=me')).text)).toBe('/me');
    const { json } = await browser.send('/web/me/session');
    expect(json).toMatchObject({ kind: 'user', address: mailbox.address, signedInBy: 'oidc' });
    expectProblem(await browser.send('/web/session'), 'no-session');
  });

  it.each([
    ['an address that nobody has verified', false, () => mailbox.address],
    ['an address without a mailbox', true, () => 'nobody@contoso.com'],
  ])('has none with %s', async (_what, verified, email) => {
    await issuer.sitsThere({ ...ann, sub: 'other', email: email(), email_verified: verified });
    expect(onward((await goThere('for=me')).text)).toBe('/me/sign-in?failed=no-mailbox');
    expect(browser.cookies.size).toBe(0);
  });

  it('is not offered a link', async () => {
    expect((await browser.send('/web/config')).json).toMatchObject({
      oidc: { name: 'localhost' },
      selfService: 'oidc',
    });
    const asked = await browser.send('/web/me/links', { method: 'POST', body: { address: mailbox.address } });
    expectProblem(asked, 'not-offered');
  });
});

describe('coming back', () => {
  /** Where the identity provider would send the browser, without going there. */
  async function callbackOf(): Promise<string> {
    await issuer.sitsThere(ann);
    const seen: string[] = [];
    const there = new TestBrowser(api.url);
    const start = await fetch(`${api.url}/web/oidc/start?for=admin`, { redirect: 'manual' });
    const [, sealed = ''] = /touchtone-oidc=([\w-]+)/.exec(start.headers.get('set-cookie') ?? '') ?? [];
    browser.keep('touchtone-oidc', sealed);
    // Without the cookie it fails, but the address is known by then; the code is not used up by that.
    const { url } = await there.navigate(start.headers.get('location') ?? '', api.url);
    seen.push(url);
    return seen[0] ?? '';
  }

  it('without the cookie, or with one that was changed, comes to nothing', async () => {
    const url = await callbackOf();
    const bare = new TestBrowser(api.url);
    expect(onward((await bare.navigate(url)).text)).toBe('/admin/sign-in?failed=expired');
    bare.keep('touchtone-oidc', `A${browser.cookies.get('touchtone-oidc')?.value.slice(1)}`);
    expect(onward((await bare.navigate(url)).text)).toBe('/admin/sign-in?failed=expired');
    expect(onward((await browser.navigate(url)).text)).toBe('/admin');
  });

  it('after ten minutes comes to nothing', async () => {
    const url = await callbackOf();
    await api.service.clock.advance(600_000);
    expect(onward((await browser.navigate(url)).text)).toBe('/admin/sign-in?failed=expired');
  });

  it('with the answer to another request comes to nothing', async () => {
    const other = await callbackOf();
    const own = new URL(await callbackOf());
    own.searchParams.set('code', new URL(other).searchParams.get('code') ?? '');
    expect(onward((await browser.navigate(own.href)).text)).toBe('/admin/sign-in?failed=refused');
    await callbackOf();
    expect(onward((await browser.navigate(other)).text)).toBe('/admin/sign-in?failed=refused');
    expect(browser.cookies.size).toBe(0);
  });

  it('twice comes to one session', async () => {
    const url = await callbackOf();
    const sealed = browser.cookies.get('touchtone-oidc')?.value ?? '';
    expect(onward((await browser.navigate(url)).text)).toBe('/admin');
    const again = new TestBrowser(api.url);
    again.keep('touchtone-oidc', sealed);
    expect(onward((await again.navigate(url)).text)).toBe('/admin/sign-in?failed=refused');
  });

  it('too often without success has to wait, as a page says', async () => {
    await callbackOf();
    const sealed = browser.cookies.get('touchtone-oidc')?.value ?? '';
    const comeBack = async (query: string) => {
      browser.keep('touchtone-oidc', sealed);
      return browser.navigate(`${api.url}/web/oidc/callback?${query}`);
    };
    for (let count = 0; count < 20; count++) expect((await comeBack('code=x&state=y')).response.status).toBe(200);
    const { response, text } = await comeBack('code=x');
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('3');
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(onward(text)).toBe('/admin/sign-in?failed=too-many&wait=3');
  });

  it('more often than a person may sign in has to wait, as a page says', async () => {
    const { sessions } = api.web;
    const facts = { name: 'ann', roles: [], signedInBy: 'link', tokenId: undefined, mailboxId: undefined } as const;
    const url = await callbackOf();
    expect(onward((await browser.navigate(url)).text)).toBe('/admin');
    const [{ person } = { person: '' }] = (await sessions.list({ after: undefined, limit: 2 })).items;
    for (let count = 1; count < SESSIONS_BEGUN; count++) {
      const begun = await sessions.begin({ ...facts, person, expiresAt: undefined }, '192.0.2.1');
      expect(begun.kind).toBe('begun');
    }
    const { response, text } = await browser.navigate(await callbackOf());
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(3_000);
    expect(onward(text)).toBe(`/admin/sign-in?failed=too-many&wait=${response.headers.get('retry-after')}`);
  });

  it('because another site has sent it here uses up no attempts, and is not recorded', async () => {
    for (let count = 0; count < 25; count++) {
      const there = await browser.navigate(`${api.url}/web/oidc/callback?code=x&state=y`, issuer.url);
      expect(onward(there.text)).toBe('/admin/sign-in?failed=expired');
    }
    expect(await recorded('authentication-failed')).toEqual([]);
    const wrong = await browser.send('/web/session', { method: 'POST', body: { token: 'wrong' } });
    expectProblem(wrong, 'authentication-required');
  });

  it.each([
    ['too late', 600_000, 'expired'],
    ['without having agreed', 0, 'cancelled'],
  ])('%s uses up no attempts', async (_how, late, reason) => {
    const url = new URL(await callbackOf());
    url.searchParams.delete('code');
    url.searchParams.set('error', 'access_denied');
    const sealed = browser.cookies.get('touchtone-oidc')?.value ?? '';
    await api.service.clock.advance(late);
    for (let count = 0; count < 25; count++) {
      browser.keep('touchtone-oidc', sealed);
      expect(onward((await browser.navigate(url.href)).text)).toBe(`/admin/sign-in?failed=${reason}`);
    }
    expect(await recorded('authentication-failed')).toHaveLength(10);
  });

  it('is answered 503 when the database fails', async () => {
    const url = await callbackOf();
    await api.service.stored.run('alter table web_session rename to away');
    expect((await browser.navigate(url)).response.status).toBe(503);
    await api.service.stored.run('alter table away rename to web_session');
  });
});

describe('an identity provider that cannot be asked', () => {
  it('is told at once, and asked again half a minute later', async () => {
    await api.close();
    const server = createServer((_request, response) => response.destroy());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port');
    let asked = 0;
    server.on('request', () => asked++);
    await start(`http://127.0.0.1:${address.port}`);
    for (let count = 0; count < 3; count++) {
      const { response } = await browser.navigate(`${api.url}/web/oidc/start?for=me`, api.url);
      expect([response.status, new URL(response.url).search]).toEqual([404, '?failed=unavailable']);
    }
    expect(asked).toBe(1);
    await api.service.clock.advance(30_000);
    await browser.navigate(`${api.url}/web/oidc/start?for=me`, api.url);
    expect(asked).toBe(2);
    server.close();
  });
});

describe('an identity provider that is asked who it was', () => {
  /** A whole sign-in of a user at an issuer that says this, and how it was told who the client is. */
  async function signInAt(script: IssuerScript): Promise<Pick<ScriptedIssuer, 'proof'> & { finish: OidcFinish }> {
    const asked = await ScriptedIssuer.start(script);
    const { clock, log, webSecrets } = api.service;
    const client = { issuer: asked.url, clientId: 'pages', clientSecret: 'a secret', groupsClaim: 'groups' };
    const oidc = new OidcSignIn({ ...client, roles: ROLES, isSafeUrl, webSecrets, clock, log });
    const redirectUri = `${api.url}/web/oidc/callback`;
    const begun = await oidc.begin({ as: 'user', to: '/me', former: [] }, redirectUri);
    const { searchParams } = new URL(begun?.url ?? '');
    asked.nonce = searchParams.get('nonce') ?? '';
    const transaction = oidc.opened(begun?.sealed);
    if (transaction === undefined) throw new Error('What was sealed cannot be opened');
    const back = new URL(`${redirectUri}?code=code&state=${searchParams.get('state')}`);
    const finish = await oidc.finish(back, transaction);
    await asked.close();
    return { proof: asked.proof, finish };
  }

  it('is given the secret of the client in the header, unless it takes it in the body only', async () => {
    const inHeader = { proof: { header: 'Basic', secret: null }, finish: { kind: 'known' } };
    expect(await signInAt({})).toMatchObject(inHeader);
    expect(await signInAt({ methods: ['client_secret_post', 'client_secret_basic'] })).toMatchObject(inHeader);
    expect(await signInAt({ methods: ['private_key_jwt', 'client_secret_post'] })).toMatchObject({
      proof: { header: undefined, secret: 'a secret' },
      finish: { kind: 'known' },
    });
  });

  it('is believed of an address what one document says of both', async () => {
    const [address, other] = [{ email: 'ann@contoso.com' }, { email: 'boss@contoso.com' }];
    const [verified, unverified] = [{ email_verified: true }, { email_verified: false }];
    const told: readonly (readonly [IssuerScript, string | undefined])[] = [
      [{ idToken: { ...address, ...verified } }, 'ann@contoso.com'],
      [{ userInfo: { ...address, ...verified } }, 'ann@contoso.com'],
      [{ idToken: { ...address, ...verified }, userInfo: other }, 'ann@contoso.com'],
      [{ idToken: other, userInfo: verified }, undefined],
      [{ idToken: other, userInfo: { ...address, ...verified } }, 'ann@contoso.com'],
      [{ idToken: { ...other, ...unverified }, userInfo: { ...address, ...verified } }, undefined],
    ];
    for (const [script, believed] of told) {
      const { finish } = await signInAt(script);
      expect([script, finish]).toMatchObject([script, { kind: 'known', person: { address: believed } }]);
    }
  });
});

describe('the answers', () => {
  it('are all that is documented', async () => {
    await api.close();
    api = await startStockedApi({ recorder });
    expectProblem(await api.ask('//web/oidc/start?for=me'), 'not-offered');
    expectProblem(await api.ask('//web/oidc/callback'), 'not-offered');
    expect(recorder.missingOf(api.routes, ['/web/oidc'])).toEqual([]);
  });
});
