import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contendedDatabase } from '../testing/contended-database.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { dieAtEachCall } from '../testing/die-at-each-call.ts';
import { openTestParts } from '../testing/service-parts.ts';
import {
  createSignInRig,
  EXTENSION,
  hasherWith,
  OWNER,
  PIN,
  type SignInRig,
  STRANGER,
  wrongPin,
} from '../testing/sign-in-rig.ts';
import { BY_TEST } from '../testing/test-service.ts';
import { createPinAdministration } from './pin-administration-service.ts';
import type { PinChanged, PinChanges } from './pin-changes.ts';
import { createPinChanges } from './pin-changes-service.ts';
import type { SessionEnd, SignInSession } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';

/** PINs that nothing is wrong with. */
const NEW_PIN = '407193';
const OTHER_PIN = '628415';

describe.each([DEFAULT_KIND])('changes of PINs by their users, on $name', (kind) => {
  let rig: SignInRig;
  let changes: PinChanges;

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
    changes = createPinChanges(rig.service);
  });

  afterEach(() => rig.dispose());

  async function signIn(pin = PIN): Promise<SignInSession> {
    const verdict = await rig.attempt(pin);
    return verdict.kind === 'signed-in' ? verdict.session : expect.fail(`The sign-in is ${verdict.kind}`);
  }

  const change = (session: SignInSession, pin: string): Promise<PinChanged> => changes.change(session, pin, STRANGER);

  /** What each of these PINs came to, one after the other in one call. */
  async function changeEach(session: SignInSession, pins: readonly string[]): Promise<readonly PinChanged['kind'][]> {
    const kinds: PinChanged['kind'][] = [];
    for (const pin of pins) kinds.push((await change(session, pin)).kind);
    return kinds;
  }

  it('store the new PIN, and nothing has to be changed any more', async () => {
    const session = await signIn();
    expect(session.changeCauses).toEqual(['pin-expired', 'first-time']);
    const before = await rig.state();
    rig.service.clock.setNow(rig.service.clock.now() + 5_000);
    expect(await change(session, NEW_PIN)).toEqual({ kind: 'changed' });
    expect(await rig.state()).toEqual({
      ...before,
      version: before.version + 1,
      pinSetAt: rig.service.clock.now(),
      pinExpired: false,
      firstTime: false,
      firstChangeWaived: false,
    });
    expect((await rig.attempt(PIN)).kind).toBe('failed');
    expect((await signIn(NEW_PIN)).changeCauses).toEqual([]);
  });

  it('are recorded, by whom, from where and why, and the PIN nowhere', async () => {
    const session = await signIn();
    await changes.change(session, NEW_PIN, OWNER);
    await changes.change(await signIn(NEW_PIN), OTHER_PIN, STRANGER);
    const records = (await rig.audited()).filter(({ action }) => action === 'pin-change');
    expect(records).toEqual([
      {
        action: 'pin-change',
        outcome: 'done',
        actor: { kind: 'user' },
        source: { kind: 'call', callId: OWNER.callId, peer: OWNER.peer, assertedNumber: EXTENSION },
        mailboxId: rig.mailbox.id,
        reason: 'pin-expired first-time',
      },
      {
        action: 'pin-change',
        outcome: 'done',
        actor: { kind: 'user' },
        source: { kind: 'call', callId: STRANGER.callId, peer: STRANGER.peer },
        mailboxId: rig.mailbox.id,
        reason: 'wanted',
      },
    ]);
    const everything = JSON.stringify([await rig.service.stored.rows(), rig.service.log.lines]);
    for (const pin of [PIN, NEW_PIN, OTHER_PIN]) expect(everything).not.toContain(pin);
  });

  it('let the call go on and change it again, and end the others of the mailbox', async () => {
    const ends: [string, SessionEnd][] = [];
    const [own, other] = [await signIn(), await signIn()];
    own.onEnd((why) => ends.push(['own', why]));
    other.onEnd((why) => ends.push(['other', why]));
    expect(await changeEach(own, [NEW_PIN, OTHER_PIN])).toEqual(['changed', 'changed']);
    expect(ends).toEqual([['other', 'pin-changed']]);
    expect(await change(other, wrongPin(3))).toEqual({ kind: 'session-over' });
    expect((await rig.attempt(OTHER_PIN)).kind).toBe('signed-in');
  });

  it('are refused with the name of the rule, and nothing is stored', async () => {
    const session = await signIn();
    const before = await rig.credential();
    const cases = [
      ['12ab56', { kind: 'not-digits' }],
      ['40719', { kind: 'too-short', minimum: 6 }],
      ['4071934071934071934071934', { kind: 'too-long', maximum: 24 }],
      ['951234', { kind: 'contains-extension' }],
      ['123456', { kind: 'common-pattern', pattern: 'sequential' }],
      [PIN, { kind: 'used-before', lastPins: 5 }],
    ] as const;
    for (const [pin, refusal] of cases) {
      expect(await changes.judge(session, pin)).toEqual(refusal);
      expect(await change(session, pin)).toEqual({ kind: 'refused', refusal });
    }
    expect(await changes.judge(session, NEW_PIN)).toBeUndefined();
    expect(await rig.credential()).toEqual(before);
    expect((await rig.audited()).filter(({ action }) => action === 'pin-change')).toEqual([]);
  });

  it('are judged by the policy as it is when they are stored', async () => {
    const session = await signIn();
    expect(await changes.minimumLength(session)).toBe(6);
    expect(await changes.judge(session, NEW_PIN)).toBeUndefined();
    await rig.changePolicy({ minPinLength: 8 });
    expect(await changes.minimumLength(session)).toBe(8);
    const refusal = { kind: 'too-short', minimum: 8 };
    expect(await change(session, NEW_PIN)).toEqual({ kind: 'refused', refusal });
    await rig.changePolicy({ minPinLength: 4, allowCommonPatterns: true });
    expect(await change(session, '7777')).toEqual({ kind: 'changed' });
  });

  describe('and the history', () => {
    const [A, B, C, D, E] = [PIN, '407193', '628415', '930472', '518364'] as const;

    it('refuse the last so many, the current one included', async () => {
      await rig.changePolicy({ pinHistoryCount: 3 });
      const session = await signIn();
      expect(await changeEach(session, [A, B, B, A, C, A, B, C])).toEqual([
        'refused',
        'changed',
        'refused',
        'refused',
        'changed',
        'refused',
        'refused',
        'refused',
      ]);
      // With the fourth, the first one is no longer among the last three.
      expect(await changeEach(session, [D, B, C, A])).toEqual(['changed', 'refused', 'refused', 'changed']);
    });

    it('look back as far as the policy says now, of what was kept', async () => {
      await rig.changePolicy({ pinHistoryCount: 4 });
      const session = await signIn();
      expect(await changeEach(session, [B, C])).toEqual(['changed', 'changed']);
      await rig.changePolicy({ pinHistoryCount: 2 });
      expect(await changes.judge(session, A)).toBeUndefined();
      expect(await changes.judge(session, B)).toEqual({ kind: 'used-before', lastPins: 2 });
      // Nothing is forgotten before another PIN is set.
      await rig.changePolicy({ pinHistoryCount: 20 });
      expect(await changes.judge(session, A)).toEqual({ kind: 'used-before', lastPins: 20 });
      await rig.changePolicy({ pinHistoryCount: 1 });
      expect(await changeEach(session, [C, A, D])).toEqual(['refused', 'changed', 'changed']);
      await rig.changePolicy({ pinHistoryCount: 20 });
      // Only the one before was kept: those from before it do not come back.
      expect(await changeEach(session, [D, A, E])).toEqual(['refused', 'changed', 'changed']);
      expect(await changeEach(session, [D, A])).toEqual(['refused', 'refused']);
    });

    it('know a PIN again after a success has hashed it anew', async () => {
      await change(await signIn(), B);
      const before = await rig.credential();
      const costlier = { memory: 16, passes: 2, parallelism: 1 };
      const parts = await openTestParts({ ...rig.service, cost: costlier });
      expect((await rig.attempt(B, { signIn: await createSignIn(parts) })).kind).toBe('signed-in');
      const { id, pin } = await rig.credential();
      expect(pin).not.toEqual(before.pin);
      expect(await rig.service.database.pinHistory.last(id, 1)).toEqual([pin]);
      expect(await changeEach(await signIn(B), [B, A, C])).toEqual(['refused', 'refused', 'changed']);
    });
  });

  describe('beside what happens to the mailbox meanwhile', () => {
    const administration = () => createPinAdministration(rig.service);

    it.each([
      ['a reset', () => administration().reset(rig.mailbox.id, {}, BY_TEST)],
      ['a lock', () => administration().lock(rig.mailbox.id, BY_TEST)],
      ['failed sign-ins that reset the PIN', () => rig.wrong(5)],
    ])('store nothing after %s', async (_name, happen) => {
      const session = await signIn();
      await happen();
      const before = await rig.credential();
      expect(await change(session, NEW_PIN)).toEqual({ kind: 'session-over' });
      expect(await rig.credential()).toEqual(before);
    });

    it('store nothing when that happens while the PIN is hashed', async () => {
      const { hasher } = rig.service;
      const racing = createPinChanges({
        ...rig.service,
        hasher: hasherWith(hasher, {
          hash: async (pin, id) => {
            await administration().reset(rig.mailbox.id, {}, BY_TEST);
            return hasher.hash(pin, id);
          },
        }),
      });
      expect(await racing.change(await signIn(), NEW_PIN, STRANGER)).toEqual({ kind: 'session-over' });
      expect((await rig.attempt(NEW_PIN)).kind).toBe('failed');
      expect((await rig.attempt(await rig.mailedPin())).kind).toBe('signed-in');
    });

    it('are stored although failed sign-ins come between, and leave those counted', async () => {
      const { hasher } = rig.service;
      const hammered = createPinChanges({
        ...rig.service,
        hasher: hasherWith(hasher, {
          hash: async (pin, id) => {
            await rig.wrong(4);
            return hasher.hash(pin, id);
          },
        }),
      });
      expect(await hammered.change(await signIn(), NEW_PIN, STRANGER)).toEqual({ kind: 'changed' });
      expect((await rig.state()).budgets.elsewhere.failures).toBe(4);
      expect(await rig.attempt(NEW_PIN)).toMatchObject({ kind: 'signed-in', session: { failures: { count: 4 } } });
    });

    it('let nobody in by the old PIN whose attempt was open at that moment', async () => {
      const session = await signIn();
      const { hasher } = rig.service;
      const slow = hasherWith(hasher, {
        matches: async (pin, id, stored, inUse) => {
          const isRight = await hasher.matches(pin, id, stored, inUse);
          if (pin === PIN) expect(await change(session, NEW_PIN)).toEqual({ kind: 'changed' });
          return isRight;
        },
      });
      const signInSlowly = await createSignIn({ ...rig.service, hasher: slow });
      expect(await rig.attempt(PIN, { signIn: signInSlowly })).toEqual({ kind: 'failed' });
      expect(await rig.state()).toMatchObject({
        attempt: undefined,
        budgets: { elsewhere: { failures: 1, settled: 1 } },
      });
    });

    it('decide again when somebody else writes at the same moment', async () => {
      const session = await signIn();
      const database = contendedDatabase(rig.service.database, 2);
      const contended = createPinChanges({ ...rig.service, database });
      expect(await contended.change(session, NEW_PIN, STRANGER)).toEqual({ kind: 'changed' });
      expect(database.left).toBe(0);
      expect((await rig.attempt(NEW_PIN)).kind).toBe('signed-in');
    });
  });

  it('are stored whoever hangs up meanwhile, and not for a call that is over', async () => {
    const { hasher } = rig.service;
    const session = await signIn();
    const hungUp = createPinChanges({
      ...rig.service,
      hasher: hasherWith(hasher, {
        hash: async (pin, id) => {
          session.close();
          return hasher.hash(pin, id);
        },
      }),
    });
    expect(await hungUp.change(session, NEW_PIN, STRANGER)).toEqual({ kind: 'changed' });
    expect(rig.service.sessions.count).toBe(0);
    expect((await rig.attempt(NEW_PIN)).kind).toBe('signed-in');
    expect(await change(session, OTHER_PIN)).toEqual({ kind: 'session-over' });
  });

  it('withdraw letters with PINs that are still on their way', async () => {
    await createPinAdministration(rig.service).reset(rig.mailbox.id, {}, BY_TEST);
    const session = await signIn(await rig.mailedPin());
    await rig.wrong(2);
    expect(await change(session, NEW_PIN)).toEqual({ kind: 'changed' });
    expect((await rig.letters()).map(({ letter, state, pin }) => [letter.kind, state, pin])).toEqual([
      ['pin-reset', 'superseded', undefined],
    ]);
  });

  it('are stored whole or not at all, wherever the program dies', async () => {
    const session = await signIn();
    const ends: SessionEnd[] = [];
    (await signIn()).onEnd((why) => ends.push(why));
    const before = await rig.service.stored.rows();
    const deaths = await dieAtEachCall(
      rig.service.database,
      async (database) => {
        const changed = await createPinChanges({ ...rig.service, database }).change(session, NEW_PIN, STRANGER);
        expect(changed).toEqual({ kind: 'changed' });
      },
      async () => {
        expect(await rig.service.stored.rows()).toEqual(before);
        expect(ends).toEqual([]);
      },
    );
    expect(deaths).toBeGreaterThan(5);
    expect(ends).toEqual(['pin-changed']);
    expect((await rig.attempt(NEW_PIN)).kind).toBe('signed-in');
  });
});
