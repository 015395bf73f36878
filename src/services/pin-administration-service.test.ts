import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialState } from '../domain/credential.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import { contendedDatabase } from '../testing/contended-database.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { dieAtEachCall } from '../testing/die-at-each-call.ts';
import { createSignInRig, OWNER, PIN, type SignInRig } from '../testing/sign-in-rig.ts';
import { BY_TEST } from '../testing/test-service.ts';
import type { PinAdministration } from './pin-administration.ts';
import { createPinAdministration } from './pin-administration-service.ts';
import type { SessionEnd, SignInSession } from './sign-in.ts';

const NOBODY = 'nobody' as MailboxId;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe.each([DEFAULT_KIND])('administration of PINs on $name', (kind) => {
  let rig: SignInRig;
  let administration: PinAdministration;

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
    administration = createPinAdministration(rig.service);
  });

  afterEach(() => rig.dispose());

  async function signIn(pin: string, source = OWNER): Promise<SignInSession> {
    const verdict = await rig.attempt(pin, { source });
    return verdict.kind === 'signed-in' ? verdict.session : expect.fail(`The sign-in is ${verdict.kind}`);
  }

  /** Why the calls that are signed in now end from here on. */
  async function noteEnds(): Promise<readonly SessionEnd[]> {
    const ends: SessionEnd[] = [];
    (await signIn(PIN)).onEnd((why) => ends.push(why));
    return ends;
  }

  const records = async (action: string) => (await rig.audited()).filter((record) => record.action === action);

  describe('locks', () => {
    it('are closed and opened by request, and the PIN stays', async () => {
      const ends = await noteEnds();
      const before = await rig.credential();
      expect(await administration.lock(rig.mailbox.id, BY_TEST)).toEqual({ kind: 'done', changed: true });
      expect(ends).toEqual(['locked']);
      expect(await rig.attempt(PIN)).toEqual({ kind: 'locked', opensByItself: false });
      expect(await administration.lock(rig.mailbox.id, BY_TEST)).toEqual({ kind: 'done', changed: false });
      expect(await administration.unlock(rig.mailbox.id, BY_TEST)).toEqual({ kind: 'done', changed: true });
      expect(await administration.unlock(rig.mailbox.id, BY_TEST)).toEqual({ kind: 'done', changed: false });
      const after = await rig.credential();
      expect(after.pin).toEqual(before.pin);
      expect(after.state).toEqual({ ...before.state, version: before.state.version + 1 });
      expect((await rig.attempt(PIN)).kind).toBe('signed-in');
      expect(await rig.letters()).toEqual([]);
    });

    it('by failures are opened, with the count, and it begins anew', async () => {
      await rig.wrong(16);
      expect(await administration.unlock(rig.mailbox.id, BY_TEST)).toEqual({ kind: 'done', changed: true });
      expect(await rig.state()).toMatchObject({
        lock: undefined,
        budgets: { elsewhere: { failures: 0, settled: 0 } },
        failuresSinceSuccess: 15,
      });
      expect(await rig.wrong(5)).toEqual(['failed', 'failed', 'failed', 'failed', 'pin-reset']);
    });

    it('that are none have their count set to 0, and end no call', async () => {
      const ends = await noteEnds();
      await rig.wrong(3);
      expect(await administration.unlock(rig.mailbox.id, BY_TEST)).toEqual({ kind: 'done', changed: true });
      expect((await rig.state()).budgets.elsewhere.failures).toBe(0);
      expect(ends).toEqual([]);
    });

    it('are recorded when they change', async () => {
      await rig.wrong(15);
      for (const change of ['lock', 'lock', 'unlock', 'unlock'] as const)
        await administration[change](rig.mailbox.id, BY_TEST);
      const common = { outcome: 'done', ...BY_TEST, mailboxId: rig.mailbox.id, reason: 'on-request' };
      const failures = { failures: 15, ownLineFailures: 0 };
      expect((await records('lock')).at(-1)).toEqual({
        action: 'lock',
        ...common,
        details: { lockBefore: 'failures', ...failures },
      });
      expect(await records('lock')).toHaveLength(2);
      expect(await records('unlock')).toEqual([
        { action: 'unlock', ...common, details: { lockBefore: 'administrator', ...failures } },
      ]);
    });

    it('are none of a mailbox that is not there', async () => {
      expect(await administration.lock(NOBODY, BY_TEST)).toEqual({ kind: 'no-such-mailbox' });
      expect(await administration.unlock(NOBODY, BY_TEST)).toEqual({ kind: 'no-such-mailbox' });
    });

    it.each(['lock', 'unlock'] as const)(
      '%s: stored whole or not at all, and in spite of others who write',
      async (change) => {
        await rig.wrong(4);
        const before = await rig.service.stored.rows();
        const deaths = await dieAtEachCall(
          rig.service.database,
          (database) => createPinAdministration({ ...rig.service, database })[change](rig.mailbox.id, BY_TEST),
          async () => expect(await rig.service.stored.rows()).toEqual(before),
        );
        expect(deaths).toBe(5);
        await administration[change === 'lock' ? 'unlock' : 'lock'](rig.mailbox.id, BY_TEST);
        const database = contendedDatabase(rig.service.database, 2);
        const contended = createPinAdministration({ ...rig.service, database });
        expect(await contended[change](rig.mailbox.id, BY_TEST)).toEqual({ kind: 'done', changed: true });
        expect(database.left).toBe(0);
      },
    );
  });

  describe('the status', () => {
    const status = async () => (await administration.status(rig.mailbox.id)) ?? expect.fail('There is no status');

    it('of a new mailbox', async () => {
      expect(await status()).toEqual({
        userId: 'tonysmith@contoso.com',
        mailboxId: rig.mailbox.id,
        pinExpired: true,
        firstTimeUser: true,
        lockedOut: false,
        lock: undefined,
        failures: 0,
        ownLineFailures: 0,
        failuresSinceSuccess: 0,
        lastFailureAt: undefined,
        lastSuccessAt: undefined,
        pinSetAt: rig.service.clock.now(),
        mail: undefined,
      });
      expect(await administration.status(NOBODY)).toBeUndefined();
    });

    it('tells failures, successes, and the newest mail, and no PIN', async () => {
      const { clock } = rig.service;
      const [success, failure] = [clock.now(), clock.now() + 5_000];
      await signIn(PIN);
      await administration.reset(rig.mailbox.id, {}, BY_TEST);
      const { id } = (await rig.letters())[0] ?? expect.fail();
      clock.setNow(failure);
      await rig.wrong(2);
      await rig.wrong(1, { source: OWNER });
      const tried = { state: 'waiting', attempts: 0, settledAt: undefined, lastError: undefined };
      const mail = { id, kind: 'pin-reset', to: rig.mailbox.address, queuedAt: success, ...tried };
      expect(await status()).toMatchObject({
        failures: 2,
        ownLineFailures: 1,
        failuresSinceSuccess: 3,
        lastFailureAt: failure,
        lastSuccessAt: success,
        mail,
      });
      expect(Object.keys((await status()).mail ?? {}).toSorted()).toEqual(Object.keys(mail).toSorted());
      await rig.wrong(13);
      const [newest] = await rig.letters();
      expect(newest?.letter.kind).toBe('lockout');
      expect((await status()).mail?.id).toBe(newest?.id);
    });

    it('tells a lock, since when and until when, and that one has run out', async () => {
      const { clock } = rig.service;
      await rig.changePolicy({ lockoutDuration: 30 });
      await rig.wrong(15);
      const since = clock.now();
      const lock = { reason: 'failures', scope: 'elsewhere', since, opensAt: since + 30 * MINUTE };
      expect(await status()).toMatchObject({ lockedOut: true, failures: 15, lock });
      clock.setNow(since + 30 * MINUTE);
      expect(await status()).toMatchObject({ lockedOut: false, failures: 0, lock: undefined });
      await administration.lock(rig.mailbox.id, BY_TEST);
      expect(await status()).toMatchObject({ lockedOut: true, lock: { reason: 'administrator', opensAt: undefined } });
    });

    it.each<[string, Partial<CredentialState>, number, boolean]>([
      ['chosen by its user', {}, 0, false],
      ['reset', { pinExpired: true }, 0, true],
      ['in use for its lifetime but a moment', {}, 60 * DAY - 1, false],
      ['in use for its lifetime', {}, 60 * DAY, true],
    ])('says whether a PIN that was %s has expired', async (_name, changes, age, expected) => {
      await rig.putState({ pinExpired: false, firstTime: false, ...changes });
      rig.service.clock.setNow(rig.service.clock.now() + age);
      expect(await status()).toMatchObject({ pinExpired: expected, firstTimeUser: false });
    });
  });
});
