import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailboxId } from '../../../domain/mailbox.ts';
import type { CountedKind } from '../../../domain/meter.ts';
import { writeLetter } from '../../../mail/write-letter.ts';
import type { OperatorAlert } from '../../../services/ports/operator-alerts.ts';
import { SelfService } from '../../../services/self-service.ts';
import { LINKS_OF_ADDRESS, SignInLinks } from '../../../services/sign-in-links.ts';
import { CapturedMeter } from '../../../testing/captured-meter.ts';
import { Gate } from '../../../testing/gate.ts';
import { AnswerRecorder } from '../../../testing/http/answer-recorder.ts';
import {
  type ApiMailbox,
  bodyOf,
  expectProblem,
  type StockedApi,
  startStockedApi,
} from '../../../testing/http/stocked-api.ts';
import { PAGES } from '../../../testing/http/test-api.ts';
import { TestBrowser } from '../../../testing/http/test-browser.ts';
import { OwnMailbox, OwnReport, OwnReset, UserSession } from '../schemas/web.ts';

const MINUTE = 60_000;
const recorder = new AnswerRecorder();

let api: StockedApi;
let mailbox: ApiMailbox;
let browser: TestBrowser;
let alerts: OperatorAlert[];

beforeEach(async () => {
  alerts = [];
  api = await startStockedApi({
    recorder,
    parts: (service, _tokens, web) => {
      const parts = { ...service, alerts: { raise: (alert: OperatorAlert) => alerts.push(alert) } };
      return { isTrustedProxy: () => true, web: { ...web, selfService: new SelfService(parts) } };
    },
  });
  mailbox = await api.mailbox();
  browser = new TestBrowser(api.url);
});
afterEach(() => api.close());

let addresses = 0;
/** An address of its own, so that nobody has to wait for what others have asked for. */
const freshSource = () => ({ 'x-forwarded-for': `10.1.${addresses >> 8}.${addresses++ & 255}` });

const ask = (address: string, headers: Readonly<Record<string, string>> = freshSource()) =>
  browser.send('/web/me/links', { method: 'POST', body: { address }, headers });

async function linksMailed(id: string = mailbox.id) {
  await api.web.links.idle();
  const letters = await api.service.letters(id as MailboxId);
  return letters.filter(({ letter }) => letter.kind === 'sign-in-link');
}

/** The token of the newest link that was mailed, as the mail has it. */
async function newestToken(): Promise<string> {
  await expect.poll(async () => (await linksMailed()).length, { timeout: 10_000 }).toBeGreaterThan(0);
  const letter = (await linksMailed())[0]?.letter;
  if (letter?.kind !== 'sign-in-link') throw new Error('No link was mailed');
  return api.service.webSecrets.linkToken(letter.linkId);
}

const signIn = (token: string, by = browser) =>
  by.send('/web/me/session', { method: 'POST', body: { token }, headers: freshSource() });

async function signInByLink(): Promise<void> {
  expect((await ask(mailbox.address)).status).toBe(202);
  expect((await signIn(await newestToken())).status).toBe(200);
}

async function recorded(action: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const records = await api.service.database.audit.from(1, 1_000);
  return records.map(({ entry }) => JSON.parse(entry)).filter((entry) => entry.action === action);
}

/** How many links have come to that. */
function counted(outcome: CountedKind<'sign-in-link'>): number {
  const { meter } = api.service;
  if (!(meter instanceof CapturedMeter)) throw new Error('The meter of tests keeps what it is told');
  return meter.counted('sign-in-link', outcome);
}

