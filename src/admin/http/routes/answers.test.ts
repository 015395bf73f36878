import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccessTokens } from '../../../services/access-tokens.ts';
import { verifyAudit } from '../../../services/audit-verification.ts';
import { CallRegistry, type EndableCall } from '../../../telephony/call-registry.ts';
import { Gate } from '../../../testing/gate.ts';
import { AnswerRecorder } from '../../../testing/http/answer-recorder.ts';
import { DocumentedApi, type Operation } from '../../../testing/http/documented-api.ts';
import { type ApiMailbox, expectProblem, type StockedApi, startStockedApi } from '../../../testing/http/stocked-api.ts';
import { createTestDialPlan, type TestService } from '../../../testing/test-service.ts';
import { createAuthenticate } from '../authenticate.ts';
import type { HttpParts } from '../parts.ts';
import type { ProblemName } from '../problems.ts';

/** Who may do things is tested elsewhere, and so is what goes on; this is about what is done. */
const ACCESS = new Set([
  'getMe',
  'getProblem',
  'streamEvents',
  'listTokens',
  'listSessions',
  'endSessionsOf',
  'endSessionOf',
  'createToken',
  'deleteToken',
  'removeToken',
]);

const AWAY = { token: 'of-an-identity-provider-that-is-away' };
const NOBODY = { identity: 'nobody', plan: 'nobody', policy: 'nobody', id: 'nobody' };

/** How many tokens may be wrong at once. */
const WRONG_TOKENS = 20;

const recorder = new AnswerRecorder();
let api: StockedApi;
let documented: DocumentedApi;
let operations: readonly Operation[];
let registry: CallRegistry;
let verification: Gate | undefined;
let mailbox: ApiMailbox;
/** What every operation can be asked with, so that only what is asked for is wrong. */
let good: Readonly<Record<string, string>>;

function parts(service: TestService): Partial<HttpParts> {
  const authenticate = createAuthenticate(createAccessTokens({ ...service, isOneOfSeveralWays: false }));
  registry = new CallRegistry(10, service.clock, service.log);
  return {
    authenticate: async (token) =>
      token === AWAY.token ? { kind: 'unavailable', detail: 'It is away.', retryAfter: 5 } : authenticate(token),
    calls: registry,
    verifyAudit: async () => {
      await verification?.pass();
      return verifyAudit(service.database, service.auditSealer);
    },
  };
}

function placeCall(id: string, dialPlan?: string): void {
  const admission = registry.admit();
  if (admission.kind !== 'place') throw new Error('There is no place');
  const facts = { id, since: Date.UTC(2026, 0, 15, 9, 31), peer: '192.0.2.7' };
  const call: EndableCall = {
    ...facts,
    state: 'talking',
    ...(dialPlan === undefined ? {} : { dialPlan }),
    end: () => admission.place.free(),
  };
  admission.place.occupy(call);
}

beforeAll(async () => {
  api = await startStockedApi({ parts, recorder });
  documented = await DocumentedApi.of(api);
  operations = documented.operations.filter(({ id }) => !ACCESS.has(id));
  mailbox = await api.mailbox();
  good = { identity: mailbox.address, plan: api.dialPlan.name, policy: api.policy.name, id: 'x' };
  const second = await createTestDialPlan(api.service, 'Second', '7001');
  await api.mailbox({ extensions: ['55001'] });
  await api.mailbox({ extensions: ['55001'], policy: second.policy.name });
});

afterAll(async () => {
  await api.close();
});

const answering = (status: number): readonly Operation[] =>
  operations.filter(({ responses }) => Object.hasOwn(responses, String(status)));

const newMailbox = (extension: string, changes: Record<string, unknown> = {}) => ({
  address: `new${extension}@contoso.com`,
  displayName: 'Tony Smith',
  extensions: [extension],
  policy: api.policy.name,
  ...changes,
});

const newPlan = (name: string, number: string, changes: Record<string, unknown> = {}) => ({
  name,
  accessNumbers: [number],
  extensionDigits: 4,
  ...changes,
});

/** Bodies that are in order, where one is needed. */
const bodies: Readonly<Record<string, () => unknown>> = {
  enableMailbox: () => newMailbox('51000'),
  changeMailbox: () => ({}),
  resetPin: () => ({}),
  createDialPlan: () => newPlan('Other', '7100'),
  changeDialPlan: () => ({}),
  createMailboxPolicy: () => ({ name: 'Other', dialPlan: api.dialPlan.name }),
  changeMailboxPolicy: () => ({}),
};

