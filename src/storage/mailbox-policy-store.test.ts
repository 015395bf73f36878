import { describe, expect, it } from 'vitest';
import { MAILBOX_POLICY_DEFAULTS, type MailboxPolicyId, type MailboxPolicySettings } from '../domain/mailbox-policy.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { insertPlans, mailboxOf, OTHER_PLAN, PLAN, policyOf } from '../testing/directory-rows.ts';
import { useDatabase } from '../testing/use-database.ts';

/** Each setting other than it is by default. */
const OTHERS: MailboxPolicySettings = {
  minPinLength: 24,
  pinLifetime: 'unlimited',
  pinHistoryCount: 20,
  allowCommonPatterns: true,
  logonFailuresBeforePinReset: 'unlimited',
  maxLogonAttempts: 999,
  lockoutDuration: 525_600,
  ownerLine: false,
  resetPinText: '<b>Grüße</b> vom ☎-Team',
  umEnabledText: 'x'.repeat(512),
  voiceMailText: "'; drop table mailbox_policy; --",
  maxGreetingDuration: 10,
  allowSubscriberAccess: false,
  allowPinlessVoiceMailAccess: true,
};

const LIMITED: MailboxPolicySettings = { ...OTHERS, pinLifetime: 999, logonFailuresBeforePinReset: 998 };

const SECOND = policyOf(PLAN, { id: 'second' as MailboxPolicyId, name: 'A second' });

describe.each(DATABASE_KINDS)('mailbox policies on $name', (kind) => {
  const used = useDatabase(kind);

  it.each([[MAILBOX_POLICY_DEFAULTS], [OTHERS], [LIMITED]])('are kept as they are: %o', async (settings) => {
    await used.database.dialPlans.insert(PLAN, ['5000']);
    const policy = policyOf(PLAN, settings);
    await used.database.policies.insert(policy);
    const { policies } = await used.stored.reopen();
    expect(await policies.byId(policy.id)).toEqual(policy);
  });

  it('are found by name in any case, and with those of their dial plan, in the order of their names', async () => {
    await insertPlans(used.database);
    const { policies } = used.database;
    await policies.insert(SECOND);
    expect(await policies.byName('a SECOND')).toEqual(SECOND);
    expect(await policies.byName('A')).toBeUndefined();
    expect(await policies.byId('third' as MailboxPolicyId)).toBeUndefined();
    expect(await policies.ofDialPlan(PLAN.id)).toEqual([SECOND, policyOf(PLAN)]);
    expect(await policies.ofDialPlan(OTHER_PLAN.id)).toEqual([policyOf(OTHER_PLAN)]);
  });

  it('share no name, and belong to a dial plan that there is', async () => {
    await expect(used.database.policies.insert(policyOf(PLAN))).rejects.toThrow();
    await insertPlans(used.database);
    const { policies } = used.database;
    await expect(policies.insert({ ...SECOND, name: 'ONE DEFAULT POLICY' })).rejects.toThrow();
    await policies.insert(SECOND);
    await expect(policies.update({ ...SECOND, name: policyOf(OTHER_PLAN).name })).rejects.toThrow();
    expect(await policies.byId(SECOND.id)).toEqual(SECOND);
  });

  it('take other settings and another name, and stay in their dial plan', async () => {
    await insertPlans(used.database);
    const { policies } = used.database;
    const changed = policyOf(PLAN, { ...OTHERS, name: 'Other' });
    expect(await policies.update({ ...changed, dialPlanId: OTHER_PLAN.id })).toBe(true);
    expect(await policies.byId(changed.id)).toEqual(changed);
    expect(await policies.byId(policyOf(OTHER_PLAN).id)).toEqual(policyOf(OTHER_PLAN));
    expect(await policies.update(SECOND)).toBe(false);
    expect(await policies.byId(SECOND.id)).toBeUndefined();
  });

  it('are removed unless a mailbox has them', async () => {
    await insertPlans(used.database);
    const { mailboxes, policies } = used.database;
    await policies.insert(SECOND);
    await mailboxes.insert(mailboxOf(PLAN, { policyId: SECOND.id }));
    expect([await policies.isInUse(SECOND.id), await policies.isInUse(policyOf(PLAN).id)]).toEqual([true, false]);
    await expect(policies.remove(SECOND.id)).rejects.toThrow();
    expect(await policies.byId(SECOND.id)).toEqual(SECOND);
    expect(await policies.remove(policyOf(PLAN).id)).toBe(true);
    expect(await policies.byId(policyOf(PLAN).id)).toBeUndefined();
    expect(await policies.remove(policyOf(PLAN).id)).toBe(false);
  });
});
