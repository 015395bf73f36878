import { beforeAll, describe, expect, it } from 'vitest';
import { auditedIn } from '../../../testing/audited.ts';
import { type ApiMailbox, expectProblem, post, useStockedApi } from '../../../testing/http/stocked-api.ts';
import type { TestRequest } from '../../../testing/http/test-api.ts';

const api = useStockedApi();
let mailbox: ApiMailbox;
let mail: string;

beforeAll(async () => {
  mailbox = await api.mailbox();
  await api.ask(`${mailbox.path}/pin/reset`, post());
  const list = await api.ask(`${mailbox.path}/mail`);
  mail = (list.json as { items: { id: string }[] }).items[0]?.id ?? '';
});

const PATCH = (body: unknown): TestRequest => ({ method: 'PATCH', body });

const changes: readonly (readonly [string, () => string, TestRequest])[] = [
  [
    'enabling a mailbox',
    () => '/mailboxes',
    post({ address: 'a@contoso.com', displayName: 'A', extensions: ['59001'], policy: 'Test Default Policy' }),
  ],
  ['changing a mailbox', () => mailbox.path, PATCH({ displayName: 'Other', subscriberAccess: false })],
  ['disabling a mailbox', () => mailbox.path, { method: 'DELETE' }],
  ['resetting a PIN', () => `${mailbox.path}/pin/reset`, post()],
  ['typing a PIN', () => `${mailbox.path}/pin/reset`, post({ pin: '2847593', notifyEmail: 'b@contoso.com' })],
  ['typing the PIN that there is', () => `${mailbox.path}/pin/reset`, post({ pin: '1985848' })],
  ['locking a mailbox', () => `${mailbox.path}/lock`, post()],
  ['unlocking a mailbox', () => `${mailbox.path}/unlock`, post()],
  ['trying a mail again', () => `${mailbox.path}/mail/${mail}/retry`, post()],
  ['making a dial plan', () => '/dial-plans', post({ name: 'New', accessNumbers: ['7999'], extensionDigits: 4 })],
  ['changing a dial plan', () => '/dial-plans/Test', PATCH({ maxCallDuration: 60 })],
  ['making a policy', () => '/mailbox-policies', post({ name: 'New', dialPlan: 'Test' })],
  ['changing a policy', () => '/mailbox-policies/Test%20Default%20Policy', PATCH({ minPinLength: 9 })],
];

describe('a rehearsal', () => {
  it.each(changes)('of %s answers as if it were done, and changes nothing', async (_what, path, request) => {
    const logged = api.service.log.lines.length;
    const announced = api.service.mailsAnnounced();
    const before = await api.service.stored.rows();
    const headers = request.method === 'POST' ? { headers: { 'idempotency-key': 'what-if' } } : {};
    const answer = await api.ask(`${path()}?whatIf=true`, { ...request, ...headers });
    expect([answer.status, answer.json]).toMatchObject([200, { whatIf: true }]);
    expect([answer.headers.get('etag'), answer.headers.get('location')]).toEqual([null, null]);
    expect(await api.service.stored.rows()).toEqual(before);
    expect(api.service.mailsAnnounced()).toBe(announced);
    const lines = api.service.log.lines.slice(logged).filter(({ level }) => level !== 'debug');
    expect(lines.filter(({ fields }) => fields.event !== undefined)).toEqual([]);
  });

  it('of removing what is empty changes nothing', async () => {
    await api.ask('/dial-plans', post({ name: 'Empty', accessNumbers: ['7998'], extensionDigits: 4 }));
    const before = await api.service.stored.rows();
    for (const path of ['/mailbox-policies/Empty%20Default%20Policy', '/dial-plans/Empty']) {
      const answer = await api.ask(`${path}?whatIf=true`, { method: 'DELETE' });
      expect([answer.status, answer.json]).toMatchObject([200, { whatIf: true }]);
    }
    expect(await api.service.stored.rows()).toEqual(before);
  });

  it('is refused by the rules that refuse the thing itself, and that is not recorded as done', async () => {
    const path = `${mailbox.path}/pin/reset?whatIf=true`;
    const recorded = await auditedIn(api.service);
    const facts = { rule: 'too-short', minimum: 6 };
    expectProblem(await api.ask(path, post({ pin: '1' })), 'pin-refused', facts);
    expectProblem(await api.ask('/dial-plans/Test?whatIf=true', { method: 'DELETE' }), 'in-use');
    expectProblem(await api.ask('/mailboxes/nobody?whatIf=true', { method: 'DELETE' }), 'no-such-mailbox');
    expectProblem(await api.ask(`${path}`, post({}, { as: 'view-only' })), 'forbidden');
    const since = (await auditedIn(api.service)).slice(recorded.length);
    expect(since.map(({ action }) => action)).toEqual(['access-refused']);
  });

  it('and what is done afterwards is answered alike', async () => {
    const body = {
      address: 'same@contoso.com',
      displayName: 'A',
      extensions: ['59002'],
      policy: 'Test Default Policy',
    };
    const shown = (await api.ask('/mailboxes?whatIf=true', post(body))).json as Record<string, unknown>;
    const done = (await api.ask('/mailboxes', post(body))).json as Record<string, unknown>;
    const { whatIf: _whatIf, id: _id, mail: _mail, mails: _mails, ...rest } = shown;
    expect(done).toMatchObject(rest);
    expect(Object.keys(shown).sort()).toEqual([...Object.keys(done), 'whatIf'].sort());
  });
});