const goodBody = (id: string) => (bodies[id] === undefined ? {} : { body: bodies[id]() });

describe('every operation', () => {
  it('is for those who say who they are', async () => {
    for (const { id } of answering(401)) {
      const answer = await documented.ask(id, good, { as: 'nobody', ...goodBody(id) });
      expectProblem(answer, 'authentication-required');
    }
    expect(answering(401)).toHaveLength(operations.length);
  });

  it('is for whose role allows it', async () => {
    for (const { id } of answering(403)) {
      const as = ['verifyAudit', 'exportAudit'].includes(id) ? 'help-desk' : 'view-only';
      expectProblem(await documented.ask(id, good, { as, ...goodBody(id) }), 'forbidden');
    }
  });

  it('asks to wait while an identity provider is away', async () => {
    for (const { id } of answering(503)) {
      const answer = await documented.ask(id, good, { as: AWAY, ...goodBody(id) });
      expectProblem(answer, 'identity-provider-unavailable');
      expect(answer.headers.get('retry-after')).toBe('5');
    }
    expect(answering(503)).toHaveLength(operations.length);
  });

  it('refuses a request that it cannot understand', async () => {
    for (const { id, hasQuery, method } of answering(400)) {
      const values = hasQuery || method === 'POST' ? good : { identity: '%zz', plan: '%zz', policy: '%zz' };
      const query = hasQuery ? { query: '?nonsense=1' } : {};
      const headers = method === 'POST' && !hasQuery ? { headers: { 'idempotency-key': 'two words' } } : {};
      const answer = await documented.ask(id, values, { ...goodBody(id), ...query, ...headers });
      const errors = [{ path: '/nonsense', message: 'is not known' }];
      expectProblem(answer, 'invalid-request', hasQuery ? { errors } : {});
    }
  });

  it('reads bodies that are JSON, and not too large', async () => {
    for (const { id } of answering(415)) {
      const text = { body: 'pin=1985848', headers: { 'content-type': 'text/plain' } };
      expectProblem(await documented.ask(id, good, text), 'unsupported-media-type');
      const large = { body: { displayName: 'x'.repeat(70_000) } };
      expectProblem(await documented.ask(id, good, large), 'body-too-large');
    }
    expect(answering(415).map(({ id }) => id)).toEqual(answering(413).map(({ id }) => id));
  });

  it('tells what it is that there is not', async () => {
    const queries: Readonly<Record<string, string>> = {
      listMailboxes: '?policy=nobody',
      listMailboxPolicies: '?dialPlan=nobody',
      searchAudit: '?mailbox=nobody',
      exportAudit: '?mailbox=nobody',
    };
    const wrongBodies: Readonly<Record<string, unknown>> = {
      enableMailbox: newMailbox('51000', { policy: 'nobody' }),
      createMailboxPolicy: { name: 'Other', dialPlan: 'nobody' },
    };
    const names: Readonly<Record<string, ProblemName>> = {
      listMailboxes: 'no-such-policy',
      enableMailbox: 'no-such-policy',
      listMailboxPolicies: 'no-such-dial-plan',
      createMailboxPolicy: 'no-such-dial-plan',
      hangUpCall: 'no-such-call',
    };
    for (const { id, path } of answering(404)) {
      const body = wrongBodies[id] === undefined ? goodBody(id) : { body: wrongBodies[id] };
      const answer = await documented.ask(id, NOBODY, { ...body, query: queries[id] ?? '' });
      const byPath = path.includes('{plan}') ? 'no-such-dial-plan' : 'no-such-policy';
      const what = path.includes('{plan}') || path.includes('{policy}') ? byPath : 'no-such-mailbox';
      expectProblem(answer, names[id] ?? what);
    }
    expectProblem(await documented.ask('retryMail', good), 'no-such-mail');
    expectProblem(await documented.ask('changeMailbox', good, { body: { policy: 'nobody' } }), 'no-such-policy');
    expectProblem(await documented.ask('listMailboxes', good, { query: '?dialPlan=nobody' }), 'no-such-dial-plan');
  });

  it('asks which mailbox is meant when there are several', async () => {
    const candidates = expect.arrayContaining([expect.stringMatching(/@contoso.com$/)]);
    for (const { id, path } of answering(409)) {
      const isByQuery = id === 'searchAudit' || id === 'exportAudit';
      if (!isByQuery && !path.includes('{identity}')) continue;
      const query = isByQuery ? '?mailbox=55001' : '';
      const answer = await documented.ask(id, { ...good, identity: '55001' }, { ...goodBody(id), query });
      expectProblem(answer, 'ambiguous-identity', { candidates });
    }
  });

  it('does nothing to what somebody else has changed', async () => {
    for (const { id } of answering(412)) {
      const answer = await documented.ask(id, good, { ...goodBody(id), headers: { 'if-match': '"99"' } });
      expectProblem(answer, 'precondition-failed');
    }
  });

  it('takes a key for one request only', async () => {
    const posts = answering(422).filter(({ method }) => method === 'POST');
    for (const { id } of posts) {
      const headers = { 'idempotency-key': `key-of-${id}` };
      await api.ask(`${mailbox.path}/unlock`, { method: 'POST', headers, body: { other: id } });
      const answer = await documented.ask(id, good, { ...goodBody(id), headers });
      expectProblem(answer, 'idempotency-key-reused');
    }
    expect(posts.length).toBeGreaterThan(7);
  });
});