describe('a link', () => {
  it('goes to the mailbox’s own address, its token in the fragment, and is kept nowhere', async () => {
    const answer = await ask(mailbox.address.toUpperCase());
    expect([answer.status, answer.json]).toEqual([202, {}]);
    const token = await newestToken();
    const [mail] = await linksMailed();
    expect(mail?.letter).toMatchObject({ address: mailbox.address, origin: PAGES });
    if (mail === undefined) throw new Error('No mail');
    const { text } = writeLetter(mail.letter, '', `${PAGES}/me/link#${token}`);
    expect(text).toContain(`${PAGES}/me/link#${token}`);
    expect(JSON.stringify([await api.service.stored.rows(), api.service.log.lines])).not.toContain(token);
    expect(await recorded('sign-in-link')).toMatchObject([{ mailboxId: mailbox.id, actor: { kind: 'unknown' } }]);
  });

  it('begins a session, once, and only by the press of the button', async () => {
    await ask(mailbox.address);
    const token = await newestToken();
    // A scanner opens the page, whose fragment its browser sends to nobody.
    for (const path of ['/me/link', `/me/link?${token}`, `/web/me/session?token=${token}`]) {
      await fetch(`${api.url}${path}`);
    }
    const session = bodyOf(await signIn(token), 200, UserSession);
    expect(session).toMatchObject({ kind: 'user', address: mailbox.address, signedInBy: 'link' });
    expect(bodyOf(await browser.send('/web/me/session'), 200, UserSession)).toEqual(session);
    expect(browser.cookies.get('touchtone-me')?.attributes).toEqual(
      expect.arrayContaining(['httponly', 'samesite=strict', 'path=/']),
    );
    expectProblem(await signIn(token, new TestBrowser(api.url)), 'link-used-up');
    expect([counted('sent'), counted('used'), counted('refused'), counted('withheld')]).toEqual([1, 1, 1, 0]);
    expect(await recorded('web-sign-in')).toMatchObject([{ actor: { kind: 'user' }, mailboxId: mailbox.id }]);
    expect(await recorded('authentication-failed')).toMatchObject([{ reason: 'link-used-up' }]);
  });

  it('begins one session of several presses at once', async () => {
    await ask(mailbox.address);
    const token = await newestToken();
    const answers = await Promise.all(Array.from({ length: 5 }, () => signIn(token, new TestBrowser(api.url))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410, 410, 410, 410]);
  });

  it('is good for a quarter of an hour', async () => {
    await ask(mailbox.address);
    const token = await newestToken();
    await api.service.clock.advance(15 * MINUTE);
    expectProblem(await signIn(token), 'link-used-up');
  });

  it('that was made up, or changed, is none', async () => {
    await ask(mailbox.address);
    const token = await newestToken();
    const changed = `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`;
    for (const wrong of [changed, token.slice(1), 'x', "' or 1=1 --"])
      expectProblem(await signIn(wrong), 'link-used-up');
    expect((await signIn(token)).status).toBe(200);
  });

  it('ends with its mailbox', async () => {
    await ask(mailbox.address);
    const token = await newestToken();
    await api.ask(mailbox.path, { method: 'DELETE' });
    expectProblem(await signIn(token), 'link-used-up');
  });

  it('is mailed three times an hour for one address, and asking is answered the same', async () => {
    for (let count = 0; count < LINKS_OF_ADDRESS + 2; count++) expect((await ask(mailbox.address)).status).toBe(202);
    await api.web.links.idle();
    await expect.poll(async () => (await linksMailed()).length, { timeout: 10_000 }).toBe(LINKS_OF_ADDRESS);
    await expect.poll(() => counted('withheld'), { timeout: 10_000 }).toBe(2);
    await api.service.clock.advance(61 * MINUTE);
    await ask(mailbox.address);
    await expect.poll(async () => (await linksMailed()).length, { timeout: 10_000 }).toBe(LINKS_OF_ADDRESS + 1);
    expect((await linksMailed()).map(({ state }) => state)).toEqual(['waiting', ...Array(3).fill('superseded')]);
  });

  it('may be asked for five times at once from one source, then once a minute', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.9' };
    for (let count = 0; count < 5; count++) expect((await ask(`u${count}@contoso.com`, headers)).status).toBe(202);
    const answer = await ask('u9@contoso.com', headers);
    expectProblem(answer, 'too-many-requests');
    expect(answer.headers.get('retry-after')).toBe('60');
    await api.service.clock.advance(MINUTE);
    expect((await ask('u9@contoso.com', headers)).status).toBe(202);
  });

  it('is looked for once the answer has been given, whoever asks for whom, and an address is kept as a digest', async () => {
    // While the database is somebody else's, nothing can be looked up.
    const gate = new Gate();
    const held = api.service.database.transact(() => gate.pass());
    await gate.reached;
    const [known, unknown] = [await ask(mailbox.address), await ask('nobody@contoso.com')];
    gate.open();
    await held;
    const bare = ({ status, text, headers }: typeof known) => [status, text, [...headers.keys()].sort()];
    expect(bare(known)).toEqual(bare(unknown));
    await expect.poll(() => links(), { timeout: 10_000 }).toBe(2);
    expect(JSON.stringify(await api.service.stored.rows())).not.toContain('nobody@contoso.com');
    async function links(): Promise<number> {
      await api.web.links.idle();
      return (await api.service.stored.rows()).filter(({ table }) => table === 'sign_in_link').length;
    }
  });

  it('does not use memory up that nobody has', async () => {
    const service = {
      ...api.service,
      database: { ...api.service.database, transact: () => new Promise<never>(() => {}) },
    };
    const links = new SignInLinks(service);
    for (let count = 0; count < 1_000; count++) links.ask('a@b', '192.0.2.1', PAGES);
    expect(api.service.log.lines.filter(({ message }) => message.startsWith('Too many ask for links'))).toHaveLength(
      799,
    );
  });
});

