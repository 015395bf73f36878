import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialId, PinHash } from '../domain/credential.ts';
import type { DialPlan, DialPlanId } from '../domain/dial-plan.ts';
import { DIAL_PLAN_DEFAULTS } from '../domain/dial-plan-settings.ts';
import type { Mailbox, MailboxId } from '../domain/mailbox.ts';
import { MAILBOX_POLICY_DEFAULTS, type MailboxPolicy, type MailboxPolicyId } from '../domain/mailbox-policy.ts';
import { DECOY } from '../services/ports/credential-store.ts';
import type { Stores } from '../services/ports/database.ts';
import { DATABASE_KINDS, type TestDatabase } from '../testing/databases.ts';

const PLAN: DialPlan = { ...DIAL_PLAN_DEFAULTS, id: 'plan-1' as DialPlanId, name: 'One', extensionDigits: 5 };
const OTHER_PLAN: DialPlan = {
  ...PLAN,
  id: 'plan-2' as DialPlanId,
  name: 'Two',
  extensionDigits: 3,
  maxCallDuration: 10,
};

const policyOf = (plan: DialPlan, changes: Partial<MailboxPolicy> = {}): MailboxPolicy => ({
  ...MAILBOX_POLICY_DEFAULTS,
  id: `policy-of-${plan.id}` as MailboxPolicyId,
  dialPlanId: plan.id,
  name: `${plan.name} Default Policy`,
  ...changes,
});

const mailboxOf = (plan: DialPlan, changes: Partial<Mailbox> = {}): Mailbox => ({
  id: 'mailbox-1' as MailboxId,
  dialPlanId: plan.id,
  policyId: policyOf(plan).id,
  address: 'tonysmith@contoso.com',
  displayName: 'Tony Smith',
  extensions: ['51234', '51235'],
  registeredNumbers: ['+14255550123'],
  language: 'en-US',
  subscriberAccess: true,
  ...changes,
});

const CREDENTIAL = 'credential-1' as CredentialId;
const PIN: PinHash = { encoded: '$hash', keyId: 'key-1' };
const DECOY_PIN: PinHash = { encoded: '$decoy', keyId: 'key-1' };

