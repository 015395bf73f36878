import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIAL_PLAN_DEFAULTS } from '../domain/dial-plan-settings.ts';
import { MAILBOX_POLICY_DEFAULTS, type MailboxPolicyId } from '../domain/mailbox-policy.ts';
import { refusePin } from '../domain/pin-policy.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import {
  createTestDialPlan,
  createTestService,
  provisionTestMailbox,
  type TestDialPlan,
  type TestService,
} from '../testing/test-service.ts';
import type { NewMailbox } from './mailbox-provisioning.ts';

describe.each(DATABASE_KINDS)('the directory on $name', (kind) => {
  let service: TestService;
  let plan: TestDialPlan;

  beforeEach(async () => {
    service = await createTestService({ kind });
    plan = await createTestDialPlan(service);
  });

  afterEach(() => service.dispose());

  const signIn = (extension: string, pin: string) =>
    service.signIn.attempt(plan.dialPlan.id, extension, pin, { callId: 'call', peer: '192.0.2.7' });

  describe('a dial plan', () => {
    it('is made with the defaults and a default policy', async () => {
      expect(plan.dialPlan).toEqual({ ...DIAL_PLAN_DEFAULTS, id: plan.dialPlan.id, name: 'Test', extensionDigits: 5 });
      expect(await service.database.policies.byId(plan.policy.id)).toEqual({
        ...MAILBOX_POLICY_DEFAULTS,
        id: plan.policy.id,
        dialPlanId: plan.dialPlan.id,
        name: 'Test Default Policy',
      });
    });

    it('is found by its access number however that is written, and by nothing else', async () => {
      const created = await service.directory.createDialPlan({
        ...DIAL_PLAN_DEFAULTS,
        name: 'Outside',
        extensionDigits: 4,
        accessNumbers: ['+1 (425) 555-0100', '4000'],
      });
      if (created.kind !== 'draft') throw new Error(created.kind);
      for (const number of ['+14255550100', '+1-425-555-0100', '4000']) {
        expect(await service.directory.dialPlanByAccessNumber(number)).toEqual(created.dialPlan);
      }
      for (const number of ['14255550100', '400', '40000', 'operator', '', '%', "' or 1=1"]) {
        expect(await service.directory.dialPlanByAccessNumber(number)).toBeUndefined();
      }
    });

    it('is refused with a setting out of its range, and with an access number that is none', async () => {
      const wanted = { ...DIAL_PLAN_DEFAULTS, name: 'X', extensionDigits: 21, accessNumbers: ['9000'] as const };
      expect(await service.directory.createDialPlan(wanted)).toEqual({
        kind: 'out-of-range',
        setting: 'extensionDigits',
        minimum: 1,
        maximum: 20,
      });
      expect(
        await service.directory.createDialPlan({ ...wanted, extensionDigits: 4, accessNumbers: ['9000', 'nine'] }),
      ).toEqual({ kind: 'not-a-number', number: 'nine' });
      expect(await service.directory.dialPlanByAccessNumber('9000')).toBeUndefined();
    });
  });

  describe('a mailbox', () => {
    it('is made with a typed PIN and is silent about it', async () => {
      const made = await provisionTestMailbox(service, plan);
      expect(made).toMatchObject({ kind: 'provisioned', mail: undefined });
      expect(JSON.stringify(made)).not.toContain('1985848');
      expect(await service.mails()).toEqual([]);
      expect((await signIn('51234', '1985848')).kind).toBe('signed-in');
    });

    it('is made with a generated PIN that obeys its policy and is in the letter alone', async () => {
      const made = await provisionTestMailbox(service, plan, { pin: { kind: 'generated' } });
      const [mail = ''] = await service.mails();
      const pin = /Your PIN: +([0-9]+)/.exec(mail)?.[1] ?? '';
      expect(refusePin(pin, { ...plan.policy, extensions: ['51234'] })).toBeUndefined();
      expect(pin).toHaveLength(6);
      expect((await signIn('51234', pin)).kind).toBe('signed-in');
      const written = JSON.stringify([made, await service.stored.rows(), service.log.lines]);
      expect(written).not.toContain(pin);
    });

    it('is made with a typed PIN that is mailed when that is asked', async () => {
      await provisionTestMailbox(service, plan, { pin: { kind: 'typed', pin: '1985848', mail: true } });
      expect((await service.mails())[0]).toMatch(/Your PIN: +1985848/);
    });

    it('is refused with the name of the PIN rule, and neither stored nor mailed', async () => {
      for (const [pin, refusal] of [
        ['98402', { kind: 'too-short', minimum: 6 }],
        ['951234', { kind: 'contains-extension' }],
        ['121212', { kind: 'common-pattern', pattern: 'repeated-group' }],
      ] as const) {
        const wanted = { pin: { kind: 'typed', pin, mail: true } } as const;
        expect(await provisionTestMailbox(service, plan, wanted)).toEqual({ kind: 'pin-refused', refusal });
      }
      expect(await service.database.mailboxes.byAddress('tonysmith@contoso.com')).toBeUndefined();
      expect(await service.mails()).toEqual([]);
      expect(await service.welcomeMail.leftStaged()).toEqual([]);
    });

    it.each<[Partial<NewMailbox>, object]>([
      [{ address: 'tonysmith' }, { kind: 'not-an-address' }],
      [{ address: 'a@b@c' }, { kind: 'not-an-address' }],
      [{ address: 'a@b.example\r\nBcc: evil@example.com' }, { kind: 'not-an-address' }],
      [{ address: 'a@b.example, evil@example.com' }, { kind: 'not-an-address' }],
      [{ displayName: '' }, { kind: 'no-display-name' }],
      [{ displayName: '   ' }, { kind: 'no-display-name' }],
      [{ displayName: 'Tony\r\nBcc: evil@example.com' }, { kind: 'no-display-name' }],
      [{ extensions: ['5123'] }, { kind: 'not-an-extension', extensionDigits: 5 }],
      [{ extensions: ['51234', '5123a'] }, { kind: 'not-an-extension', extensionDigits: 5 }],
      [{ extensions: ['51234', '51234'] }, { kind: 'number-twice' }],
      [{ registeredNumbers: ['5-1234'] }, { kind: 'number-twice' }],
      [{ registeredNumbers: ['home'] }, { kind: 'not-a-number' }],
    ])('is refused with %o', async (changes, refusal) => {
      expect(await provisionTestMailbox(service, plan, changes)).toEqual(refusal);
      expect(await service.database.mailboxes.byNumber(plan.dialPlan.id, '51234')).toBeUndefined();
    });

    it('is refused when its address or a number is taken, and its letter is removed', async () => {
      await provisionTestMailbox(service, plan, { registeredNumbers: ['+14255550123'] });
      const mailed = { pin: { kind: 'typed', pin: '407193', mail: true } } as const;
      expect(await provisionTestMailbox(service, plan, { ...mailed, extensions: ['52000'] })).toEqual({
        kind: 'address-taken',
      });
      const ann = { ...mailed, address: 'ann@contoso.com' };
      expect(await provisionTestMailbox(service, plan, { ...ann, extensions: ['52000', '51234'] })).toEqual({
        kind: 'number-taken',
        number: '51234',
      });
      const sharing = { ...ann, extensions: ['52000'] as const, registeredNumbers: ['+1 425 555 0123'] };
      expect(await provisionTestMailbox(service, plan, sharing)).toEqual({
        kind: 'number-taken',
        number: '+14255550123',
      });
      const claiming = { ...ann, extensions: ['52000'] as const, registeredNumbers: ['51234'] };
      expect(await provisionTestMailbox(service, plan, claiming)).toEqual({ kind: 'number-taken', number: '51234' });
      expect(await service.mails()).toEqual([]);
      expect(await service.welcomeMail.leftStaged()).toEqual([]);
    });

    it('is refused under a policy that there is not', async () => {
      const wanted = {
        address: 'a@b.example',
        displayName: 'A',
        extensions: ['52000'],
        pin: { kind: 'generated' },
      } as const;
      expect(await service.directory.provisionMailbox('none' as MailboxPolicyId, wanted)).toEqual({
        kind: 'no-such-policy',
      });
    });
  });
});
