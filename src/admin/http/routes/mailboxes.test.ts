import { describe, expect, it } from 'vitest';
import { bodyOf, expectProblem, post, useStockedApi } from '../../../testing/http/stocked-api.ts';
import { createTestDialPlan } from '../../../testing/test-service.ts';
import { EnabledMailbox, Mailbox, MailboxList } from '../schemas/mailboxes.ts';

const api = useStockedApi();

const PATCH = (body: unknown, headers: Record<string, string> = {}) => ({ method: 'PATCH', body, headers }) as const;
const DELETE = (headers: Record<string, string> = {}) => ({ method: 'DELETE', headers }) as const;

const newMailbox = (extension: string, changes: Record<string, unknown> = {}) => ({
  address: `new${extension}@contoso.com`,
  displayName: 'Tony Smith',
  extensions: [extension],
  policy: api.policy.name,
  ...changes,
});

describe('enabling a mailbox', () => {
  it('answers with the mailbox, its place, its revision and the mail that tells the PIN', async () => {
    const answer = await api.ask('/mailboxes', post(newMailbox('51234', { timeZone: 'Europe/Vienna' })));
    const mailbox = bodyOf(answer, 201, EnabledMailbox);
    expect(answer.headers.get('location')).toBe(`/api/v1/mailboxes/${mailbox.id}`);
    expect(answer.headers.get('etag')).toBe('"1"');
    const { dialPlan, policy } = api;
    const mail = { id: expect.any(String), kind: 'um-enabled', to: 'new51234@contoso.com' };
    expect(mailbox).toEqual({
      id: expect.any(String),
      address: 'new51234@contoso.com',
      alias: 'new51234',
      displayName: 'Tony Smith',
      extensions: ['51234'],
      registeredNumbers: [],
      dialPlan: { id: dialPlan.id, name: dialPlan.name },
      policy: { id: policy.id, name: policy.name },
      language: 'en-US',
      timeZone: 'Europe/Vienna',
      clock: '12-hour',
      subscriberAccess: true,
      pinlessAccess: false,
      pinExpired: true,
      firstTimeUser: true,
      lockedOut: false,
      mail: { id: mail.id, kind: mail.kind, state: 'waiting', queuedAt: '2026-01-15T09:30:00.000Z' },
      mails: [mail],
    });
    const { mails: _mails, ...rest } = mailbox;
    expect(bodyOf(await api.ask(`/mailboxes/${mailbox.id}`), 200, Mailbox)).toEqual(rest);
  });

  it('takes everything that a mailbox has, and an id for a policy', async () => {
    const everything = {
      alias: 'all51235',
      registeredNumbers: ['+14255550123'],
      language: 'de-AT',
      timeZone: 'UTC',
      clock: '24-hour',
      subscriberAccess: false,
      pinlessAccess: true,
    };
    const wanted = newMailbox('51235', { ...everything, policy: api.policy.id, extensions: ['51235', '51236'] });
    const mailbox = bodyOf(await api.ask('/mailboxes', post(wanted)), 201, EnabledMailbox);
    expect(mailbox).toMatchObject({ ...everything, extensions: ['51235', '51236'] });
  });

  it.each([
    ['mails nothing but a notice when a typed PIN is not to be mailed', { pin: '1985848', sendEmail: false }, 1],
    ['mails the PIN elsewhere, and its user a notice', { notifyEmail: 'boss@contoso.com' }, 2],
  ])('%s', async (_what, changes, mails) => {
    const { extension } = { extension: String(52_000 + mails) };
    const answer = await api.ask('/mailboxes', post(newMailbox(extension, changes)));
    expect(bodyOf(answer, 201, EnabledMailbox).mails).toHaveLength(mails);
  });

  it('lets a PIN that is not to be changed be generated or typed', async () => {
    for (const [extension, pin] of [
      ['52101', {}],
      ['52102', { pin: '1985848' }],
    ] as const) {
      const answer = await api.ask('/mailboxes', post(newMailbox(extension, { ...pin, pinExpired: false })));
      expect(bodyOf(answer, 201, EnabledMailbox)).toMatchObject({ pinExpired: false });
    }
  });

  it('does it once for one idempotency key', async () => {
    const request = post(newMailbox('52201'), { headers: { 'idempotency-key': 'enable-52201' } });
    const first = await api.ask('/mailboxes', request);
    const again = await api.ask('/mailboxes', request);
    expect(bodyOf(again, 201, EnabledMailbox)).toEqual(bodyOf(first, 201, EnabledMailbox));
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('etag')).toBe('"1"');
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expectProblem(await api.ask('/mailboxes', { ...request, body: newMailbox('52202') }), 'idempotency-key-reused');
  });

  it.each([
    ['no address', { address: 'nobody' }, 'not-an-address', { setting: 'address' }],
    ['no address to notify', { notifyEmail: 'a@b@c' }, 'not-an-address', { setting: 'notifyEmail' }],
    ['no alias', { alias: 'a b' }, 'setting-refused', { setting: 'alias', rule: 'not-an-alias', maximum: 64 }],
    [
      'no display name',
      { displayName: ' \n ' },
      'setting-refused',
      { setting: 'displayName', rule: 'no-display-name', maximum: 256 },
    ],
    ['no extension', { extensions: ['123'] }, 'not-an-extension', { setting: 'extensions', extensionDigits: 5 }],
    ['no number', { registeredNumbers: ['me'] }, 'not-a-number', { setting: 'registeredNumbers' }],
    [
      'a number twice',
      { extensions: ['53001', '53001'] },
      'setting-refused',
      { setting: 'extensions', rule: 'number-twice' },
    ],
    [
      'too many numbers',
      { registeredNumbers: Array.from({ length: 100 }, (_, index) => `+1425555${1_000 + index}`) },
      'setting-refused',
      { setting: 'registeredNumbers', rule: 'too-many-numbers', maximum: 100 },
    ],
    ['no language', { language: '!' }, 'setting-refused', { setting: 'language', rule: 'not-a-language' }],
    ['no time zone', { timeZone: 'Mars' }, 'setting-refused', { setting: 'timeZone', rule: 'not-a-time-zone' }],
    ['no policy', { policy: 'Nobody’s' }, 'no-such-policy', {}],
    ['a short PIN', { pin: '123' }, 'pin-refused', { rule: 'too-short', minimum: 6 }],
    ['a common PIN', { pin: '123456' }, 'pin-refused', { rule: 'common-pattern', pattern: 'sequential' }],
    ['a PIN that is no digits', { pin: 'secret' }, 'pin-refused', { rule: 'not-digits' }],
    ['a long PIN', { pin: '1'.repeat(25) }, 'pin-refused', { rule: 'too-long', maximum: 24 }],
    ['the extension in the PIN', { pin: '9530017' }, 'pin-refused', { rule: 'contains-extension' }],
    ['a generated PIN that nobody learns', { sendEmail: false }, 'generated-unmailed', {}],
  ] as const)('is refused with %s', async (_what, changes, name, facts) => {
    const before = await api.service.stored.rows();
    expectProblem(await api.ask('/mailboxes', post(newMailbox('53001', changes))), name, facts);
    expect(await api.service.stored.rows()).toEqual(before);
  });

  it.each(['address', 'alias', 'extension', 'registered number'] as const)(
    'is refused with the %s of another',
    async (what) => {
      const other = await api.mailbox({ registeredNumbers: [`+1425555${what.length}000`] });
      const [changes, name, facts] = {
        address: [{ address: other.address.toUpperCase() }, 'address-taken', {}],
        alias: [{ alias: other.address.slice(0, other.address.indexOf('@')) }, 'alias-taken', {}],
        extension: [{ extensions: [other.extension] }, 'number-taken', { number: other.extension }],
        'registered number': [
          { registeredNumbers: [`+1 425 555 ${what.length}000`] },
          'number-taken',
          { number: `+1425555${what.length}000` },
        ],
      }[what] as [Record<string, unknown>, 'address-taken' | 'alias-taken' | 'number-taken', Record<string, unknown>];
      expectProblem(await api.ask('/mailboxes', post(newMailbox('53002', changes))), name, facts);
    },
  );

  it.each([
    ['no body', undefined, ''],
    ['an unknown member', newMailboxBody({ pinn: '1' }), '/pinn'],
    ['text for a boolean', newMailboxBody({ sendEmail: 'false' }), '/sendEmail'],
    ['no extension', newMailboxBody({ extensions: [] }), '/extensions'],
  ])('is refused where the request is wrong: %s', async (_what, body, path) => {
    const answer = await api.ask('/mailboxes', post(body));
    expectProblem(answer, 'invalid-request', {
      errors: expect.arrayContaining([{ path, message: expect.any(String) }]),
    });
  });
});