describe.each(DATABASE_KINDS)('the stores on $name', (kind) => {
  let stored: TestDatabase;
  let stores: Stores;

  beforeEach(async () => {
    stored = await kind.create();
    stores = stored.database;
  });

  afterEach(() => stored.dispose());

  async function insertPlans(): Promise<void> {
    await stores.dialPlans.insert(PLAN, ['5000', '+14255550100']);
    await stores.dialPlans.insert(OTHER_PLAN, ['6000']);
    await stores.policies.insert(policyOf(PLAN));
    await stores.policies.insert(policyOf(OTHER_PLAN));
  }

  /** The stored credential with this id, read past the store. */
  async function row(id: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    return (await stored.rows()).find(({ table, values }) => table === 'credential' && values.id === id)?.values;
  }

  describe('dial plans', () => {
    it('are found by id and by each access number, after a restart too', async () => {
      expect(await stores.dialPlans.isEmpty()).toBe(true);
      await insertPlans();
      const { dialPlans } = await stored.reopen();
      expect(await dialPlans.isEmpty()).toBe(false);
      expect(await dialPlans.byId(PLAN.id)).toEqual(PLAN);
      expect(await dialPlans.byAccessNumber('5000')).toEqual(PLAN);
      expect(await dialPlans.byAccessNumber('+14255550100')).toEqual(PLAN);
      expect(await dialPlans.byAccessNumber('6000')).toEqual(OTHER_PLAN);
      expect(await dialPlans.accessNumbersOf(PLAN.id)).toEqual(['5000', '+14255550100']);
      expect(await dialPlans.byAccessNumber('500')).toBeUndefined();
      expect(await dialPlans.byId('plan-3' as DialPlanId)).toBeUndefined();
    });

    it('share no access number and no name', async () => {
      await insertPlans();
      const third = { ...PLAN, id: 'plan-3' as DialPlanId, name: 'Three' };
      await expect(stored.database.transact(({ dialPlans }) => dialPlans.insert(third, ['6000']))).rejects.toThrow();
      await expect(stores.dialPlans.insert({ ...third, name: 'One' }, ['7000'])).rejects.toThrow();
      expect(await stores.dialPlans.byId(third.id)).toBeUndefined();
    });
  });

  describe('policies', () => {
    it.each([
      [MAILBOX_POLICY_DEFAULTS],
      [{ minPinLength: 24, pinHistoryCount: 20, allowCommonPatterns: true, allowSubscriberAccess: false }],
    ])('are kept as they are: %o', async (settings) => {
      await stores.dialPlans.insert(PLAN, ['5000']);
      const policy = policyOf(PLAN, settings);
      await stores.policies.insert(policy);
      expect(await stores.policies.byId(policy.id)).toEqual(policy);
    });

    it('belong to a dial plan that there is', async () => {
      await expect(stores.policies.insert(policyOf(PLAN))).rejects.toThrow();
    });
  });

  describe('mailboxes', () => {
    beforeEach(insertPlans);

    it('are found by id, by address in any case, and by each number', async () => {
      const mailbox = mailboxOf(PLAN);
      await stores.mailboxes.insert(mailbox);
      expect(await stores.mailboxes.byId(mailbox.id)).toEqual(mailbox);
      expect(await stores.mailboxes.byAddress('TonySmith@Contoso.COM')).toEqual(mailbox);
      for (const number of ['51234', '51235', '+14255550123']) {
        expect(await stores.mailboxes.byNumber(PLAN.id, number)).toEqual(mailbox);
      }
    });

    it('are not found by what only resembles a number, nor in another dial plan', async () => {
      await stores.mailboxes.insert(mailboxOf(PLAN));
      for (const number of ['1234', '051234', '14255550123', '5555123', '', '%']) {
        expect(await stores.mailboxes.byNumber(PLAN.id, number)).toBeUndefined();
      }
      expect(await stores.mailboxes.byNumber(OTHER_PLAN.id, '51234')).toBeUndefined();
    });

    it('share no address and no number of a dial plan', async () => {
      await stores.mailboxes.insert(mailboxOf(PLAN));
      const second = { id: 'mailbox-2' as MailboxId, extensions: ['52000'] as const, registeredNumbers: [] };
      await expect(
        stores.mailboxes.insert(mailboxOf(PLAN, { ...second, address: 'TONYSMITH@contoso.com' })),
      ).rejects.toThrow();
      await expect(
        stored.database.transact(({ mailboxes }) =>
          mailboxes.insert(mailboxOf(PLAN, { ...second, address: 'a@contoso.com', extensions: ['51235'] })),
        ),
      ).rejects.toThrow();
      expect(await stores.mailboxes.byId(second.id)).toBeUndefined();
    });

    it('have a policy of their own dial plan', async () => {
      const crossed = mailboxOf(PLAN, { policyId: policyOf(OTHER_PLAN).id });
      await expect(stores.mailboxes.insert(crossed)).rejects.toThrow();
    });

    it('keep without phone access that they have none', async () => {
      const mailbox = mailboxOf(PLAN, { subscriberAccess: false, registeredNumbers: [] });
      await stores.mailboxes.insert(mailbox);
      expect(await stores.mailboxes.byId(mailbox.id)).toEqual(mailbox);
    });
  });

  describe('credentials', () => {
    beforeEach(async () => {
      await insertPlans();
      await stores.pinKeys.insert({ keyId: 'key-1', check: 'check' });
      await stores.pinKeys.insert({ keyId: 'key-2', check: 'check' });
      await stores.credentials.putDecoy(DECOY_PIN);
      await stores.mailboxes.insert(mailboxOf(PLAN));
      await stores.credentials.insert(CREDENTIAL, mailboxOf(PLAN).id, PIN);
    });

    it('open an attempt for each extension of the mailbox and count it', async () => {
      const opened = { credentialId: CREDENTIAL, mailboxId: 'mailbox-1', pin: PIN, version: 1 };
      expect(await stores.credentials.openAttempt(PLAN.id, '51234')).toEqual(opened);
      expect(await stores.credentials.openAttempt(PLAN.id, '51235')).toEqual(opened);
      expect(await row(CREDENTIAL)).toMatchObject({ failures: 2, last_failure_at: null, last_success_at: null });
      expect(await row(DECOY)).toMatchObject({ failures: 0 });
    });

    it('open an attempt on the decoy for what is no extension of the dial plan', async () => {
      const opened = { credentialId: DECOY, mailboxId: undefined, pin: DECOY_PIN, version: 1 };
      for (const [plan, number] of [
        [PLAN.id, '99999'],
        [PLAN.id, '+14255550123'],
        [PLAN.id, ''],
        [OTHER_PLAN.id, '51234'],
        ['no-plan' as DialPlanId, '51234'],
      ] as const) {
        expect(await stores.credentials.openAttempt(plan, number)).toEqual(opened);
      }
      expect(await row(DECOY)).toMatchObject({ failures: 5 });
      expect(await row(CREDENTIAL)).toMatchObject({ failures: 0 });
    });

    it.each(['mailbox', 'policy'] as const)(
      'open an attempt on the decoy when the %s is without phone access',
      async (which) => {
        const closed = policyOf(PLAN, {
          id: 'closed' as MailboxPolicyId,
          name: 'Closed',
          allowSubscriberAccess: false,
        });
        await stores.policies.insert(closed);
        const mailbox = mailboxOf(PLAN, {
          id: 'mailbox-2' as MailboxId,
          address: 'off@contoso.com',
          extensions: ['52000'],
          registeredNumbers: [],
          subscriberAccess: which !== 'mailbox',
          ...(which === 'policy' ? { policyId: closed.id } : {}),
        });
        await stores.mailboxes.insert(mailbox);
        await stores.credentials.insert('credential-2' as CredentialId, mailbox.id, PIN);
        expect((await stores.credentials.openAttempt(PLAN.id, '52000')).credentialId).toBe(DECOY);
        expect(await row('credential-2')).toMatchObject({ failures: 0 });
      },
    );

    it('lose no count to attempts at the same time', async () => {
      await Promise.all(Array.from({ length: 200 }, () => stores.credentials.openAttempt(PLAN.id, '51234')));
      expect(await row(CREDENTIAL)).toMatchObject({ failures: 200 });
    });

    it('keep when an attempt failed, the count standing as it is', async () => {
      await stores.credentials.openAttempt(PLAN.id, '51234');
      await stores.credentials.commitFailure(CREDENTIAL, 1_784_000_000_123);
      expect(await row(CREDENTIAL)).toMatchObject({ failures: 1, last_failure_at: 1_784_000_000_123 });
    });

    it('clear the count at a success, and keep when it was', async () => {
      await stores.credentials.openAttempt(PLAN.id, '51234');
      await stores.credentials.commitFailure(CREDENTIAL, 5);
      const attempt = await stores.credentials.openAttempt(PLAN.id, '51234');
      expect(await stores.credentials.commitSuccess(attempt, 1_784_000_000_456, undefined)).toBe(true);
      expect(await row(CREDENTIAL)).toMatchObject({
        failures: 0,
        last_failure_at: 5,
        last_success_at: 1_784_000_000_456,
        pin_hash: PIN.encoded,
        version: 1,
      });
    });

    it('take another hash of the same PIN at a success', async () => {
      const attempt = await stores.credentials.openAttempt(PLAN.id, '51234');
      await stores.credentials.commitSuccess(attempt, 7, { encoded: '$better', keyId: 'key-2' });
      expect(await row(CREDENTIAL)).toMatchObject({ pin_hash: '$better', pin_key_id: 'key-2', version: 1 });
    });

    it('store no success of a credential that has changed meanwhile', async () => {
      const attempt = await stores.credentials.openAttempt(PLAN.id, '51234');
      const stale = { ...attempt, version: attempt.version - 1 };
      expect(await stores.credentials.commitSuccess(stale, 7, { encoded: '$better', keyId: 'key-2' })).toBe(false);
      expect(await row(CREDENTIAL)).toMatchObject({ failures: 1, last_success_at: null, pin_hash: PIN.encoded });
    });

    it('give the decoy another hash without clearing its count', async () => {
      await stores.credentials.openAttempt(PLAN.id, '99999');
      await stores.credentials.putDecoy({ encoded: '$new', keyId: 'key-2' });
      expect(await stores.credentials.decoy()).toEqual({ encoded: '$new', keyId: 'key-2' });
      expect(await row(DECOY)).toMatchObject({ failures: 1 });
    });

    it('say of which costs their hashes are, the decoy’s among them', async () => {
      const hash = (parameters: string, fill: string): string =>
        `$argon2id$v=19$${parameters}$${fill.repeat(22)}$${fill.repeat(43)}`;
      const costs = async (): Promise<readonly string[]> =>
        (await stores.credentials.hashesOfEachCost()).map(({ encoded }) => encoded.split('$')[3] ?? '').sort();
      await stored.run(`update credential set pin_hash = '${hash('m=8,t=1,p=1', 'a')}' where id = '${CREDENTIAL}'`);
      await stores.credentials.putDecoy({ encoded: hash('m=8,t=1,p=1', 'b'), keyId: 'key-2' });
      expect(await costs()).toEqual(['m=8,t=1,p=1']);
      await stores.credentials.putDecoy({ encoded: hash('m=28672,t=2,p=1', 'b'), keyId: 'key-2' });
      expect(await costs()).toEqual(['m=28672,t=2,p=1', 'm=8,t=1,p=1']);
    });

    it('open nothing in a database without a decoy', async () => {
      const other = await kind.create();
      await expect(other.database.credentials.openAttempt(PLAN.id, '51234')).rejects.toThrow('no decoy');
      await other.dispose();
    });

    it('need a key that is known', async () => {
      await expect(stores.credentials.putDecoy({ encoded: '$x', keyId: 'key-9' })).rejects.toThrow();
    });
  });

  describe('PIN keys', () => {
    it('are kept as they were entered first', async () => {
      await stores.pinKeys.insert({ keyId: 'b', check: '1' });
      await stores.pinKeys.insert({ keyId: 'a', check: '2' });
      await stores.pinKeys.insert({ keyId: 'b', check: '3' });
      expect(await stores.pinKeys.all()).toEqual([
        { keyId: 'a', check: '2' },
        { keyId: 'b', check: '1' },
      ]);
    });
  });
});
