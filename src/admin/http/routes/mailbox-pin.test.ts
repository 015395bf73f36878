import { describe, expect, it } from 'vitest';
import { HashQueueFull } from '../../../services/ports/hash-queue-full.ts';
import type { PinHasher } from '../../../services/ports/pin-hasher.ts';
import { auditedIn } from '../../../testing/audited.ts';
import { Gate } from '../../../testing/gate.ts';
import { type ApiMailbox, bodyOf, expectProblem, post, useStockedApi } from '../../../testing/http/stocked-api.ts';
import { administrationParts } from '../../../testing/http/test-api.ts';
import { otherDigits } from '../../../testing/other-digits.ts';
import { signInWithHasher } from '../../../testing/sign-in-rig.ts';
import type { TestService } from '../../../testing/test-service.ts';
import type { HttpParts } from '../parts.ts';
import { PinResetAnswer, PinStatus } from '../schemas/pins.ts';

/** When this PIN is to be hashed, too many wait for theirs already. */
const BUSY = '2718283';

function parts(service: TestService): Partial<HttpParts> {
  const { hasher } = service;
  const busy: PinHasher = {
    hash: (pin, credential) => (pin === BUSY ? Promise.reject(new HashQueueFull(7)) : hasher.hash(pin, credential)),
    matches: (...values) => hasher.matches(...values),
    matchesAny: (...values) => hasher.matchesAny(...values),
    isOutdated: (stored) => hasher.isOutdated(stored),
  };
  return administrationParts({ ...service, hasher: busy });
}

const api = useStockedApi({ parts });
const reset = (mailbox: ApiMailbox, body?: unknown, more: object = {}) =>
  api.ask(`${mailbox.path}/pin/reset`, post(body, more));
const statusOf = async (mailbox: ApiMailbox) => bodyOf(await api.ask(`${mailbox.path}/pin`), 200, PinStatus);

let source = 0;

/** An attempt to sign in by telephone, each from elsewhere. */
function signIn(mailbox: ApiMailbox, pin: string) {
  source += 1;
  const from = { callId: `call ${source}`, peer: '192.0.2.9', peerIsTrusted: false };
  return api.service.signIn.attempt(api.dialPlan.id, mailbox.extension, pin, from);
}

describe('the state of a PIN', () => {
  it('is that of a mailbox that nobody has signed in to', async () => {
    const mailbox = await api.mailbox();
    expect(await statusOf(mailbox)).toEqual({
      userId: mailbox.address,
      mailboxId: mailbox.id,
      pinExpired: false,
      firstTimeUser: true,
      lockedOut: false,
      lock: null,
      failures: 0,
      ownLineFailures: 0,
      failuresSinceSuccess: 0,
      lastFailureAt: null,
      lastSuccessAt: null,
      pinSetAt: '2026-01-15T09:30:00.000Z',
      mail: expect.objectContaining({ kind: 'um-enabled-notice', state: 'waiting' }),
    });
  });

  it('tells of failures, of a lock and why, and of the mail', async () => {
    const mailbox = await api.mailbox();
    await signIn(mailbox, otherDigits(mailbox.pin));
    expect(await statusOf(mailbox)).toMatchObject({
      failures: 1,
      failuresSinceSuccess: 1,
      lastFailureAt: '2026-01-15T09:30:00.000Z',
    });
    await api.ask(`${mailbox.path}/lock`, post());
    expect(await statusOf(mailbox)).toMatchObject({
      lockedOut: true,
      lock: { reason: 'administrator', scope: 'everywhere', since: '2026-01-15T09:30:00.000Z', opensAt: null },
    });
    await reset(mailbox);
    expect(await statusOf(mailbox)).toMatchObject({
      pinExpired: true,
      lockedOut: false,
      failures: 0,
      mail: { kind: 'pin-reset', state: 'waiting', attempts: 0, lastError: null, settledAt: null },
    });
  });
});

