import { expect, it } from 'vitest';
import type { MailboxId } from '../../../domain/mailbox.ts';
import type { WebSession } from '../../../services/ports/web-session-store.ts';
import { WebSessions } from '../../../services/web-sessions.ts';
import { AnswerRecorder } from '../../../testing/http/answer-recorder.ts';
import { bodyOf, expectProblem, useStockedApi } from '../../../testing/http/stocked-api.ts';
import { TestBrowser } from '../../../testing/http/test-browser.ts';
import { SessionsEnded, SignedInPersonList } from '../schemas/sessions.ts';

const recorder = new AnswerRecorder();
const api = useStockedApi({ recorder });

type Who = Pick<WebSession, 'person' | 'name' | 'signedInBy' | 'roles'> & Partial<WebSession>;

/** Begins a session, at a service with these terms; its secret. */
async function begin(who: Who, oidcTerms: string = api.service.oidcTerms): Promise<string> {
  const common = { tokenId: undefined, mailboxId: undefined, expiresAt: undefined };
  const sessions = new WebSessions({ ...api.service, oidcTerms });
  const begun = await sessions.begin({ ...common, ...who }, '192.0.2.1');
  return begun.kind === 'begun' ? begun.secret : expect.fail(begun.kind);
}

const ann: Who = {
  person: 'oidc https://login.example ann/1',
  name: 'ann (OIDC ann/1)',
  signedInBy: 'oidc',
  roles: ['um-management'],
};
const list = async (query = '') => bodyOf(await api.ask(`/sessions${query}`), 200, SignedInPersonList);
const meBy = async (secret: string) => {
  const browser = new TestBrowser(api.url);
  browser.keep('touchtone', secret);
  return browser.send('/api/v1/me');
};

async function signOuts(): Promise<readonly unknown[]> {
  const records = await api.service.database.audit.from(1, 1_000);
  return records.map(({ entry }) => JSON.parse(entry)).filter(({ action }) => action === 'web-sign-out');
}

it('tells who is signed in, and signs somebody out everywhere, on the record', async () => {
  const mailbox = await api.mailbox();
  const ofAnn = [await begin(ann), await begin(ann)];
  const user: Who = { person: `mailbox ${mailbox.id}`, name: mailbox.address, signedInBy: 'link', roles: [] };
  await begin({ ...user, mailboxId: mailbox.id as MailboxId });
  const { items, next } = await list('?limit=1');
  const { person, name } = user;
  const began = { id: expect.stringMatching(/^[\w-]{22}$/), isCurrent: false, roles: [], signedInBy: 'link' };
  const used = { address: '192.0.2.1', beganAt: expect.any(String), lastUsedAt: expect.any(String) };
  const ends = { idleUntil: expect.any(String), until: expect.any(String) };
  expect(items).toEqual([
    { person, kind: 'user', name, mailboxId: mailbox.id, sessions: [{ ...began, ...used, ...ends }] },
  ]);
  const rest = await list(`?limit=1&cursor=${next}`);
  expect(rest).toMatchObject({ items: [{ person: ann.person, kind: 'administrator', mailboxId: null }], next: null });
  expect(rest.items[0]?.sessions.map(({ roles }) => roles)).toEqual([['um-management'], ['um-management']]);

  const path = `/sessions/${encodeURIComponent(ann.person)}`;
  const ended = { person: ann.person, sessions: 2 };
  const rehearsed = await api.ask(`${path}?whatIf=true`, { method: 'DELETE' });
  expect(bodyOf(rehearsed, 200, SessionsEnded)).toEqual({ ...ended, whatIf: true });
  expect(await Promise.all(ofAnn.map(async (secret) => (await meBy(secret)).status))).toEqual([200, 200]);
  expect(await signOuts()).toEqual([]);
  expect(bodyOf(await api.ask(path, { method: 'DELETE' }), 200, SessionsEnded)).toEqual(ended);
  for (const secret of ofAnn) expectProblem(await meBy(secret), 'no-session');
  expect(bodyOf(await api.ask(path, { method: 'DELETE' }), 200, SessionsEnded).sessions).toBe(0);
  await api.ask(`/sessions/${encodeURIComponent(person)}`, { method: 'DELETE' });
  const actor = { kind: 'administrator', name: 'organization-management' };
  expect(await signOuts()).toMatchObject([
    { actor, details: { sessions: 2, person: ann.person, name: ann.name } },
    { actor, mailboxId: mailbox.id, details: { sessions: 1 } },
  ]);
  expect((await list()).items).toEqual([]);
});

it('marks the session that asks, and ends one of a person’s, on the record', async () => {
  const manager: Who = { ...ann, person: 'oidc bob', name: 'bob', roles: ['organization-management'] };
  const [former, own] = [await begin(manager), await begin(manager)];
  const browser = new TestBrowser(api.url);
  browser.keep('touchtone', own);
  const { items } = bodyOf(await browser.send('/api/v1/sessions'), 200, SignedInPersonList);
  const sessions = items.flatMap((item) => item.sessions);
  expect(sessions.map(({ isCurrent }) => isCurrent).sort()).toEqual([false, true]);
  const other = sessions.find(({ isCurrent }) => !isCurrent)?.id ?? expect.fail('There is no other one');
  const path = `/sessions/${encodeURIComponent('oidc bob')}`;
  for (const id of ['none', `${other}x`]) {
    expect(bodyOf(await api.ask(`${path}/${id}`, { method: 'DELETE' }), 200, SessionsEnded).sessions).toBe(0);
  }
  expect(bodyOf(await api.ask(`/sessions/x/${other}`, { method: 'DELETE' }), 200, SessionsEnded).sessions).toBe(0);
  const rehearsed = await api.ask(`${path}/${other}?whatIf=true`, { method: 'DELETE' });
  expect(bodyOf(rehearsed, 200, SessionsEnded)).toMatchObject({ sessions: 1, whatIf: true });
  expect((await meBy(former)).status).toBe(200);
  expect(bodyOf(await api.ask(`${path}/${other}`, { method: 'DELETE' }), 200, SessionsEnded).sessions).toBe(1);
  expectProblem(await meBy(former), 'no-session');
  expect((await meBy(own)).status).toBe(200);
  await api.ask(path, { method: 'DELETE' });
  expectProblem(await meBy(own), 'no-session');
  const ofBob = { details: { sessions: 1, person: 'oidc bob', name: 'bob' } };
  expect((await signOuts()).slice(-2)).toMatchObject([ofBob, ofBob]);
  expect(recorder.missingOf(api.routes, ['/api/v1/sessions'])).toEqual([]);
});

it('counts no session any more that was begun with other roles of the groups, or at another identity provider', async () => {
  const [before, now] = [await begin(ann, 'others'), await begin(ann)];
  const token: Who = { ...ann, person: 'oidc other', name: 'other' };
  await begin(token, 'others');
  expectProblem(await meBy(before), 'no-session');
  expect((await meBy(now)).status).toBe(200);
  const { items } = await list();
  expect(items.map(({ person, sessions }) => [person, sessions.length])).toEqual([[ann.person, 1]]);
  expect(await api.web.sessions.open()).toEqual({ administrator: 1, user: 0 });
});