function newMailboxBody(changes: Record<string, unknown>): Record<string, unknown> {
  return { address: 'a@contoso.com', displayName: 'A', extensions: ['54001'], policy: 'x', ...changes };
}

describe('an identity', () => {
  it('is an id, an address, an alias or an extension, whatever its case', async () => {
    const { id, address, extension } = await api.mailbox({ alias: 'Tony.S' });
    for (const identity of [id, address, address.toUpperCase(), 'tony.s', 'TONY.S', extension]) {
      const answer = await api.ask(`/mailboxes/${encodeURIComponent(identity)}`);
      expect(bodyOf(answer, 200, Mailbox).id).toBe(id);
      expect(answer.headers.get('etag')).toBe('"1"');
    }
  });

  it('that several mailboxes have is refused with their addresses', async () => {
    const second = await createTestDialPlan(api.service, 'Second', '7001');
    const one = await api.mailbox({ extensions: ['55001'] });
    const other = await api.mailbox({ extensions: ['55001'], policy: second.policy.name });
    const candidates = [one.address, other.address].sort();
    for (const request of [{}, PATCH({}), DELETE()] as const) {
      expectProblem(await api.ask('/mailboxes/55001', request), 'ambiguous-identity', { candidates });
    }
    for (const path of ['pin/reset', 'lock', 'unlock']) {
      expectProblem(await api.ask(`/mailboxes/55001/${path}`, post()), 'ambiguous-identity', { candidates });
    }
    for (const path of ['pin', 'timeline', 'mail']) {
      expectProblem(await api.ask(`/mailboxes/55001/${path}`), 'ambiguous-identity', { candidates });
    }
    expectProblem(await api.ask('/mailboxes/55001/mail/x/retry', post()), 'ambiguous-identity', { candidates });
  });
});