describe('what the rules refuse', () => {
  it('in a dial plan is told with what it may be', async () => {
    const range = { rule: 'out-of-range', setting: 'maxCallDuration', minimum: 10, maximum: 120 };
    const cases: readonly (readonly [Record<string, unknown>, ProblemName, Record<string, unknown>])[] = [
      [{ maxCallDuration: 5 }, 'setting-refused', range],
      [
        { maxRecordingDuration: 40 },
        'setting-refused',
        { rule: 'exceeds-setting', setting: 'maxRecordingDuration', limit: 'maxCallDuration', maximum: 30 },
      ],
      [{ name: ' ' }, 'setting-refused', { rule: 'not-a-name', setting: 'name', maximum: 49 }],
      [{ defaultLanguage: '?' }, 'setting-refused', { rule: 'not-a-language', setting: 'defaultLanguage' }],
      [{ accessNumbers: ['me'] }, 'not-a-number', { setting: 'accessNumbers', number: 'me' }],
      [
        { accessNumbers: ['7200', '72-00'] },
        'setting-refused',
        { rule: 'number-twice', setting: 'accessNumbers', number: '7200' },
      ],
      [{ accessNumbers: ['7001'] }, 'number-taken', { number: '7001' }],
      [{ name: 'SECOND' }, 'name-taken', { name: 'SECOND' }],
    ];
    for (const [changes, name, facts] of cases) {
      const created = await documented.ask('createDialPlan', {}, { body: newPlan('Refused', '7200', changes) });
      expectProblem(created, name, facts);
      expectProblem(await documented.ask('changeDialPlan', good, { body: changes }), name, facts);
    }
    const operator = { operatorExtension: '1' };
    expectProblem(
      await documented.ask('createDialPlan', {}, { body: newPlan('Refused', '7200', operator) }),
      'not-an-extension',
      { setting: 'operatorExtension', extensionDigits: 4 },
    );
    expectProblem(await documented.ask('changeDialPlan', good, { body: { extensionDigits: 6 } }), 'has-mailboxes', {
      setting: 'extensionDigits',
    });
    expectProblem(await documented.ask('removeDialPlan', good), 'in-use');
  });

  it('in a mailbox policy is told with what it may be', async () => {
    const range = { rule: 'out-of-range', setting: 'pinLifetime', minimum: 1, maximum: 999, orUnlimited: true };
    const limit = { setting: 'logonFailuresBeforePinReset', limit: 'maxLogonAttempts', maximum: 2 };
    const text = { rule: 'not-a-text', setting: 'resetPinText', maximum: 512 };
    const cases: readonly (readonly [Record<string, unknown>, ProblemName, Record<string, unknown>])[] = [
      [{ pinLifetime: 1_000 }, 'setting-refused', range],
      [{ maxLogonAttempts: 3 }, 'setting-refused', { rule: 'exceeds-setting', ...limit }],
      [{ resetPinText: 'x'.repeat(513) }, 'setting-refused', text],
      [{ name: 'Second Default Policy' }, 'name-taken', { name: 'Second Default Policy' }],
    ];
    for (const [changes, name, facts] of cases) {
      const body = { name: 'Refused', dialPlan: api.dialPlan.id, ...changes };
      expectProblem(await documented.ask('createMailboxPolicy', {}, { body }), name, facts);
      expectProblem(await documented.ask('changeMailboxPolicy', good, { body: changes }), name, facts);
    }
    expectProblem(await documented.ask('removeMailboxPolicy', good), 'in-use');
  });

  it('in a mailbox is told', async () => {
    const body = newMailbox('51000', { address: mailbox.address });
    expectProblem(await documented.ask('enableMailbox', {}, { body }), 'address-taken');
    const pin = { rule: 'extension-suffix' };
    const typed = newMailbox('51000', { pin: '51000', policy: api.policy.id });
    await documented.ask('changeMailboxPolicy', good, { body: { minPinLength: 4 } });
    expectProblem(await documented.ask('enableMailbox', {}, { body: typed }), 'pin-refused', pin);
    const short = { pin: mailbox.extension.slice(1) };
    expectProblem(await documented.ask('resetPin', good, { body: short }), 'pin-refused', pin);
    expectProblem(await documented.ask('changeMailbox', good, { body: { timeZone: 'Mars' } }), 'setting-refused', {
      setting: 'timeZone',
      rule: 'not-a-time-zone',
    });
  });
});