describe('a user', () => {
  beforeEach(signInByLink);

  it('sees the mailbox', async () => {
    const seen = bodyOf(await browser.send('/web/me/mailbox'), 200, OwnMailbox);
    expect(seen).toMatchObject({
      address: mailbox.address,
      extensions: [mailbox.extension],
      accessNumbers: ['7000'],
      pin: { state: 'ok' },
      lockedOut: false,
      lockedUntil: null,
      failuresSinceSuccess: 0,
      recentSignIns: [],
    });
    const source = { callId: 'one', peer: '192.0.2.7', assertedNumber: '5551000', peerIsTrusted: true };
    for (const pin of ['000000', mailbox.pin]) {
      const verdict = await api.service.signIn.attempt(api.dialPlan.id, mailbox.extension, pin, source);
      if (verdict.kind === 'signed-in') verdict.session.close();
    }
    const after = bodyOf(await browser.send('/web/me/mailbox'), 200, OwnMailbox);
    expect(after.recentSignIns).toMatchObject([
      { outcome: 'succeeded', callingNumber: '5551000' },
      { outcome: 'failed', callingNumber: '5551000' },
    ]);
    expect(after.lastSuccessAt).not.toBeNull();
  });

  it('has a new PIN mailed, to be changed at the next sign-in, three times an hour', async () => {
    const post = { method: 'POST' } as const;
    for (let count = 0; count < 3; count++) {
      const reset = bodyOf(await browser.send('/web/me/pin-resets', post), 200, OwnReset);
      expect(reset).toEqual({ mailedTo: mailbox.address, status: 'waiting', lockedOut: false });
    }
    const answer = await browser.send('/web/me/pin-resets', post);
    expectProblem(answer, 'too-many-requests');
    expect(answer.headers.get('retry-after')).toBe('3600');
    expect((await browser.send('/web/me/mailbox')).json).toMatchObject({
      pin: { state: 'must-change' },
      mail: { status: 'waiting' },
    });
    expect(await recorded('pin-reset')).toMatchObject(
      Array(3).fill({ actor: { kind: 'user' }, source: { kind: 'http' } }),
    );
    const [letter] = (await api.service.letters(mailbox.id as MailboxId)).filter(({ pin }) => pin !== undefined);
    expect(letter?.letter).toMatchObject({ kind: 'pin-reset', cause: 'user', address: mailbox.address });
    const typed = await browser.send('/web/me/pin-resets', { ...post, body: { pin: '1985848' } });
    expectProblem(typed, 'invalid-request', { errors: [{ path: '/pin', message: 'is not known' }] });
    await api.service.clock.advance(20 * MINUTE);
    await browser.send('/web/me/session');
    await api.service.clock.advance(20 * MINUTE);
    await browser.send('/web/me/session');
    await api.service.clock.advance(20 * MINUTE);
    expect((await browser.send('/web/me/pin-resets', post)).status).toBe(200);
  });

  it('who was not the one has the mailbox locked until an administrator unlocks it, and the operator told', async () => {
    const source = { callId: 'thief', peer: '192.0.2.7', peerIsTrusted: false };
    const verdict = await api.service.signIn.attempt(api.dialPlan.id, mailbox.extension, mailbox.pin, source);
    if (verdict.kind !== 'signed-in') throw new Error('Nobody has signed in');
    let ended = '';
    verdict.session.onEnd((why) => {
      ended = why;
    });
    const answer = bodyOf(await browser.send('/web/me/reports', { method: 'POST', body: {} }), 200, OwnReport);
    expect(ended).toBe('locked');
    verdict.session.close();
    expect(answer).toEqual({ lockedOut: true });
    expect((await browser.send('/web/me/mailbox')).json).toMatchObject({ lockedOut: true, lockedUntil: null });
    expect(alerts).toMatchObject([{ kind: 'report', mailbox: { id: mailbox.id, address: mailbox.address } }]);
    expect(await recorded('lock')).toMatchObject([{ actor: { kind: 'user' }, mailboxId: mailbox.id }]);
    expect(await recorded('mailbox-report')).toMatchObject([{ details: { wasLockedOut: false } }]);
    const reset = bodyOf(await browser.send('/web/me/pin-resets', { method: 'POST' }), 200, OwnReset);
    expect(reset.lockedOut).toBe(true);
    await api.ask(`${mailbox.path}/unlock`, { method: 'POST' });
    expect((await browser.send('/web/me/mailbox')).json).toMatchObject({ lockedOut: false });
  });

  it('does nothing that administrators do, and administrators nothing of users', async () => {
    expect((await browser.send('/api/v1/me')).status).toBe(401);
    expectProblem(await browser.send('/web/session'), 'no-session');
    await browser.send('/web/session', { method: 'POST', body: { token: api.tokens['organization-management'] } });
    expect((await browser.send('/web/session')).json).toMatchObject({ kind: 'administrator' });
    expect((await browser.send('/web/me/session')).json).toMatchObject({ kind: 'user' });
    const swapped = new TestBrowser(api.url);
    swapped.keep('touchtone-me', browser.cookies.get('touchtone')?.value ?? '');
    swapped.keep('touchtone', browser.cookies.get('touchtone-me')?.value ?? '');
    expectProblem(await swapped.send('/web/me/mailbox'), 'no-session');
    expectProblem(await swapped.send('/api/v1/mailboxes'), 'no-session');
  });

  it('signs out, and everywhere', async () => {
    expect((await browser.send('/web/me/session', { method: 'DELETE' })).status).toBe(204);
    expectProblem(await browser.send('/web/me/mailbox'), 'no-session');
    await signInByLink();
    expect((await browser.send('/web/me/sessions', { method: 'DELETE' })).status).toBe(204);
    expectProblem(await browser.send('/web/me/session'), 'no-session');
  });

  it('whose mailbox is gone is signed out', async () => {
    await api.ask(mailbox.path, { method: 'DELETE' });
    expectProblem(await browser.send('/web/me/mailbox'), 'no-session');
  });

  it('is on the record with its mailbox where a page of another site tries to use it', async () => {
    await signInByLink();
    expectProblem(await browser.send('/web/me/reports', { method: 'POST', body: {}, from: 'same-site' }), 'csrf');
    expect(await recorded('access-refused')).toMatchObject([
      { reason: 'csrf', actor: { kind: 'user' }, mailboxId: mailbox.id },
    ]);
  });
});