describe('a list of mailboxes', () => {
  it('is in the order of addresses and read page by page, whatever the limit', async () => {
    for (let count = 0; count < 5; count++) await api.mailbox();
    const all = bodyOf(await api.ask('/mailboxes?limit=200'), 200, MailboxList);
    expect(all.next).toBeNull();
    const addresses = all.items.map(({ address }) => address);
    expect(addresses).toEqual([...addresses].sort());
    const walked: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path: string = `/mailboxes?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const page = bodyOf(await api.ask(path), 200, MailboxList);
      expect(page.items.length).toBeLessThanOrEqual(2);
      walked.push(...page.items.map(({ address }) => address));
      cursor = page.next;
    }
    expect(walked).toEqual(addresses);
  });

  it('is searched and filtered', async () => {
    const { policy } = await createTestDialPlan(api.service, 'Third', '7002');
    const shared = { policy: policy.name };
    const plain = await api.mailbox({ ...shared, displayName: 'Zoë Müller', extensions: ['56001'] });
    const locked = await api.mailbox({ ...shared, pinExpired: true });
    await api.ask(`${locked.path}/lock`, post());
    const listed = async (query: string): Promise<readonly string[]> => {
      const page = bodyOf(await api.ask(`/mailboxes?dialPlan=Third&${query}`), 200, MailboxList);
      return page.items.map(({ id }) => id);
    };
    expect(await listed('')).toHaveLength(2);
    expect(await listed('search=zo%C3%AB')).toEqual([plain.id]);
    expect(await listed('search=5600')).toEqual([plain.id]);
    expect(await listed(`search=${plain.address}`)).toEqual([plain.id]);
    expect(await listed('search=%25')).toEqual([]);
    expect(await listed('locked=true')).toEqual([locked.id]);
    expect(await listed('locked=false')).toEqual([plain.id]);
    expect(await listed('pinExpired=true')).toEqual([locked.id]);
    expect(await listed('firstTime=true')).toHaveLength(2);
    expect(await listed('mailProblem=true')).toEqual([]);
    expect(await listed(`policy=${policy.id}`)).toHaveLength(2);
    expect(await listed(`policy=${api.policy.id}`)).toEqual([]);
  });

  it.each([
    ['policy=nobody', 'no-such-policy', {}],
    ['dialPlan=nobody', 'no-such-dial-plan', {}],
    ['limit=0', 'invalid-request', { errors: [{ path: '/limit', message: expect.any(String) }] }],
    ['limit=201', 'invalid-request', { errors: [{ path: '/limit', message: expect.any(String) }] }],
    ['locked=maybe', 'invalid-request', { errors: [{ path: '/locked', message: expect.any(String) }] }],
    ['cursor=bm8', 'invalid-request', { errors: [{ path: '/cursor', message: expect.any(String) }] }],
    ['color=red', 'invalid-request', { errors: [{ path: '/color', message: expect.any(String) }] }],
  ] as const)('is refused for ?%s', async (query, name, facts) => {
    expectProblem(await api.ask(`/mailboxes?${query}`), name, facts);
  });
});

describe('changing a mailbox', () => {
  it('answers with what it is now, and its new revision', async () => {
    const { path, address } = await api.mailbox();
    const answer = await api.ask(path, PATCH({ displayName: 'Anthony', clock: '24-hour' }));
    expect(bodyOf(answer, 200, Mailbox)).toMatchObject({ displayName: 'Anthony', clock: '24-hour', address });
    expect(answer.headers.get('etag')).toBe('"2"');
    const merged = await api.ask(
      path,
      PATCH({ language: 'de-at' }, { 'content-type': 'application/merge-patch+json' }),
    );
    expect(bodyOf(merged, 200, Mailbox)).toMatchObject({ displayName: 'Anthony', language: 'de-AT' });
    expect(merged.headers.get('etag')).toBe('"3"');
    const nothing = await api.ask(path, PATCH({}));
    expect(nothing.headers.get('etag')).toBe('"3"');
  });

  it('lets one win of those that have read the same', async () => {
    const { path } = await api.mailbox();
    for (let round = 1; round <= 5; round++) {
      const { headers } = await api.ask(path);
      const match = { 'if-match': headers.get('etag') ?? '' };
      const names = Array.from({ length: 8 }, (_, index) => `Round ${round}, ${index}`);
      const answers = await Promise.all(names.map((displayName) => api.ask(path, PATCH({ displayName }, match))));
      const won = answers.filter(({ status }) => status === 200);
      expect(won).toHaveLength(1);
      for (const lost of answers) if (lost.status !== 200) expectProblem(lost, 'precondition-failed');
      const now = bodyOf(await api.ask(path), 200, Mailbox);
      expect(won[0]?.json).toEqual(now);
    }
  });

  it.each([
    ['*', 200],
    ['"1"', 200],
    ['"7", "1"', 200],
    ['W/"1"', 412],
    ['"7"', 412],
    ['"7", "8"', 412],
    ['"something-else"', 412],
    ['"not one tag"', 400],
    ['1', 400],
  ])('with If-Match %s is answered %i', async (match, status) => {
    const { path } = await api.mailbox();
    const answer = await api.ask(path, PATCH({ displayName: 'Matched' }, { 'if-match': match }));
    expect(answer.status).toBe(status);
    expect((await api.ask(path, DELETE({ 'if-match': '"9"' }))).status).toBe(412);
  });

  it.each([
    [{ policy: 'nobody' }, 'no-such-policy', {}],
    [{ address: 'nobody' }, 'not-an-address', { setting: 'address' }],
    [{ extensions: ['1'] }, 'not-an-extension', { setting: 'extensions', extensionDigits: 5 }],
    [{ registeredNumbers: ['x'] }, 'not-a-number', { setting: 'registeredNumbers' }],
    [{ timeZone: 'x' }, 'setting-refused', { setting: 'timeZone', rule: 'not-a-time-zone' }],
    [{ alias: null }, 'invalid-request', { errors: [{ path: '/alias', message: expect.any(String) }] }],
  ] as const)('is refused with %j', async (changes, name, facts) => {
    const { path } = await api.mailbox();
    expectProblem(await api.ask(path, PATCH(changes)), name, facts);
  });

  it('is refused with what another mailbox has, and with the policy of another dial plan', async () => {
    const { policy } = await createTestDialPlan(api.service, 'Fourth', '7003');
    const other = await api.mailbox({ alias: 'other' });
    const { path } = await api.mailbox();
    expectProblem(await api.ask(path, PATCH({ address: other.address })), 'address-taken');
    expectProblem(await api.ask(path, PATCH({ alias: 'OTHER' })), 'alias-taken');
    const number = other.extension;
    expectProblem(await api.ask(path, PATCH({ extensions: [number] })), 'number-taken', { number });
    const facts = { setting: 'policy', rule: 'policy-of-another-dial-plan' };
    expectProblem(await api.ask(path, PATCH({ policy: policy.name })), 'setting-refused', facts);
  });
});

describe('disabling a mailbox', () => {
  it('leaves nothing of it but what was recorded', async () => {
    const { path, id } = await api.mailbox();
    const answer = await api.ask(path, DELETE());
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
    for (const request of [{}, PATCH({}), DELETE()] as const) {
      expectProblem(await api.ask(path, request), 'no-such-mailbox');
    }
    const records = await api.ask(`/audit?mailbox=${id}`);
    expect(records.json).toMatchObject({
      items: [{ action: 'mailbox-disabled' }, { action: 'mailbox-enabled', mailbox: { id, address: null } }],
    });
  });
});