describe('what is done', () => {
  it('to a dial plan and its policies is answered, and shown before', async () => {
    const body = newPlan('Done', '7300', { operatorExtension: '1234' });
    const shown = await documented.ask('createDialPlan', {}, { body, query: '?whatIf=true' });
    expect(shown.json).toMatchObject({ name: 'Done', whatIf: true, operatorExtension: '1234' });
    expect([shown.status, shown.headers.get('location'), shown.headers.get('etag')]).toEqual([200, null, null]);
    const made = await documented.ask('createDialPlan', {}, { body });
    const { id, defaultPolicy } = made.json as { id: string; defaultPolicy: { id: string } };
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/api/v1/dial-plans/${id}`);
    const read = await documented.ask('getDialPlan', { plan: 'DONE' });
    expect([read.headers.get('etag'), read.json]).toMatchObject(['"1"', { id, operatorExtension: '1234' }]);
    const changes = { operatorExtension: null, maxCallDuration: 60 };
    const changed = await documented.ask('changeDialPlan', { plan: id }, { body: changes });
    expect([changed.headers.get('etag'), changed.json]).toMatchObject(['"2"', changes]);
    await documented.ask('listDialPlans');
    await policyIsDone(id, defaultPolicy.id);
    const gone = await documented.ask('removeDialPlan', { plan: id }, { query: '?whatIf=true' });
    expect([gone.status, gone.json]).toMatchObject([200, { id, whatIf: true }]);
    expect((await documented.ask('removeDialPlan', { plan: id }, { headers: { 'if-match': '"2"' } })).status).toBe(204);
    expect((await documented.ask('getDialPlan', { plan: id })).status).toBe(404);
  });

  async function policyIsDone(dialPlan: string, defaultPolicy: string): Promise<void> {
    const body = { name: 'Executives', dialPlan, minPinLength: 8, pinLifetime: 0, lockoutDuration: 'unlimited' };
    const shown = await documented.ask('createMailboxPolicy', {}, { body, query: '?whatIf=true' });
    expect([shown.status, shown.json]).toMatchObject([200, { name: 'Executives', whatIf: true }]);
    const made = await documented.ask('createMailboxPolicy', {}, { body });
    const { id } = made.json as { id: string };
    expect(made.headers.get('location')).toBe(`/api/v1/mailbox-policies/${id}`);
    expect(made.json).toMatchObject({ minPinLength: 8, pinLifetime: 'unlimited', dialPlan: { id: dialPlan } });
    const changes = { pinLifetime: 90, allowCommonPatterns: true };
    const changed = await documented.ask('changeMailboxPolicy', { policy: 'executives' }, { body: changes });
    expect([changed.headers.get('etag'), changed.json]).toMatchObject(['"2"', changes]);
    const read = await documented.ask('getMailboxPolicy', { policy: id });
    expect([read.headers.get('etag'), read.json]).toEqual(['"2"', changed.json]);
    const list = await documented.ask('listMailboxPolicies', {}, { query: `?dialPlan=${dialPlan}&limit=1` });
    const { items, next } = list.json as { items: { id: string }[]; next: string };
    const rest = await documented.ask('listMailboxPolicies', {}, { query: `?dialPlan=done&cursor=${next}` });
    expect([items, rest.json]).toMatchObject([[{ id: defaultPolicy }], { items: [{ id }], next: null }]);
    const gone = await documented.ask('removeMailboxPolicy', { policy: id }, { query: '?whatIf=true' });
    expect([gone.status, gone.json]).toMatchObject([200, { id, whatIf: true }]);
    expect((await documented.ask('removeMailboxPolicy', { policy: id })).status).toBe(204);
  }

  it('to a mailbox is answered, and shown before', async () => {
    const whatIf = { query: '?whatIf=true' };
    const body = newMailbox('51500');
    const shown = await documented.ask('enableMailbox', {}, { ...whatIf, body });
    expect([shown.status, shown.headers.get('etag'), shown.json]).toMatchObject([200, null, { whatIf: true }]);
    expect((await documented.ask('enableMailbox', {}, { body })).status).toBe(201);
    const values = { identity: '51500' };
    for (const id of ['getMailbox', 'getPinStatus', 'listMail', 'getTimeline']) await documented.ask(id, values);
    await documented.ask('listMailboxes');
    await documented.ask('changeMailbox', values, { body: { clock: '24-hour' } });
    await documented.ask('resetPin', values);
    const locked = await documented.ask('lockMailbox', values);
    expect(locked.json).toEqual({ userId: 'new51500@contoso.com', lockedOut: true, changed: true });
    expect((await documented.ask('lockMailbox', values)).json).toMatchObject({ lockedOut: true, changed: false });
    expect((await documented.ask('unlockMailbox', values)).json).toMatchObject({ lockedOut: false, changed: true });
    const { json } = await documented.ask('listMail', values);
    const [newest, older] = (json as { items: { id: string }[] }).items;
    const mail = { ...values, id: newest?.id ?? '' };
    const retried = await documented.ask('retryMail', mail, whatIf);
    expect([retried.status, retried.json]).toMatchObject([200, { id: mail.id, whatIf: true }]);
    expect((await documented.ask('retryMail', mail)).status).toBe(202);
    const old = await documented.ask('retryMail', { ...values, id: older?.id ?? '' });
    expectProblem(old, 'mail-not-retriable', { state: 'superseded' });
    const gone = await documented.ask('disableMailbox', values, whatIf);
    expect([gone.status, gone.json]).toMatchObject([200, { extensions: ['51500'], whatIf: true }]);
    expect((await documented.ask('disableMailbox', values)).status).toBe(204);
  });

  it('with calls is answered, and shown before', async () => {
    placeCall('one', 'Test');
    placeCall('two');
    const list = await documented.ask('listCalls', {}, { query: '?limit=1' });
    const { items, next } = list.json as { items: object[]; next: string };
    const since = '2026-01-15T09:31:00.000Z';
    expect(items).toEqual([{ id: 'one', since, state: 'talking', peer: '192.0.2.7', dialPlan: 'Test' }]);
    const rest = await documented.ask('listCalls', {}, { query: `?cursor=${next}` });
    expect(rest.json).toMatchObject({ items: [{ id: 'two', dialPlan: null }], next: null });
    expect((await documented.ask('getOverview')).json).toMatchObject({ lockedOut: 0 });
    const shown = await documented.ask('hangUpCall', { id: 'one' }, { query: '?whatIf=true' });
    expect([shown.status, shown.json]).toMatchObject([200, { id: 'one', whatIf: true }]);
    expect(registry.list()).toHaveLength(2);
    expect((await documented.ask('hangUpCall', { id: 'one' })).status).toBe(202);
    expectProblem(await documented.ask('hangUpCall', { id: 'one' }), 'no-such-call');
    expect(registry.list()).toHaveLength(1);
  });

  it('with the audit trail is answered, a verification at a time', async () => {
    await documented.ask('searchAudit');
    await documented.ask('exportAudit');
    verification = new Gate();
    const headers = { 'idempotency-key': 'verify' };
    const first = documented.ask('verifyAudit', {}, { headers });
    await verification.reached;
    expectProblem(await documented.ask('verifyAudit', {}, { headers }), 'idempotency-key-in-use');
    const second = await documented.ask('verifyAudit');
    expectProblem(second, 'overloaded');
    expect(second.headers.get('retry-after')).toBe('5');
    verification.open();
    expect((await first).json).toMatchObject({ intact: true, break: null });
    expect((await documented.ask('verifyAudit')).status).toBe(200);
  });
});

describe('the document', () => {
  it('tells of nothing that nobody is answered', async () => {
    for (let count = 0; count < WRONG_TOKENS; count++) await api.ask('/me', { as: { token: 'wrong' } });
    for (const { id } of answering(429)) {
      const answer = await documented.ask(id, good, { as: { token: 'wrong' }, ...goodBody(id) });
      expectProblem(answer, 'too-many-requests');
    }
    const missing = documented.missing().filter((one) => !ACCESS.has(one.split(' ')[0] ?? ''));
    expect(missing).toEqual([]);
    expect(
      recorder.missingOf(api.routes, [
        '/api/v1/mailboxes',
        '/api/v1/dial-plans',
        '/api/v1/mailbox-policies',
        '/api/v1/audit',
        '/api/v1/calls',
      ]),
    ).toEqual([]);
  });
});