describe('a reset', () => {
  it('without a word generates a PIN, mails it, and says so', async () => {
    const mailbox = await api.mailbox();
    const answer = bodyOf(await reset(mailbox), 200, PinResetAnswer);
    const mail = { id: expect.any(String), kind: 'pin-reset', to: mailbox.address, state: 'waiting' };
    const done = { userId: mailbox.address, pinGenerated: true, pinExpired: true, lockedOut: false };
    expect(answer).toEqual({ ...done, mails: [mail] });
    const [letter] = await api.service.letters(idOf(mailbox));
    expect((await signIn(mailbox, letter?.pin ?? '')).kind).toBe('signed-in');
  });

  it('takes a typed PIN as the reference page shows it', async () => {
    const mailbox = await api.mailbox({ pin: '2847593' });
    const answer = bodyOf(await reset(mailbox, { pin: '1985848', pinExpired: true }), 200, PinResetAnswer);
    expect(answer).toMatchObject({ pinGenerated: false, pinExpired: true });
    expect((await signIn(mailbox, '1985848')).kind).toBe('signed-in');
  });

  it('may leave the mailbox locked, and mail elsewhere or not at all', async () => {
    const mailbox = await api.mailbox();
    const locked = await reset(mailbox, { lockedOut: true, notifyEmail: 'boss@contoso.com' });
    expect(bodyOf(locked, 200, PinResetAnswer)).toMatchObject({
      lockedOut: true,
      mails: [
        { kind: 'pin-reset', to: 'boss@contoso.com' },
        { kind: 'pin-reset-notice', to: mailbox.address },
      ],
    });
    const silent = await reset(mailbox, { pin: '2847593', sendEmail: false, pinExpired: false });
    expect(bodyOf(silent, 200, PinResetAnswer)).toMatchObject({
      pinExpired: false,
      mails: [{ kind: 'pin-reset-notice' }],
    });
  });

  it.each([
    [{ pin: '123' }, 'pin-refused', { rule: 'too-short', minimum: 6 }],
    [{ pin: '1'.repeat(25) }, 'pin-refused', { rule: 'too-long', maximum: 24 }],
    [{ pin: '654321' }, 'pin-refused', { rule: 'common-pattern', pattern: 'sequential' }],
    [{ pin: '111111' }, 'pin-refused', { rule: 'common-pattern', pattern: 'one-digit' }],
    [{ pin: '19850412' }, 'pin-refused', { rule: 'common-pattern', pattern: 'date' }],
    [{ pin: '12a456' }, 'pin-refused', { rule: 'not-digits' }],
    [{ pin: '1985848' }, 'pin-refused', { rule: 'used-before', lastPins: 5 }],
    [{ sendEmail: false }, 'generated-unmailed', {}],
    [{ notifyEmail: 'boss' }, 'not-an-address', { setting: 'notifyEmail' }],
    [{ pin: 1_985_848 }, 'invalid-request', { errors: [{ path: '/pin', message: 'must be string' }] }],
    [{ pinExpired: '$true' }, 'invalid-request', { errors: [{ path: '/pinExpired', message: 'must be boolean' }] }],
  ] as const)('with %j is refused by its rule', async (body, name, facts) => {
    const mailbox = await api.mailbox();
    const before = await statusOf(mailbox);
    expectProblem(await reset(mailbox, body), name, facts);
    expect(await statusOf(mailbox)).toEqual(before);
  });

  it('by Help Desk goes to the address of the user, and to nobody else', async () => {
    const mailbox = await api.mailbox();
    const as = { as: 'help-desk' } as const;
    for (const body of [{ notifyEmail: 'me@contoso.com' }, { sendEmail: true }, { pin: '2847593', sendEmail: false }]) {
      expectProblem(await reset(mailbox, body, as), 'forbidden');
      const rehearsed = await api.ask(`${mailbox.path}/pin/reset?whatIf=true`, post(body, as));
      expectProblem(rehearsed, 'forbidden');
    }
    expect((await auditedIn(api.service)).slice(-1)).toMatchObject([
      { action: 'access-refused', actor: { kind: 'administrator', name: expect.any(String) } },
    ]);
    expect(bodyOf(await reset(mailbox, { pin: '2847593' }, as), 200, PinResetAnswer).mails).toHaveLength(1);
    expect((await auditedIn(api.service)).slice(-1)).toMatchObject([{ action: 'pin-reset', outcome: 'done' }]);
  });

  it('tells of the history three times a day, and a rehearsal never', async () => {
    const mailbox = await api.mailbox();
    const whatIf = () => api.ask(`${mailbox.path}/pin/reset?whatIf=true`, post({ pin: mailbox.pin }));
    for (let time = 1; time <= 3; time++) {
      expect(bodyOf(await whatIf(), 200, PinResetAnswer)).toMatchObject({ whatIf: true });
      const facts = { rule: 'used-before', lastPins: 5 };
      expectProblem(await reset(mailbox, { pin: mailbox.pin }), 'pin-refused', facts);
    }
    expectProblem(await reset(mailbox, { pin: mailbox.pin }), 'history-attempts-used-up');
    expectProblem(await reset(mailbox, { pin: '2847593' }), 'history-attempts-used-up');
    expect(bodyOf(await whatIf(), 200, PinResetAnswer)).toMatchObject({ whatIf: true });
    expect(bodyOf(await reset(mailbox), 200, PinResetAnswer)).toMatchObject({ pinGenerated: true });
  });
});

const idOf = ({ id }: ApiMailbox) => id as Parameters<typeof api.service.letters>[0];

