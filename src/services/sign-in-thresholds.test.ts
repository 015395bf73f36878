import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPT_LEASE } from '../domain/lockout.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import {
  createSignInRig,
  EXTENSION,
  hasherWith,
  OWNER,
  PIN,
  type SignInRig,
  wrongPin,
} from '../testing/sign-in-rig.ts';
import { createSignIn } from './sign-in-service.ts';

const MINUTE = 60_000;
const failed = (count: number): readonly 'failed'[] => Array.from({ length: count }, () => 'failed');

describe.each(DATABASE_KINDS)('what failures come to, on $name', (kind) => {
  let rig: SignInRig;

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
  });

  afterEach(() => rig.dispose());

  const kindsOf = async (what: 'pin-reset' | 'lockout'): Promise<number> =>
    (await rig.letters()).filter(({ letter }) => letter.kind === what).length;

  it('resets the PIN at the 5th and the 10th failure and locks at the 15th, with what nobody has changed', async () => {
    const kinds = await rig.wrong(17);
    expect(kinds).toEqual([
      ...failed(4),
      'pin-reset',
      ...failed(4),
      'pin-reset',
      ...failed(4),
      'locked',
      'locked',
      'locked',
    ]);
    expect(await rig.state()).toMatchObject({
      failuresSinceSuccess: 15,
      budgets: { elsewhere: { failures: 15, settled: 15 }, own: { failures: 0 } },
      lock: { reason: 'failures', scope: 'elsewhere', since: rig.service.clock.now() },
      attempt: undefined,
    });
  });

  it('mails a PIN that is the stored one, at each reset, and withdraws the one before', async () => {
    await rig.wrong(5);
    const first = await rig.mailedPin();
    expect(first).toMatch(/^\d{6}$/);
    await rig.wrong(5);
    const second = await rig.mailedPin();
    expect(second).not.toBe(first);
    const letters = await rig.letters();
    expect(letters.map(({ state, pin }) => [state, pin])).toEqual([
      ['waiting', second],
      ['superseded', undefined],
    ]);
    expect(letters[0]?.letter).toEqual({
      kind: 'pin-reset',
      cause: 'failed-sign-ins',
      mailboxId: rig.mailbox.id,
      address: rig.mailbox.address,
      displayName: rig.mailbox.displayName,
      language: rig.mailbox.language,
      extension: EXTENSION,
      accessNumbers: ['7000'],
      policyText: '',
      mustChange: true,
    });
    expect((await rig.attempt(PIN)).kind).toBe('failed');
    expect((await rig.attempt(first)).kind).toBe('failed');
    const verdict = await rig.attempt(second);
    expect(verdict).toMatchObject({ kind: 'signed-in', session: { failures: { count: 12 } } });
    expect(verdict.kind === 'signed-in' && verdict.session.changeCauses).toContain('pin-expired');
    expect(rig.service.mailsAnnounced()).toBe(2);
  });

  it('mails a lockout, warns the operator, and tells callers so whatever they key', async () => {
    await rig.wrong(15);
    const [letter] = await rig.letters();
    expect(letter).toMatchObject({
      pin: undefined,
      letter: {
        kind: 'lockout',
        failures: 15,
        lockedAt: rig.service.clock.now(),
        ownLineOpen: true,
        timeZone: rig.mailbox.timeZone,
        clock: rig.mailbox.clock,
      },
    });
    const warnings = rig.service.log.lines.filter(({ level, fields }) => level === 'warn' && 'event' in fields);
    expect(warnings.map(({ fields }) => fields)).toEqual([
      { event: 'lockout', mailbox: rig.mailbox.id, line: 'elsewhere', failures: 15 },
    ]);
    const before = await rig.state();
    expect(await rig.attempt(wrongPin())).toEqual({ kind: 'locked', opensByItself: false });
    expect(await rig.attempt(await rig.mailedPin())).toEqual({ kind: 'locked', opensByItself: false });
    expect(await rig.state()).toEqual(before);
    expect(await kindsOf('lockout')).toBe(1);
  });

  it('audits each failure, reset and lock, in order', async () => {
    await rig.wrong(16);
    const actions = (await rig.audited()).filter(({ mailboxId }) => mailboxId === rig.mailbox.id).slice(1);
    const failure = { action: 'sign-in', outcome: 'failed', reason: 'wrong-pin', actor: { kind: 'caller' } };
    const reset = { action: 'pin-reset', outcome: 'done', reason: 'failed-sign-ins', actor: { kind: 'system' } };
    const lock = { ...reset, action: 'lock', details: { failures: 15, line: 'elsewhere', scope: 'elsewhere' } };
    expect(actions).toMatchObject([
      ...Array.from({ length: 4 }, () => failure),
      { ...reset, source: { kind: 'call', callId: 'call-1', peer: '192.0.2.7' }, details: { failures: 5 } },
      ...Array.from({ length: 5 }, () => failure),
      { ...reset, details: { failures: 10 } },
      ...Array.from({ length: 5 }, () => failure),
      lock,
      failure,
      { action: 'sign-in', outcome: 'locked', actor: { kind: 'caller' } },
    ]);
  });

  it('begins anew after a success', async () => {
    expect(await rig.wrong(4)).toEqual(failed(4));
    expect((await rig.attempt(PIN)).kind).toBe('signed-in');
    expect(await rig.wrong(4)).toEqual(failed(4));
    expect((await rig.attempt(wrongPin(9))).kind).toBe('pin-reset');
  });

  it('counts across restarts', async () => {
    await rig.wrong(4);
    const database = await rig.service.stored.reopen();
    const signIn = await createSignIn({ ...rig.service, database });
    expect((await rig.attempt(wrongPin(9), { signIn })).kind).toBe('pin-reset');
  });

  it('ends the calls that are signed in when it resets or locks', async () => {
    const ends: string[] = [];
    const open = async (pin: string): Promise<void> => {
      const verdict = await rig.attempt(pin);
      if (verdict.kind !== 'signed-in') throw new Error(`It came to ${verdict.kind}`);
      verdict.session.onEnd((why) => ends.push(why));
    };
    await open(PIN);
    await rig.wrong(5);
    expect(ends).toEqual(['pin-reset']);
    const second = await rig.mailedPin();
    await open(second);
    await open(second);
    await rig.changePolicy({ maxLogonAttempts: 3, logonFailuresBeforePinReset: 'unlimited' });
    await rig.wrong(3);
    expect(ends).toEqual(['pin-reset', 'locked', 'locked']);
  });

  it.each([
    { reset: 'unlimited', lock: 3, kinds: ['failed', 'failed', 'locked', 'locked'] },
    { reset: 1, lock: 3, kinds: ['pin-reset', 'pin-reset', 'locked', 'locked'] },
    { reset: 2, lock: 4, kinds: ['failed', 'pin-reset', 'failed', 'locked'] },
    { reset: 'unlimited', lock: 1, kinds: ['locked', 'locked', 'locked', 'locked'] },
  ] as const)('resets at each $reset and locks at $lock, when the policy says so', async ({ reset, lock, kinds }) => {
    await rig.changePolicy({ logonFailuresBeforePinReset: reset, maxLogonAttempts: lock });
    expect(await rig.wrong(4)).toEqual(kinds);
  });

  it('holds a change of the policy at the next attempt', async () => {
    await rig.wrong(3);
    await rig.changePolicy({ maxLogonAttempts: 3, logonFailuresBeforePinReset: 2 });
    // Three have failed, and three are the limit now: the next call carries it out, and checks nothing.
    expect(await rig.attempt(PIN)).toEqual({ kind: 'locked', opensByItself: false });
    expect(await kindsOf('lockout')).toBe(1);
    expect((await rig.audited()).at(-2)).toMatchObject({ action: 'lock', source: { kind: 'service' } });
    expect((await rig.audited()).at(-1)).toMatchObject({ action: 'sign-in', outcome: 'locked' });
  });

  it('resets at the next multiple of a threshold that was lowered, not for failures that were decided before', async () => {
    await rig.wrong(4);
    await rig.changePolicy({ logonFailuresBeforePinReset: 3 });
    expect(await rig.wrong(2)).toEqual(['failed', 'pin-reset']);
  });

  it('adds the text of the policy to the mail with the new PIN', async () => {
    await rig.changePolicy({ resetPinText: '<b>Call 4711</b>' });
    await rig.wrong(5);
    expect((await rig.letters())[0]?.letter).toMatchObject({ policyText: '<b>Call 4711</b>' });
  });

  it('gives a new PIN that is none of the last ones, and keeps the history', async () => {
    for (let reset = 0; reset < 2; reset++) await rig.wrong(5);
    const { database, hasher } = rig.service;
    const { id, pin } = await rig.credential();
    const history = await database.pinHistory.last(id, 20);
    expect(history).toHaveLength(3);
    expect(history[0]).toEqual(pin);
    expect(await hasher.matches(PIN, id, history[2] ?? pin)).toBe(true);
  });

  describe('a timed lock', () => {
    beforeEach(() => rig.changePolicy({ lockoutDuration: 30, maxLogonAttempts: 6 }));

    it('opens when its time is over, and counts from 0', async () => {
      await rig.wrong(6);
      expect(await rig.attempt(wrongPin())).toEqual({ kind: 'locked', opensByItself: true });
      const [letter] = await rig.letters();
      expect(letter?.letter).toMatchObject({ opensAt: rig.service.clock.now() + 30 * MINUTE });
      const pin = await rig.mailedPin();
      await rig.service.clock.advance(30 * MINUTE - 1);
      expect((await rig.attempt(pin)).kind).toBe('locked');
      await rig.service.clock.advance(1);
      expect(await rig.wrong(4)).toEqual(failed(4));
      expect(await rig.state()).toMatchObject({ lock: undefined, budgets: { elsewhere: { failures: 4 } } });
      const unlock = (await rig.audited()).filter(({ action }) => action === 'unlock');
      expect(unlock).toMatchObject([{ outcome: 'done', reason: 'lock-ran-out', actor: { kind: 'system' } }]);
      expect((await rig.attempt(pin)).kind).toBe('signed-in');
    });

    it('does not open for an administrator’s lock', async () => {
      await rig.putState({ lock: { reason: 'administrator', scope: 'everywhere', since: rig.service.clock.now() } });
      await rig.service.clock.advance(60 * MINUTE);
      expect(await rig.attempt(PIN)).toEqual({ kind: 'locked', opensByItself: false });
    });
  });

  describe('the owner’s own line', () => {
    it('gets in with the mailed PIN while the mailbox is locked for elsewhere, and is told', async () => {
      await rig.wrong(15);
      const pin = await rig.mailedPin();
      expect((await rig.attempt(pin)).kind).toBe('locked');
      const verdict = await rig.attempt(pin, { source: OWNER });
      expect(verdict).toMatchObject({
        kind: 'signed-in',
        session: { lockedElsewhere: true, failures: { count: 15, lastAt: rig.service.clock.now() } },
      });
      // The lock stands: the owner is in, and the others are not.
      expect((await rig.attempt(pin)).kind).toBe('locked');
    });

    it('has a budget of its own, and locks every line with it', async () => {
      await rig.wrong(4);
      expect(await rig.wrong(14, { source: OWNER })).toEqual([
        ...failed(4),
        'pin-reset',
        ...failed(4),
        'pin-reset',
        ...failed(4),
      ]);
      expect(await rig.state()).toMatchObject({
        budgets: { own: { failures: 14 }, elsewhere: { failures: 4 } },
        failuresSinceSuccess: 18,
      });
      expect((await rig.attempt(wrongPin(), { source: OWNER })).kind).toBe('locked');
      expect((await rig.attempt(PIN)).kind).toBe('locked');
      expect((await rig.state()).lock).toMatchObject({ scope: 'everywhere' });
      expect((await rig.letters())[0]?.letter).toMatchObject({ kind: 'lockout', ownLineOpen: false });
    });

    it('is nobody’s whose number no trusted peer asserts, or is another', async () => {
      await rig.wrong(15);
      const pin = await rig.mailedPin();
      for (const changes of [{ peerIsTrusted: false }, { assertedNumber: '51235' }, { assertedNumber: '1234' }]) {
        const source = { ...OWNER, ...changes };
        expect((await rig.attempt(pin, { source })).kind).toBe('locked');
      }
    });

    it('has no budget of its own where the policy turns that off', async () => {
      await rig.changePolicy({ ownerLine: false });
      await rig.wrong(7);
      expect(await rig.wrong(8, { source: OWNER })).toEqual(['failed', 'failed', 'pin-reset', ...failed(4), 'locked']);
      expect((await rig.attempt(await rig.mailedPin(), { source: OWNER })).kind).toBe('locked');
    });

    it('is known by a registered number, too', async () => {
      const other = await createSignInRig({ kind, mailbox: { registeredNumbers: ['+1 425 555 0123'] } });
      await other.wrong(15);
      const source = { ...OWNER, assertedNumber: '+1 (425) 555-0123' };
      expect((await other.attempt(await other.mailedPin(), { source })).kind).toBe('signed-in');
      await other.dispose();
    });
  });

  describe('a threshold that nobody carried out', () => {
    it('is carried out before the next PIN is looked at', async () => {
      const now = rig.service.clock.now();
      const attempt = { id: 'attempt' as never, line: 'elsewhere', openedAt: now } as const;
      const elsewhere = { failures: 5, settled: 4 };
      const { budgets } = await rig.state();
      await rig.putState({ attempt, budgets: { ...budgets, elsewhere }, failuresSinceSuccess: 5 });
      await rig.service.clock.advance(ATTEMPT_LEASE);
      expect((await rig.attempt(PIN)).kind).toBe('failed');
      const pin = await rig.mailedPin();
      expect(await kindsOf('pin-reset')).toBe(1);
      const actions = (await rig.audited()).slice(-3);
      expect(actions).toMatchObject([
        { action: 'pin-reset', details: { failures: 5 } },
        { action: 'sign-in', outcome: 'failed', reason: 'abandoned', source: { kind: 'service' } },
        { action: 'sign-in', outcome: 'failed', reason: 'wrong-pin' },
      ]);
      const verdict = await rig.attempt(pin);
      expect(verdict).toMatchObject({ kind: 'signed-in', session: { failures: { count: 6 } } });
    });

    it('waits when its PIN cannot be hashed, and lets nobody guess meanwhile', async () => {
      let isFull = true;
      const checked: string[] = [];
      const hasher = hasherWith(rig.service.hasher, {
        hash: (pin, id) => (isFull ? Promise.reject(new Error('Full')) : rig.service.hasher.hash(pin, id)),
        matches: (pin, id, stored) => {
          checked.push(pin);
          return rig.service.hasher.matches(pin, id, stored);
        },
      });
      const signIn = await createSignIn({ ...rig.service, hasher });
      await rig.wrong(4, { signIn });
      await expect(rig.attempt(wrongPin(9), { signIn })).rejects.toThrow('Full');
      expect(await rig.state()).toMatchObject({ attempt: undefined, budgets: { elsewhere: { failures: 5 } } });
      checked.length = 0;
      await expect(rig.attempt(PIN, { signIn })).rejects.toThrow('Full');
      expect(checked).not.toContain(PIN);
      expect(await kindsOf('pin-reset')).toBe(0);
      isFull = false;
      expect((await rig.attempt(PIN, { signIn })).kind).toBe('failed');
      expect(await kindsOf('pin-reset')).toBe(1);
      expect(await rig.state()).toMatchObject({ budgets: { elsewhere: { failures: 6, settled: 6 } } });
    });
  });
});
