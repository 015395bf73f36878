import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DialPlanId } from '../domain/dial-plan.ts';
import { readKeyFile } from '../security/key-file.ts';
import { createPinHasher } from '../security/pin-hasher.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { CHEAP_COST } from '../testing/service-parts.ts';
import {
  createSignInRig,
  EXTENSION,
  hasherWith,
  OWNER,
  PIN,
  type SignInRig,
  STRANGER,
  signInWithHasher,
  UNKNOWN,
} from '../testing/sign-in-rig.ts';
import { createTestDialPlan, provisionTestMailbox, type TestService } from '../testing/test-service.ts';
import type { PinHasher } from './ports/pin-hasher.ts';
import type { SignIn, SignInSession, SignInVerdict } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';

const FAILED: SignInVerdict = { kind: 'failed' };

describe.each([DEFAULT_KIND])('sign-in on $name', (kind) => {
  let rig: SignInRig;
  let service: TestService;

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
    service = rig.service;
  });

  afterEach(() => rig.dispose());

  const withHasher = (changes: (hasher: PinHasher) => Partial<PinHasher>): Promise<SignIn> =>
    signInWithHasher(service, changes(service.hasher));

  /** How many attempts are undecided, at mailboxes and decoys. */
  async function openAttempts(): Promise<number> {
    const rows = await service.stored.rows();
    return rows.filter(({ table, values }) => table === 'credential' && values.attempt_id !== null).length;
  }

  async function signedIn(pin: string = PIN): Promise<SignInSession> {
    const verdict = await rig.attempt(pin);
    if (verdict.kind !== 'signed-in') throw new Error(`It came to ${verdict.kind}`);
    return verdict.session;
  }

  const withoutAccess = (): Promise<unknown> =>
    provisionTestMailbox(service, rig.plan, {
      address: 'off@contoso.com',
      extensions: ['52000'],
      subscriberAccess: false,
    });

  it('signs in with the right PIN, and says to which mailbox', async () => {
    const { mailbox } = await signedIn();
    expect(mailbox).toEqual({
      id: rig.mailbox.id,
      displayName: 'Tony Smith',
      extension: EXTENSION,
      language: 'en-US',
      timeZone: rig.mailbox.timeZone,
      clock: rig.mailbox.clock,
    });
  });

  it('signs in by a further extension to the mailbox with the primary one', async () => {
    await provisionTestMailbox(service, rig.plan, {
      address: 'ann@contoso.com',
      extensions: ['52000', '52001'],
      typedPin: '407193',
    });
    expect(await rig.attempt('407193', { extension: '52001' })).toMatchObject({
      kind: 'signed-in',
      session: { mailbox: { extension: '52000' } },
    });
  });

  it('fails alike for a wrong PIN, an unknown extension, no phone access, and another dial plan', async () => {
    await withoutAccess();
    const other = await createTestDialPlan(service, 'Other', '8000');
    expect(await rig.attempt('1985849')).toEqual(FAILED);
    expect(await rig.attempt('')).toEqual(FAILED);
    for (const extension of [UNKNOWN, '', '52000']) expect(await rig.attempt(PIN, { extension })).toEqual(FAILED);
    expect(await service.signIn.attempt(other.dialPlan.id, EXTENSION, PIN, STRANGER)).toEqual(FAILED);
  });

  it('keeps when the last failure and the last success were', async () => {
    const start = service.clock.now();
    await rig.attempt('1111');
    await service.clock.advance(60_000);
    await rig.attempt(PIN);
    expect(await rig.state()).toMatchObject({ lastFailureAt: start, lastSuccessAt: start + 60_000 });
    await service.clock.advance(60_000);
    await rig.attempt('1111');
    expect(await rig.state()).toMatchObject({ lastFailureAt: start + 120_000, lastSuccessAt: start + 60_000 });
  });

  describe('what a session tells', () => {
    it('is how many failed since the last success and when the last one did, and nothing when none did', async () => {
      expect((await signedIn()).failures).toBeUndefined();
      await rig.wrong(2);
      await service.clock.advance(90_000);
      await rig.wrong(1, { source: OWNER });
      const lastAt = service.clock.now();
      await service.clock.advance(90_000);
      expect((await signedIn()).failures).toEqual({ count: 3, lastAt });
      expect((await signedIn()).failures).toBeUndefined();
    });

    it('is every cause for which the PIN has to be changed', async () => {
      expect((await signedIn()).changeCauses).toEqual(['pin-expired', 'first-time']);
      await rig.putState({ pinExpired: false, firstTime: false });
      expect((await signedIn()).changeCauses).toEqual([]);
      await rig.changePolicy({ minPinLength: 8 });
      expect((await signedIn()).changeCauses).toEqual(['too-short']);
      await service.clock.advance(60 * 24 * 3_600_000);
      expect((await signedIn()).changeCauses).toEqual(['lifetime', 'too-short']);
    });

    it('is no lock, when there is none', async () => {
      expect((await signedIn()).lockedElsewhere).toBe(false);
    });
  });

  it('enters a session for each sign-in, and none for a failure', async () => {
    await rig.wrong(2);
    expect(service.sessions.count).toBe(0);
    const session = await signedIn();
    expect(service.sessions.versionOf(session)).toBe((await rig.state()).version);
    session.close();
    expect(service.sessions.count).toBe(0);
  });

  describe('counting before checking', () => {
    it('has counted an attempt, and leased the mailbox, before the PIN is looked at', async () => {
      let atCheck: unknown;
      const signIn = await withHasher((hasher) => ({
        matches: async (...check) => {
          atCheck = await rig.state();
          return hasher.matches(...check);
        },
      }));
      await rig.attempt(PIN, { signIn });
      expect(atCheck).toMatchObject({
        budgets: { elsewhere: { failures: 1 } },
        failuresSinceSuccess: 1,
        attempt: { line: 'elsewhere', openedAt: service.clock.now() },
      });
      expect(await rig.state()).toMatchObject({ budgets: { elsewhere: { failures: 0 } }, attempt: undefined });
    });

    it('leaves an attempt counted whose check fails, and keeps nobody waiting for it', async () => {
      const signIn = await withHasher(() => ({ matches: () => Promise.reject(new Error('No memory')) }));
      await expect(rig.attempt(PIN, { signIn })).rejects.toThrow('No memory');
      await expect(rig.attempt(PIN, { signIn, extension: UNKNOWN })).rejects.toThrow('No memory');
      expect(await rig.state()).toMatchObject({
        budgets: { elsewhere: { failures: 1, settled: 1 } },
        attempt: undefined,
        lastSuccessAt: undefined,
        lastFailureAt: service.clock.now(),
      });
      expect((await rig.audited()).slice(-2)).toMatchObject([
        { outcome: 'failed', reason: 'fault', mailboxId: rig.mailbox.id },
        { outcome: 'failed', reason: 'fault' },
      ]);
      expect(await openAttempts()).toBe(0);
    });

    it('says when even that cannot be stored, and throws what went wrong first', async () => {
      const signIn = await withHasher(() => ({
        matches: async () => {
          await service.database.close();
          throw new Error('No memory');
        },
      }));
      await expect(rig.attempt(PIN, { signIn })).rejects.toThrow('No memory');
      expect(service.log.lines.at(-1)).toMatchObject({ level: 'error', message: /undecided/ });
    });

    it('checks nothing when the attempt cannot be counted', async () => {
      let checks = 0;
      const signIn = await withHasher((hasher) => ({
        matches: (...check) => {
          checks++;
          return hasher.matches(...check);
        },
      }));
      await service.database.close();
      await expect(rig.attempt(PIN, { signIn })).rejects.toThrow();
      expect(checks).toBe(0);
    });
  });

  describe('rehashing', () => {
    /** A hasher as after a rotation: another key in front of the old one, and a higher cost. */
    async function hasherWithNewKey(): Promise<PinHasher> {
      const { database, keyFile: file, log } = service;
      const { keys } = await readKeyFile({ file, pinKeys: database.pinKeys, log });
      await database.pinKeys.insert({ keyId: 'new-key', check: 'entered by the test' });
      return createPinHasher({
        keys: [{ id: 'new-key', key: randomBytes(32) }, ...keys],
        cost: { ...CHEAP_COST, memory: 16 },
      });
    }

    it('hashes anew at a success what was hashed with an older key or cost, and nothing at a failure', async () => {
      const before = await rig.credential();
      const signIn = await createSignIn({ ...service, hasher: await hasherWithNewKey() });
      await rig.attempt('1111', { signIn });
      expect((await rig.credential()).pin).toEqual(before.pin);
      expect((await rig.attempt(PIN, { signIn })).kind).toBe('signed-in');
      const { pin: after, id } = await rig.credential();
      expect(after.keyId).toBe('new-key');
      expect(after.encoded).toMatch(/^\$argon2id\$v=19\$m=16,t=1,p=1\$/);
      expect(await service.database.pinHistory.last(id, 9)).toEqual([after]);
      expect((await rig.attempt(PIN, { signIn })).kind).toBe('signed-in');
      expect((await rig.credential()).pin).toEqual(after);
      // The decoys have moved with it, or their attempts would cost less than those of mailboxes.
      expect(await service.database.credentials.decoys(service.decoys.ids)).toMatchObject({ keyId: 'new-key' });
    });

    it('signs in all the same when the PIN cannot be hashed anew', async () => {
      const rotated = await hasherWithNewKey();
      await createSignIn({ ...service, hasher: rotated });
      const hasher = hasherWith(rotated, { hash: () => Promise.reject(new Error('Full')) });
      const signIn = await createSignIn({ ...service, hasher });
      expect((await rig.attempt(PIN, { signIn })).kind).toBe('signed-in');
      expect((await rig.credential()).pin.keyId).not.toBe('new-key');
    });
  });

  it('keeps the decoys from one start to the next', async () => {
    const before = await service.database.credentials.decoys(service.decoys.ids);
    await createSignIn(service);
    expect(before).toBeDefined();
    expect(await service.database.credentials.decoys(service.decoys.ids)).toEqual(before);
  });

  it('lets nobody in by a decoy, even with its own PIN', async () => {
    const decoy = service.decoys.for(rig.plan.dialPlan.id, UNKNOWN);
    const hash = await service.hasher.hash('407193', decoy);
    await service.database.credentials.putDecoys(service.decoys.ids, hash, await rig.state());
    expect(await rig.attempt('407193', { extension: UNKNOWN })).toEqual(FAILED);
    expect(service.log.lines.at(-1)?.fields).toMatchObject({ cause: 'no-mailbox', mailbox: null });
  });

  describe('recognise', () => {
    beforeEach(async () => {
      await provisionTestMailbox(service, rig.plan, {
        address: 'ann@contoso.com',
        extensions: ['52000', '52001'],
        registeredNumbers: ['+1 (425) 555-0123', '0301234'],
      });
    });

    const recognise = (number: string, dialPlan: DialPlanId = rig.plan.dialPlan.id) =>
      service.signIn.recognise(dialPlan, number);

    it.each(['52000', '52001', '+14255550123', '+1-425-555-0123', '0301234', '(030)1234'])(
      'knows %s to be the mailbox',
      async (number) => {
        expect(await recognise(number)).toEqual({ extension: '52000' });
      },
    );

    it.each([
      '2000',
      '052000',
      '+52000',
      '14255550123',
      '004255550123',
      '4255550123',
      '301234',
      'anonymous',
      '',
      '*',
      '%',
    ])('knows nobody by %j', async (number) => {
      expect(await recognise(number)).toBeUndefined();
    });

    it('knows nobody of another dial plan', async () => {
      const other = await createTestDialPlan(service, 'Other', '8000');
      expect(await recognise('52000', other.dialPlan.id)).toBeUndefined();
    });

    it('knows nobody without phone access', async () => {
      await provisionTestMailbox(service, rig.plan, {
        address: 'off@contoso.com',
        extensions: ['53000'],
        subscriberAccess: false,
      });
      expect(await recognise('53000')).toBeUndefined();
      await rig.changePolicy({ allowSubscriberAccess: false });
      expect(await recognise('52000')).toBeUndefined();
    });

    it('counts nothing', async () => {
      const before = await service.stored.rows();
      await recognise('52000');
      await recognise('99999');
      expect(await service.stored.rows()).toEqual(before);
    });
  });
});
