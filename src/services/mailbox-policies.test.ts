import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DialPlanId } from '../domain/dial-plan.ts';
import { MAILBOX_POLICY_DEFAULTS, type MailboxPolicyId } from '../domain/mailbox-policy.ts';
import { auditedIn } from '../testing/audited.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import {
  BY_TEST,
  createTestDialPlan,
  createTestService,
  provisionTestMailbox,
  type TestDialPlan,
  type TestService,
} from '../testing/test-service.ts';
import type { NewPolicy, PolicyChanges } from './mailbox-policies.ts';
import type { SignInVerdict } from './sign-in.ts';

describe.each([DEFAULT_KIND])('mailbox policies on $name', (kind) => {
  let service: TestService;
  let plan: TestDialPlan;

  beforeEach(async () => {
    service = await createTestService({ kind });
    plan = await createTestDialPlan(service);
  });

  afterEach(() => service.dispose());

  const create = (changes: Partial<NewPolicy> = {}) =>
    service.directory.createPolicy({ name: 'Sales', dialPlanId: plan.dialPlan.id, ...changes }, BY_TEST);
  const change = (changes: PolicyChanges) => service.directory.changePolicy(plan.policy.id, changes, BY_TEST);

  /** What is stored of policies, and the audit trail. */
  const everything = async () => {
    const rows = await service.stored.rows();
    return rows.filter(({ table }) => /^(mailbox_policy|audit)/.test(table));
  };

  /** Every setting, none of them with its default. */
  const SETTINGS = {
    minPinLength: 24,
    pinLifetime: 999,
    pinHistoryCount: 20,
    allowCommonPatterns: true,
    logonFailuresBeforePinReset: 998,
    maxLogonAttempts: 999,
    lockoutDuration: 525_600,
    ownerLine: false,
    resetPinText: 'Call <b>5000</b>',
    umEnabledText: 'Willkommen, "liebe" Grüße 📞',
    voiceMailText: 'line\r\nline',
    maxGreetingDuration: 10,
    allowSubscriberAccess: false,
    allowPinlessVoiceMailAccess: true,
  };

  describe('are made', () => {
    it('with the defaults for what is not given', async () => {
      const created = await create({ minPinLength: 8 });
      if (created.kind !== 'created') throw new Error(created.kind);
      expect(created.policy).toEqual({
        ...MAILBOX_POLICY_DEFAULTS,
        id: created.policy.id,
        dialPlanId: plan.dialPlan.id,
        name: 'Sales',
        minPinLength: 8,
      });
      expect(await service.directory.policiesOf(plan.dialPlan.id)).toEqual([created.policy, plan.policy]);
    });

    it('with every setting, read as it was stored, on the record', async () => {
      expect(Object.keys(SETTINGS)).toEqual(Object.keys(MAILBOX_POLICY_DEFAULTS));
      const created = await create(SETTINGS);
      if (created.kind !== 'created') throw new Error(created.kind);
      const { id, ...named } = { ...SETTINGS, id: created.policy.id, dialPlanId: plan.dialPlan.id, name: 'Sales' };
      expect((await service.directory.policiesOf(plan.dialPlan.id))[0]).toEqual({ ...named, id });
      expect((await auditedIn(service)).at(-1)).toEqual({
        ...BY_TEST,
        action: 'policy-created',
        outcome: 'done',
        details: { ...named, policyId: id },
      });
    });

    it.each<[Partial<NewPolicy>, object]>([
      [{ minPinLength: 0 }, { kind: 'out-of-range', setting: 'minPinLength', minimum: 4, maximum: 24 }],
      [
        { lockoutDuration: 0 },
        { kind: 'out-of-range', setting: 'lockoutDuration', minimum: 1, maximum: 525_600, orUnlimited: true },
      ],
      [
        { maxLogonAttempts: 5 },
        { kind: 'exceeds-setting', setting: 'logonFailuresBeforePinReset', limit: 'maxLogonAttempts', maximum: 4 },
      ],
      [{ umEnabledText: 'x'.repeat(513) }, { kind: 'not-a-text', setting: 'umEnabledText', maximum: 512 }],
      [{ name: '' }, { kind: 'not-a-name', setting: 'name', maximum: 64 }],
      [{ name: ' test default POLICY' }, { kind: 'name-taken', name: 'test default POLICY' }],
      [{ dialPlanId: 'none' as DialPlanId }, { kind: 'no-such-dial-plan' }],
    ])('but not with %o', async (changes, refusal) => {
      const before = await everything();
      expect(await create(changes)).toEqual(refusal);
      expect(await everything()).toEqual(before);
    });

    it('but not with a name that a policy of another dial plan has', async () => {
      const other = await createTestDialPlan(service, 'Other', '8000');
      await create();
      expect(await create({ dialPlanId: other.dialPlan.id })).toEqual({ kind: 'name-taken', name: 'Sales' });
    });
  });

  describe('are changed', () => {
    it('in every setting, on the record with what it was', async () => {
      const changed = await change(SETTINGS);
      const policy = { ...plan.policy, ...SETTINGS };
      expect(changed).toEqual({
        kind: 'changed',
        policy,
        dialPlan: { id: plan.dialPlan.id, name: plan.dialPlan.name },
        revision: 2,
        settings: expect.arrayContaining(Object.keys(SETTINGS)),
      });
      expect(await service.directory.policiesOf(plan.dialPlan.id)).toEqual([policy]);
      const { details, ...record } = (await auditedIn(service)).at(-1) ?? {};
      expect(record).toEqual({ ...BY_TEST, action: 'policy-changed', outcome: 'done' });
      for (const [setting, value] of Object.entries(SETTINGS)) {
        expect(details).toMatchObject({ [`${setting}.to`]: value });
        expect(details).toHaveProperty([`${setting}.from`]);
      }
    });

    it('so that 0 and unlimited are the same', async () => {
      expect(await change({ pinLifetime: 0, logonFailuresBeforePinReset: 0 })).toMatchObject({
        policy: { pinLifetime: 'unlimited', logonFailuresBeforePinReset: 'unlimited' },
        settings: ['pinLifetime', 'logonFailuresBeforePinReset'],
      });
      expect(await change({ pinLifetime: 'unlimited', logonFailuresBeforePinReset: 0 })).toMatchObject({
        settings: [],
      });
      expect((await auditedIn(service)).at(-1)?.details).toEqual({
        policyId: plan.policy.id,
        dialPlanId: plan.dialPlan.id,
        name: plan.policy.name,
        'pinLifetime.from': 60,
        'pinLifetime.to': 'unlimited',
        'logonFailuresBeforePinReset.from': 5,
        'logonFailuresBeforePinReset.to': 'unlimited',
      });
    });

    it('by the rules between settings that are given and settings that are not', async () => {
      const refusal = { kind: 'exceeds-setting', setting: 'logonFailuresBeforePinReset', limit: 'maxLogonAttempts' };
      const before = await everything();
      expect(await change({ logonFailuresBeforePinReset: 15 })).toEqual({ ...refusal, maximum: 14 });
      expect(await change({ maxLogonAttempts: 5 })).toEqual({ ...refusal, maximum: 4 });
      expect(await everything()).toEqual(before);
      const both = { maxLogonAttempts: 5, logonFailuresBeforePinReset: 4 };
      expect(await change(both)).toMatchObject({ kind: 'changed', policy: both });
    });

    it('in their name, when no other has it', async () => {
      await create();
      expect(await change({ name: 'SALES' })).toEqual({ kind: 'name-taken', name: 'SALES' });
      expect(await change({ name: 'test default policy' })).toMatchObject({ kind: 'changed', settings: ['name'] });
    });

    it('only as they were read, when that is asked for', async () => {
      const { directory } = service;
      const { id } = plan.policy;
      const change = (minPinLength: number, expected: number) =>
        directory.changePolicy(id, { minPinLength }, BY_TEST, expected);
      expect(await change(8, 1)).toMatchObject({ kind: 'changed', revision: 2 });
      expect(await change(9, 1)).toEqual({ kind: 'revision-differs', revision: 2 });
      expect(await directory.removePolicy(id, BY_TEST, 1)).toEqual({ kind: 'revision-differs', revision: 2 });
      expect((await directory.policy(id))?.policy.minPinLength).toBe(8);
      expect(await directory.removePolicy(id, BY_TEST, 2)).toEqual({ kind: 'removed' });
    });

    it('are listed over all dial plans or one, and found by id and name', async () => {
      const { directory } = service;
      const other = await createTestDialPlan(service, 'Another', '8000');
      const dialPlanOf = ({ dialPlan: { id, name } }: TestDialPlan) => ({ id, name });
      const one = { policy: plan.policy, dialPlan: dialPlanOf(plan), revision: 1 };
      const another = { policy: other.policy, dialPlan: dialPlanOf(other), revision: 1 };
      expect(await directory.policies()).toEqual([another, one]);
      expect(await directory.policies(other.dialPlan.id)).toEqual([another]);
      expect(await directory.policies('none' as DialPlanId)).toEqual([]);
      expect(await directory.policy('ANOTHER default policy')).toEqual(another);
      expect(await directory.policy(one.policy.id)).toEqual(one);
      expect(await directory.policy('none')).toBeUndefined();
    });

    it('only where there is one', async () => {
      const none = 'none' as MailboxPolicyId;
      expect(await service.directory.changePolicy(none, { minPinLength: 8 }, BY_TEST)).toEqual({
        kind: 'no-such-policy',
      });
    });
  });

  describe('are removed', () => {
    it('on the record', async () => {
      expect(await service.directory.removePolicy(plan.policy.id, BY_TEST)).toEqual({ kind: 'removed' });
      expect(await service.directory.policiesOf(plan.dialPlan.id)).toEqual([]);
      expect((await auditedIn(service)).at(-1)).toEqual({
        ...BY_TEST,
        action: 'policy-removed',
        outcome: 'done',
        details: { policyId: plan.policy.id, dialPlanId: plan.dialPlan.id, name: 'Test Default Policy' },
      });
      expect(await service.directory.removePolicy(plan.policy.id, BY_TEST)).toEqual({ kind: 'no-such-policy' });
    });

    it('unless a mailbox has them', async () => {
      await provisionTestMailbox(service, plan);
      const before = await everything();
      expect(await service.directory.removePolicy(plan.policy.id, BY_TEST)).toEqual({ kind: 'in-use' });
      expect(await everything()).toEqual(before);
    });
  });

  describe('hold from the next sign-in on', () => {
    beforeEach(async () => {
      await provisionTestMailbox(service, plan, {
        pin: { kind: 'typed', pin: '1985848', mail: false, notice: false, pinExpired: false },
      });
    });

    const signIn = (pin: string = '1985848'): Promise<SignInVerdict> =>
      service.signIn.attempt(plan.dialPlan.id, '51234', pin, {
        callId: 'call',
        peer: '192.0.2.7',
        peerIsTrusted: false,
      });

    async function causes(): Promise<readonly string[]> {
      const verdict = await signIn();
      if (verdict.kind !== 'signed-in') throw new Error(`The attempt came to ${verdict.kind}`);
      verdict.session.close();
      return verdict.session.changeCauses;
    }

    it('when PINs have to be longer', async () => {
      expect(await causes()).toEqual([]);
      await change({ minPinLength: 7 });
      expect(await causes()).toEqual([]);
      await change({ minPinLength: 8 });
      expect(await causes()).toEqual(['too-short']);
      await change({ minPinLength: 6 });
      expect(await causes()).toEqual([]);
    });

    it('when PINs have to be newer', async () => {
      await service.clock.advance(10 * 24 * 3_600_000);
      expect(await causes()).toEqual([]);
      await change({ pinLifetime: 10 });
      expect(await causes()).toEqual(['lifetime']);
      await change({ pinLifetime: 0 });
      expect(await causes()).toEqual([]);
    });

    it('when fewer failures lock', async () => {
      expect([(await signIn('407193')).kind, (await signIn('407194')).kind]).toEqual(['failed', 'failed']);
      await change({ logonFailuresBeforePinReset: 'unlimited', maxLogonAttempts: 3 });
      expect((await signIn('407195')).kind).toBe('locked');
    });

    it('when telephone access is turned off for all', async () => {
      await change({ allowSubscriberAccess: false });
      expect((await signIn()).kind).toBe('failed');
      await change({ allowSubscriberAccess: true });
      expect((await signIn()).kind).toBe('signed-in');
    });
  });
});
