import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Mailbox, MailboxId } from '../domain/mailbox.ts';
import { contendedDatabase } from '../testing/contended-database.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { createSignInRig, EXTENSION, PIN, type SignInRig, STRANGER, signInWithHasher } from '../testing/sign-in-rig.ts';
import { BY_TEST, createTestDialPlan, provisionTestMailbox, type TestDialPlan } from '../testing/test-service.ts';
import type { MailboxChanges } from './mailbox-administration.ts';
import { createMailboxAdministration } from './mailbox-administration-service.ts';
import type { NewMailbox } from './mailbox-provisioning.ts';
import type { SessionEnd } from './sign-in.ts';

const NOBODY = 'nobody' as MailboxId;

describe.each([DEFAULT_KIND])('mailboxes on $name', (kind) => {
  let rig: SignInRig;

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
  });

  afterEach(() => rig.dispose());

  async function provision(changes: Partial<NewMailbox>, plan: TestDialPlan = rig.plan): Promise<Mailbox> {
    const made = await provisionTestMailbox(rig.service, plan, changes);
    return made.kind === 'provisioned' ? made.mailbox : expect.fail(`The mailbox is refused: ${made.kind}`);
  }

  const anna = (changes: Partial<NewMailbox> = {}, plan?: TestDialPlan): Promise<Mailbox> =>
    provision({ address: 'anna@contoso.com', displayName: 'Anna', extensions: ['52000'], ...changes }, plan);

  const resolve = (identity: string) => rig.service.mailboxAdministration.resolve(identity);
  const get = (id: MailboxId = rig.mailbox.id) => rig.service.mailboxAdministration.get(id);
  const change = (changes: MailboxChanges, expected?: number) =>
    rig.service.mailboxAdministration.change(rig.mailbox.id, changes, BY_TEST, expected);
  const disable = (expected?: number) => rig.service.mailboxAdministration.disable(rig.mailbox.id, BY_TEST, expected);

  /** Why the call that signs in now is ended from here on. */
  async function noteEnds(): Promise<readonly SessionEnd[]> {
    const ends: SessionEnd[] = [];
    const verdict = await rig.attempt(PIN);
    if (verdict.kind !== 'signed-in') return expect.fail(`The sign-in is ${verdict.kind}`);
    verdict.session.onEnd((why) => ends.push(why));
    return ends;
  }

  describe('are named by', () => {
    it.each<[string, (mailbox: Mailbox) => string]>([
      ['id', ({ id }) => id],
      ['address, in any case', ({ address }) => address.toUpperCase()],
      ['alias, in any case', ({ alias }) => alias.toUpperCase()],
      ['extension', ({ extensions }) => extensions[0]],
    ])('%s', async (_what, identityOf) => {
      await anna();
      expect(await resolve(identityOf(rig.mailbox))).toEqual({ kind: 'found', id: rig.mailbox.id });
    });

    it.each(['', '5123', '%', 'nobody@contoso.com', '+14255550123', 'x'.repeat(10_000), `' or 1=1 --`])(
      'nothing that only resembles that: %s',
      async (identity) => {
        await provision({ address: 'a@b', extensions: ['52001'], registeredNumbers: ['+14255550123'] });
        expect(await resolve(identity)).toEqual({ kind: 'no-such-mailbox' });
      },
    );

    it('an extension of two dial plans, or one that is an alias elsewhere, are ambiguous', async () => {
      const other = await createTestDialPlan(rig.service, 'Other', '8000');
      await anna({ extensions: [EXTENSION] }, other);
      const candidates = ['anna@contoso.com', 'tonysmith@contoso.com'];
      expect(await resolve(EXTENSION)).toEqual({ kind: 'ambiguous-identity', candidates });
      await provision({ address: 'zoe@contoso.com', alias: '53000', extensions: ['54000'] });
      await provision({ address: 'max@contoso.com', extensions: ['53000'] });
      const named = { kind: 'ambiguous-identity', candidates: ['max@contoso.com', 'zoe@contoso.com'] };
      expect(await resolve('53000')).toEqual(named);
    });

    it('their own extension as an alias is not, and an id is no other one by an alias', async () => {
      const { id } = await anna({ alias: '52000' });
      expect(await resolve('52000')).toEqual({ kind: 'found', id });
      await provision({ address: 'eve@contoso.com', alias: rig.mailbox.id, extensions: ['53000'] });
      expect(await resolve(rig.mailbox.id)).toEqual({ kind: 'found', id: rig.mailbox.id });
    });
  });

  it('are told with their plan, policy and states, as they are made and later', async () => {
    const made = await rig.service.directory.provisionMailbox(
      rig.plan.policy.id,
      { address: 'anna@contoso.com', displayName: 'Anna', extensions: ['52000'], pin: { kind: 'generated' } },
      BY_TEST,
    );
    if (made.kind !== 'provisioned') return expect.fail(made.kind);
    expect(await get(made.mailbox.id)).toEqual(made.details);
    expect(made.details).toEqual({
      mailbox: made.mailbox,
      dialPlan: { id: rig.plan.dialPlan.id, name: 'Test' },
      policy: { id: rig.plan.policy.id, name: rig.plan.policy.name },
      pinExpired: true,
      firstTimeUser: true,
      lockedOut: false,
      mail: { id: made.mails[0]?.id, kind: 'um-enabled', state: 'waiting', queuedAt: rig.service.clock.now() },
      revision: 1,
    });
    await rig.wrong(15);
    expect(await get()).toMatchObject({ lockedOut: true, mail: { kind: 'lockout' }, revision: 1 });
    expect(await get(NOBODY)).toBeUndefined();
  });

  describe('are changed', () => {
    const SETTINGS = {
      address: 'tony@example.com',
      alias: 'TS',
      displayName: 'Tony “☎” Smith',
      extensions: ['51235', EXTENSION],
      registeredNumbers: ['+14255550123'],
      language: 'de-DE',
      timeZone: 'Europe/Berlin',
      clock: '24-hour',
      pinlessAccess: true,
    } as const;

    it('in every setting, on the record with what it was', async () => {
      const changed = await change({ ...SETTINGS, language: 'de-de', registeredNumbers: ['+1 (425) 555-0123'] }, 1);
      const details = { ...(await get()), mailbox: { ...rig.mailbox, ...SETTINGS }, revision: 2 };
      const settings = expect.arrayContaining(Object.keys(SETTINGS));
      expect(changed).toEqual({ kind: 'changed', details, settings });
      expect(await get()).toEqual(details);
      for (const one of ['51235', 'ts', 'TONY@example.com', EXTENSION]) expect((await resolve(one)).kind).toBe('found');
      expect((await resolve('tonysmith@contoso.com')).kind).toBe('no-such-mailbox');
      expect((await rig.audited()).at(-1)).toMatchObject({
        ...BY_TEST,
        action: 'mailbox-changed',
        outcome: 'done',
        mailboxId: rig.mailbox.id,
        details: {
          address: 'tonysmith@contoso.com',
          'address.from': 'tonysmith@contoso.com',
          'address.to': 'tony@example.com',
          'extensions.from': EXTENSION,
          'extensions.to': `51235 ${EXTENSION}`,
        },
      });
      expect((await rig.attempt(PIN, { extension: '51235' })).kind).toBe('signed-in');
    });

    it('in nothing when all is as it was, or somebody else was faster', async () => {
      const before = await rig.service.stored.rows();
      const { address, extensions, alias } = rig.mailbox;
      const same = { address, alias, extensions, displayName: ' Tony Smith ' };
      expect(await change(same)).toMatchObject({ kind: 'changed', settings: [], details: { revision: 1 } });
      expect(await change({ displayName: 'T' }, 2)).toEqual({ kind: 'revision-differs', revision: 1 });
      expect(await disable(7)).toEqual({ kind: 'revision-differs', revision: 1 });
      expect(await rig.service.stored.rows()).toEqual(before);
      await change({ displayName: 'T' }, 1);
      expect(await change({ displayName: 'U' }, 1)).toEqual({ kind: 'revision-differs', revision: 2 });
    });

    it.each<[MailboxChanges, object]>([
      [{ address: 'nobody' }, { kind: 'not-an-address' }],
      [{ address: 'Anna@contoso.com' }, { kind: 'address-taken' }],
      [{ alias: 'a b' }, { kind: 'not-an-alias' }],
      [{ alias: 'ANNA' }, { kind: 'alias-taken' }],
      [{ displayName: ' ' }, { kind: 'no-display-name' }],
      [{ extensions: ['1234'] }, { kind: 'not-an-extension', extensionDigits: 5 }],
      [{ extensions: ['51236', '52000'] }, { kind: 'number-taken', number: '52000' }],
      [{ registeredNumbers: ['52000'] }, { kind: 'number-taken', number: '52000' }],
      [{ registeredNumbers: [EXTENSION] }, { kind: 'number-twice' }],
      [{ registeredNumbers: ['home'] }, { kind: 'not-a-number' }],
      [{ language: '!' }, { kind: 'not-a-language' }],
      [{ timeZone: 'Mars' }, { kind: 'not-a-time-zone' }],
      [{ policyId: 'none' as Mailbox['policyId'] }, { kind: 'no-such-policy' }],
    ])('by the rules that made them: %o', async (changes, refusal) => {
      await anna();
      const before = await rig.service.stored.rows();
      expect(await change({ displayName: 'T', ...changes })).toEqual(refusal);
      expect(await rig.service.stored.rows()).toEqual(before);
    });

    it('to another policy of their dial plan, and of no other', async () => {
      const other = await createTestDialPlan(rig.service, 'Other', '8000');
      expect(await change({ policyId: other.policy.id })).toEqual({ kind: 'policy-of-another-dial-plan' });
      const { directory } = rig.service;
      const made = await directory.createPolicy({ name: 'Strict', dialPlanId: rig.plan.dialPlan.id }, BY_TEST);
      if (made.kind !== 'created') return expect.fail(made.kind);
      const changed = await change({ policyId: made.policy.id });
      expect(changed).toMatchObject({ kind: 'changed', details: { policy: { name: 'Strict' } } });
    });

    it('and none of that ends a call', async () => {
      const ends = await noteEnds();
      await change(SETTINGS);
      expect(ends).toEqual([]);
    });
  });

  describe('without telephone access', () => {
    it('have their calls ended, and go on as before when they have it again', async () => {
      const ends = await noteEnds();
      await rig.wrong(2);
      const { version, ...state } = await rig.state();
      await change({ subscriberAccess: false });
      expect(ends).toEqual(['disabled']);
      expect((await rig.attempt(PIN)).kind).toBe('failed');
      await change({ subscriberAccess: true });
      expect(await rig.state()).toEqual({ ...state, version: version + 1 });
      expect((await rig.attempt(PIN)).kind).toBe('signed-in');
    });

    it('are so even if their credential is written at the same moment', async () => {
      const { service, mailbox } = rig;
      const contended = contendedDatabase(service.database, 2);
      const administration = createMailboxAdministration({ ...service, database: contended });
      const changed = await administration.change(mailbox.id, { subscriberAccess: false }, BY_TEST);
      expect(changed).toMatchObject({ kind: 'changed', settings: ['subscriberAccess'], details: { revision: 2 } });
      expect(contended.left).toBe(0);
      const records = (await rig.audited()).filter(({ action }) => action === 'mailbox-changed');
      expect(records).toHaveLength(1);
    });
  });

  describe.each<[string, () => Promise<unknown>]>([
    ['switched off', () => change({ subscriberAccess: false })],
    ['disabled', () => disable()],
  ])('that are %s', (_how, end) => {
    it('let no attempt succeed that was under way, whatever it ends as, and leave no call signed in', async () => {
      const signIn = await signInWithHasher(rig.service, {
        matches: async (pin, id, stored, inUse) => {
          const isRight = await rig.service.hasher.matches(pin, id, stored, inUse);
          await end();
          return isRight;
        },
      });
      expect((await rig.attempt(PIN, { signIn })).kind).toBe('failed');
      expect(rig.service.sessions.count).toBe(0);
      expect((await rig.audited()).at(-1)).toMatchObject({ action: 'sign-in', outcome: 'failed', reason: 'overtaken' });
    });

    it('take no PIN that a call was choosing, and say that it is over', async () => {
      const verdict = await rig.attempt(PIN);
      if (verdict.kind !== 'signed-in') return expect.fail(verdict.kind);
      const { pinChanges } = rig.service;
      await end();
      expect(await pinChanges.minimumLength(verdict.session)).toBeGreaterThan(3);
      await pinChanges.judge(verdict.session, '407193');
      expect(await pinChanges.change(verdict.session, '407193', STRANGER)).toEqual({ kind: 'session-over' });
      expect((await rig.audited()).some(({ action }) => action === 'pin-change')).toBe(false);
    });
  });

  describe('that are disabled', () => {
    it('are gone with everything of their PIN, on the record, and their calls end', async () => {
      await anna();
      const ends = await noteEnds();
      await rig.service.pinAdministration.reset(rig.mailbox.id, {}, BY_TEST);
      const { id: credential } = await rig.credential();
      expect(await disable(1)).toEqual({ kind: 'disabled', mailbox: rig.mailbox, withdrawn: 1 });
      expect(ends).toEqual(['pin-reset']);
      expect(await get()).toBeUndefined();
      expect(await disable()).toEqual({ kind: 'no-such-mailbox' });
      expect(await change({ displayName: 'T' })).toEqual({ kind: 'no-such-mailbox' });
      expect(await rig.letters()).toMatchObject([{ state: 'superseded', pin: undefined }]);
      const rows = await rig.service.stored.rows();
      const left = rows.filter(({ table, values }) => {
        const isKept = table === 'audit_record' || table === 'outbox';
        return !isKept && Object.values(values).some((value) => value === rig.mailbox.id || value === credential);
      });
      expect(left).toEqual([]);
      expect((await rig.audited()).at(-1)).toMatchObject({
        ...BY_TEST,
        action: 'mailbox-disabled',
        mailboxId: rig.mailbox.id,
        details: { address: 'tonysmith@contoso.com', extensions: EXTENSION, withdrawnMails: 1 },
      });
      await provision({});
    });

    it('end the calls that are signed in with that reason', async () => {
      const ends = await noteEnds();
      await disable();
      expect(ends).toEqual(['disabled']);
      expect((await rig.attempt(PIN)).kind).toBe('failed');
    });
  });
});
