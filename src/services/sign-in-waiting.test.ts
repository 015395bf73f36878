import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPT_LEASE } from '../domain/lockout.ts';
import { contendedDatabase } from '../testing/contended-database.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { createSignInRig, PIN, type SignInRig, signInWithHasher, wrongPin } from '../testing/sign-in-rig.ts';
import type { TestService } from '../testing/test-service.ts';
import type { PinHasher } from './ports/pin-hasher.ts';
import type { SignIn, SignInVerdict } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';

const FAILED: SignInVerdict = { kind: 'failed' };

describe.each([DEFAULT_KIND])('an attempt among others, on $name', (kind) => {
  let rig: SignInRig;
  let service: TestService;

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
    service = rig.service;
  });

  afterEach(() => rig.dispose());

  const withHasher = (changes: (hasher: PinHasher) => Partial<PinHasher>): Promise<SignIn> =>
    signInWithHasher(service, changes(service.hasher));

  const overloadWarnings = () =>
    service.log.lines
      .filter(({ level, fields }) => level === 'warn' && fields.event === 'sign-in-overload')
      .map(({ fields }) => fields);

  describe('a verdict that comes too late', () => {
    /** Sign-in to whose credential something is done between the check of a PIN and its verdict. */
    const meddling = (meddle: () => Promise<unknown>): Promise<SignIn> => {
      let isDone = false;
      return withHasher((hasher) => ({
        matches: async (...check) => {
          const isRight = await hasher.matches(...check);
          if (!isDone) await meddle();
          isDone = true;
          return isRight;
        },
      }));
    };

    it('is a failure, when the credential’s version was advanced', async () => {
      const signIn = await meddling(async () => rig.putState({ version: (await rig.state()).version + 1 }));
      expect(await rig.attempt(PIN, { signIn })).toEqual(FAILED);
      expect(await rig.state()).toMatchObject({ budgets: { elsewhere: { failures: 1 } }, attempt: undefined });
      expect(service.log.lines.at(-1)?.fields).toMatchObject({ outcome: 'failed', cause: 'credential-changed' });
      expect(service.sessions.count).toBe(0);
    });

    it('is that the mailbox is locked, when it has been meanwhile, whatever was keyed', async () => {
      for (const pin of [PIN, wrongPin()]) {
        const lock = { reason: 'administrator', scope: 'everywhere', since: service.clock.now() } as const;
        const signIn = await meddling(async () => rig.putState({ lock, version: (await rig.state()).version + 1 }));
        expect(await rig.attempt(pin, { signIn })).toEqual({ kind: 'locked', opensByItself: false });
        await rig.putState({ lock: undefined });
      }
      expect(service.sessions.count).toBe(0);
    });

    it('counts all the same, when something else of the credential was changed', async () => {
      const signIn = await meddling(async () => rig.putState({ lastFailureAt: 4 }));
      expect((await rig.attempt(PIN, { signIn })).kind).toBe('signed-in');
      expect(service.sessions.count).toBe(1);
    });

    it('counts all the same after the end of its lease, when nobody else has come', async () => {
      const signIn = await meddling(() => service.clock.advance(ATTEMPT_LEASE + 1));
      expect((await rig.attempt(PIN, { signIn })).kind).toBe('signed-in');
    });

    it('is a failure, when its lease has ended and another has come', async () => {
      const other = await createSignIn(service);
      const signIn = await meddling(async () => {
        await service.clock.advance(ATTEMPT_LEASE);
        expect(await rig.attempt(wrongPin(), { signIn: other })).toEqual(FAILED);
      });
      expect(await rig.attempt(PIN, { signIn })).toEqual(FAILED);
      expect(await rig.state()).toMatchObject({ budgets: { elsewhere: { failures: 2 } }, attempt: undefined });
      const reasons = (await rig.audited()).map(({ reason }) => reason).slice(-3);
      expect(reasons).toEqual(['abandoned', 'wrong-pin', 'overtaken']);
    });

    it.each([
      ['has lost the extension', "update mailbox_extension set number = '59999'"],
      ['may not sign in by phone any more', 'update mailbox set subscriber_access = 0'],
      ['is gone', 'delete from mailbox'],
    ])('is a failure, when the mailbox %s', async (_what, sql) => {
      for (const pin of [PIN, wrongPin()]) {
        const signIn = await meddling(async () => {
          await service.stored.run(sql);
          await service.stored.run('update credential set revision = revision + 1');
        });
        expect(await rig.attempt(pin, { signIn })).toEqual(FAILED);
      }
      expect(service.sessions.count).toBe(0);
    });

    it('is a failure that resets nothing, when the mailbox is gone at the threshold', async () => {
      await rig.wrong(4);
      const signIn = await meddling(() => service.stored.run('delete from mailbox'));
      expect(await rig.attempt(wrongPin(9), { signIn })).toEqual(FAILED);
      expect(service.mailsAnnounced()).toBe(0);
    });

    it('resets once, when another attempt has found it due', async () => {
      const other = await createSignIn(service);
      await rig.wrong(4);
      const signIn = await meddling(async () => {
        await service.clock.advance(ATTEMPT_LEASE);
        // Finds the fifth failure abandoned, carries the reset out, and fails itself.
        expect(await rig.attempt(PIN, { signIn: other })).toEqual(FAILED);
      });
      expect(await rig.attempt(PIN, { signIn })).toEqual(FAILED);
      expect(service.mailsAnnounced()).toBe(1);
      expect(await rig.state()).toMatchObject({ budgets: { elsewhere: { failures: 6, settled: 6 } } });
    });
  });

  it('reads and decides again when others are quicker, at every step', async () => {
    const { database } = service.stored;
    for (const [pin, kind] of [
      [wrongPin(), 'failed'],
      [PIN, 'signed-in'],
    ] as const) {
      const contended = contendedDatabase(database, 3);
      const signIn = await createSignIn({ ...service, database: contended });
      expect((await rig.attempt(pin, { signIn })).kind).toBe(kind);
      expect(contended.left).toBe(0);
    }
    await rig.wrong(4);
    const contended = contendedDatabase(database, 2);
    const signIn = await createSignIn({ ...service, database: contended });
    expect((await rig.attempt(wrongPin(9), { signIn })).kind).toBe('pin-reset');
    expect(service.mailsAnnounced()).toBe(1);
    expect((await rig.credential()).pin).toEqual((await database.pinHistory.last((await rig.credential()).id, 1))[0]);
  });

  it('waits for an attempt that another process has open, until its lease ends', async () => {
    const openedAt = service.clock.now();
    await rig.putState({ attempt: { id: 'other' as never, line: 'elsewhere', openedAt }, failuresSinceSuccess: 1 });
    const attempt = rig.attempt(PIN);
    await service.clock.advance(ATTEMPT_LEASE - 1);
    expect((await rig.state()).attempt?.id).toBe('other');
    await service.clock.advance(100);
    expect((await attempt).kind).toBe('signed-in');
    expect((await rig.audited()).at(-2)).toMatchObject({ reason: 'abandoned', details: { openedAt } });
  });

  it('goes on as soon as the other process has decided', async () => {
    const openedAt = service.clock.now();
    await rig.putState({ attempt: { id: 'other' as never, line: 'elsewhere', openedAt } });
    const attempt = rig.attempt(PIN);
    await service.clock.advance(500);
    await rig.putState({ attempt: undefined });
    await service.clock.advance(80);
    expect((await attempt).kind).toBe('signed-in');
  });

  it('gives up in the end when other processes keep a mailbox busy', async () => {
    const keepBusy = (): Promise<void> =>
      rig.putState({ attempt: { id: 'other' as never, line: 'elsewhere', openedAt: service.clock.now() } });
    await keepBusy();
    const attempt = rig.attempt(PIN);
    for (let i = 0; i < 13; i++) {
      await service.clock.advance(5_000);
      await keepBusy();
    }
    expect(await attempt).toEqual({ kind: 'overloaded' });
    expect((await rig.state()).failuresSinceSuccess).toBe(0);
    expect(overloadWarnings()).toMatchObject([{ cause: 'mailbox-busy', attempts: 1 }]);
  });
});