describe('the answers', () => {
  it('are all that is documented', async () => {
    const headers = freshSource();
    for (let count = 0; count < 20; count++) {
      const wrong = { method: 'POST', body: { token: 'x' }, headers } as const;
      expect((await browser.send('/web/me/session', wrong)).status).toBe(410);
    }
    const more = await browser.send('/web/me/session', { method: 'POST', body: { token: 'x' }, headers });
    expectProblem(more, 'too-many-requests');
    for (const path of ['/web/me/session', '/web/me/links']) {
      expectProblem(await browser.send(path, { method: 'POST', body: {}, from: 'cross-site' }), 'invalid-request', {
        errors: expect.any(Array),
      });
      const body = path.endsWith('links') ? { address: 'a@b' } : { token: 'x' };
      expectProblem(await browser.send(path, { method: 'POST', body, from: 'cross-site' }), 'csrf');
    }
    await ask(mailbox.address);
    const token = await newestToken();
    await api.service.stored.run('alter table sign_in_link rename to away');
    expectProblem(await signIn(token), 'overloaded');
    await api.service.stored.run('alter table away rename to sign_in_link');
    await api.close();
    api = await startStockedApi({
      recorder,
      parts: (_service, _tokens, web) => ({ web: { ...web, origin: () => undefined } }),
    });
    browser = new TestBrowser(api.url);
    expectProblem(await ask('ann@contoso.com', {}), 'not-offered');
    expect((await browser.send('/web/config')).json).toMatchObject({ selfService: null });
    expect(recorder.missingOf(api.routes, ['/web/me'])).toEqual([]);
  });
});