describe('too much at once', () => {
  it('is told, and nothing is done', async () => {
    const mailbox = await api.mailbox();
    const before = await api.service.stored.rows();
    const body = { ...newMailbox(), pin: BUSY };
    for (const answer of [await reset(mailbox, { pin: BUSY }), await api.ask('/mailboxes', post(body))]) {
      expectProblem(answer, 'overloaded');
      expect(answer.headers.get('retry-after')).toBe('5');
    }
    expect(await api.service.stored.rows()).toEqual(before);
  });
});

const newMailbox = () => ({
  address: 'busy@contoso.com',
  displayName: 'Busy',
  extensions: ['59999'],
  policy: api.policy.name,
});

describe('a reset while somebody signs in', () => {
  it('lets the one PIN or the other in, and never anything else', async () => {
    const pins = ['2847593', '5839274', '9472835', '3958472', '7294853', '8362947'];
    const mailbox = await api.mailbox({ policy: await freePolicy() });
    let current = mailbox.pin;
    for (const pin of pins) {
      const old = current;
      const attempts = Array.from({ length: 6 }, (_, index) => signIn(mailbox, index % 2 === 0 ? old : pin));
      const answer = reset(mailbox, { pin, pinExpired: false });
      const more = Array.from({ length: 6 }, (_, index) => signIn(mailbox, index % 2 === 0 ? old : pin));
      bodyOf(await answer, 200, PinResetAnswer);
      await Promise.all([...attempts, ...more]);
      expect((await signIn(mailbox, old)).kind).not.toBe('signed-in');
      expect((await signIn(mailbox, pin)).kind).toBe('signed-in');
      current = pin;
    }
  });

  it('leaves no call signed in with the old PIN', async () => {
    const mailbox = await api.mailbox({ policy: await freePolicy() });
    const results = new Map<string, number>();
    let current = mailbox.pin;
    for (let round = 0; round < 10; round++) {
      const old = current;
      const next = round % 2 === 0 ? '5839274' : '2847593';
      current = next;
      const [attempt, answer] = await Promise.all([
        signIn(mailbox, old),
        reset(mailbox, { pin: next, pinExpired: false }),
      ]);
      bodyOf(answer, 200, PinResetAnswer);
      // Signed in before the reset, it has been ended by it; opened before and decided after, it has failed.
      if (attempt.kind === 'signed-in') {
        const why = await new Promise((resolve) => attempt.session.onEnd(resolve));
        expect(why).toBe('pin-reset');
        attempt.session.close();
      }
      results.set(attempt.kind, (results.get(attempt.kind) ?? 0) + 1);
      expect((await signIn(mailbox, old)).kind).toBe('failed');
    }
    expect([...results.keys()].every((kind) => kind === 'signed-in' || kind === 'failed')).toBe(true);
  });

  it('fails an attempt that was opened before, though its PIN was right then, and lets in one opened after', async () => {
    const mailbox = await api.mailbox();
    const gate = new Gate();
    const { hasher } = api.service;
    const held = await signInWithHasher(api.service, {
      matches: async (...values) => {
        await gate.pass();
        return hasher.matches(...values);
      },
    });
    const from = { callId: 'held', peer: '192.0.2.9', peerIsTrusted: false };
    const attempt = held.attempt(api.dialPlan.id, mailbox.extension, mailbox.pin, from);
    await gate.reached;
    bodyOf(await reset(mailbox, { pin: '2847593', pinExpired: false }), 200, PinResetAnswer);
    gate.open();
    expect(await attempt).toEqual({ kind: 'failed' });
    expect((await signIn(mailbox, '2847593')).kind).toBe('signed-in');
  });

  it('has resets at the same instant leave one PIN, which is in the newest mail', async () => {
    const mailbox = await api.mailbox();
    const answers = await Promise.all(Array.from({ length: 10 }, () => reset(mailbox)));
    for (const answer of answers) bodyOf(answer, 200, PinResetAnswer);
    const letters = await api.service.letters(idOf(mailbox));
    const waiting = letters.filter(({ state, letter }) => state === 'waiting' && letter.kind === 'pin-reset');
    expect(waiting).toHaveLength(1);
    expect((await signIn(mailbox, waiting[0]?.pin ?? '')).kind).toBe('signed-in');
  });
});

/** A policy of mailboxes whose PINs may be had again soon, and whose users may fail often. */
async function freePolicy(): Promise<string> {
  const name = `Free ${Math.random()}`;
  const settings = { pinHistoryCount: 1, logonFailuresBeforePinReset: 'unlimited', maxLogonAttempts: 999 };
  const answer = await api.ask('/mailbox-policies', post({ name, dialPlan: api.dialPlan.name, ...settings }));
  expect(answer.status).toBe(201);
  return name;
}
