import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DialPlanId } from '../domain/dial-plan.ts';
import { DIAL_PLAN_DEFAULTS } from '../domain/dial-plan-settings.ts';
import { MAILBOX_POLICY_DEFAULTS } from '../domain/mailbox-policy.ts';
import { auditedIn } from '../testing/audited.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import type { TestDialPlan, TestService } from '../testing/test-service.ts';
import { BY_TEST, createTestDialPlan, createTestService, provisionTestMailbox } from '../testing/test-service.ts';
import type { DialPlanChanges, NewDialPlan } from './dial-plans.ts';

describe.each([DEFAULT_KIND])('dial plans on $name', (kind) => {
  let service: TestService;
  let plan: TestDialPlan;

  beforeEach(async () => {
    service = await createTestService({ kind });
    plan = await createTestDialPlan(service);
  });

  afterEach(() => service.dispose());

  const create = (changes: Partial<NewDialPlan> = {}) =>
    service.directory.createDialPlan(
      { name: 'Outside', extensionDigits: 4, accessNumbers: ['4000'], ...changes },
      BY_TEST,
    );
  const change = (changes: DialPlanChanges) => service.directory.changeDialPlan(plan.dialPlan.id, changes, BY_TEST);
  const remove = (id: DialPlanId = plan.dialPlan.id) => service.directory.removeDialPlan(id, BY_TEST);

  /** What is stored of dial plans and policies, and how long the audit trail is. */
  const everything = async () => {
    const rows = await service.stored.rows();
    return rows.filter(({ table }) => /^(dial_plan|access_number|mailbox_policy|audit)/.test(table));
  };

  describe('are made', () => {
    it('with the defaults and a default policy, on the record', async () => {
      expect(plan.dialPlan).toEqual({ ...DIAL_PLAN_DEFAULTS, id: plan.dialPlan.id, name: 'Test', extensionDigits: 5 });
      const policy = {
        ...MAILBOX_POLICY_DEFAULTS,
        id: plan.policy.id,
        dialPlanId: plan.dialPlan.id,
        name: 'Test Default Policy',
      };
      expect(await service.directory.policiesOf(plan.dialPlan.id)).toEqual([policy]);
      const { operatorExtension: _, ...defaults } = DIAL_PLAN_DEFAULTS;
      expect(await auditedIn(service)).toEqual([
        {
          ...BY_TEST,
          action: 'dial-plan-created',
          outcome: 'done',
          details: {
            ...defaults,
            dialPlanId: plan.dialPlan.id,
            name: 'Test',
            extensionDigits: 5,
            operatorExtension: null,
            accessNumbers: '7000',
          },
        },
        {
          ...BY_TEST,
          action: 'policy-created',
          outcome: 'done',
          details: {
            ...MAILBOX_POLICY_DEFAULTS,
            policyId: plan.policy.id,
            dialPlanId: plan.dialPlan.id,
            name: 'Test Default Policy',
          },
        },
      ]);
    });

    it('with every setting that is given, and read as they were stored', async () => {
      const settings = {
        logonFailuresBeforeDisconnect: 20,
        inputFailuresBeforeDisconnect: 1,
        maxCallDuration: 120,
        maxRecordingDuration: 100,
        recordingIdleTimeout: 10,
        operatorExtension: '0000',
        defaultLanguage: 'de-DE',
        voipSecurity: 'secured' as const,
      };
      const created = await create(settings);
      expect(created).toMatchObject({ kind: 'created', dialPlan: settings });
      const listed = await service.directory.dialPlans();
      expect(listed.map(({ dialPlan }) => dialPlan.name)).toEqual(['Outside', 'Test']);
      expect(listed[0]).toEqual({
        dialPlan: created.kind === 'created' && created.dialPlan,
        accessNumbers: ['4000'],
        revision: 1,
      });
    });

    it('and found by their access numbers however those are written, and by nothing else', async () => {
      const created = await create({ accessNumbers: ['+1 (425) 555-0100', '4000'] });
      if (created.kind !== 'created') throw new Error(created.kind);
      for (const number of ['+14255550100', '+1-425-555-0100', '4000']) {
        expect(await service.directory.dialPlanByAccessNumber(number)).toEqual(created.dialPlan);
      }
      for (const number of ['14255550100', '400', '40000', 'operator', '', '%', "' or 1=1"]) {
        expect(await service.directory.dialPlanByAccessNumber(number)).toBeUndefined();
      }
    });

    it.each<[Partial<NewDialPlan>, object]>([
      [{ extensionDigits: 21 }, { kind: 'out-of-range', setting: 'extensionDigits', minimum: 1, maximum: 20 }],
      [
        { maxCallDuration: 15 },
        { kind: 'exceeds-setting', setting: 'maxRecordingDuration', limit: 'maxCallDuration', maximum: 15 },
      ],
      [{ operatorExtension: '50000' }, { kind: 'not-an-extension', setting: 'operatorExtension', extensionDigits: 4 }],
      [{ defaultLanguage: 'english language' }, { kind: 'not-a-language', setting: 'defaultLanguage' }],
      [{ name: ' ' }, { kind: 'not-a-name', setting: 'name', maximum: 49 }],
      [{ name: ' tEST' }, { kind: 'name-taken', name: 'tEST' }],
      [{ accessNumbers: ['9000', 'nine'] }, { kind: 'not-a-number', number: 'nine' }],
      [{ accessNumbers: ['9000', '90-00'] }, { kind: 'number-twice', number: '9000' }],
      [{ accessNumbers: ['9000', '70 00'] }, { kind: 'number-taken', number: '7000' }],
    ])('but not with %o', async (changes, refusal) => {
      const before = await everything();
      expect(await create(changes)).toEqual(refusal);
      expect(await everything()).toEqual(before);
    });

    it('but not without an access number, whatever the types say', async () => {
      const none = JSON.parse('[]');
      expect(await create({ accessNumbers: none })).toEqual({ kind: 'no-access-number' });
      expect(await change({ accessNumbers: none })).toEqual({ kind: 'no-access-number' });
    });

    it('but not when another policy has the name of their default policy', async () => {
      const policy = { dialPlanId: plan.dialPlan.id, name: 'outside default policy' };
      expect(await service.directory.createPolicy(policy, BY_TEST)).toMatchObject({ kind: 'created' });
      const before = await everything();
      expect(await create()).toEqual({ kind: 'name-taken', name: 'Outside Default Policy' });
      expect(await everything()).toEqual(before);
    });
  });

  describe('are changed', () => {
    it('in what is given, on the record with what it was', async () => {
      service.clock.setNow(Date.UTC(2026, 10, 24));
      const changed = await change({
        name: 'Inside',
        operatorExtension: '50000',
        maxCallDuration: 30,
        accessNumbers: ['7001', '7000'],
      });
      const dialPlan = { ...plan.dialPlan, name: 'Inside', operatorExtension: '50000' };
      const settings = ['name', 'operatorExtension', 'accessNumbers'];
      const now = { dialPlan, accessNumbers: ['7001', '7000'], revision: 2 };
      expect(changed).toEqual({ ...now, kind: 'changed', settings });
      expect(await service.directory.dialPlans()).toEqual([now]);
      expect((await auditedIn(service)).at(-1)).toEqual({
        ...BY_TEST,
        action: 'dial-plan-changed',
        outcome: 'done',
        details: {
          dialPlanId: plan.dialPlan.id,
          name: 'Test',
          'name.from': 'Test',
          'name.to': 'Inside',
          'operatorExtension.from': null,
          'operatorExtension.to': '50000',
          'accessNumbers.from': '7000',
          'accessNumbers.to': '7001 7000',
        },
      });
    });

    it('so that a setting can be taken away again', async () => {
      await change({ operatorExtension: '50000' });
      expect(await change({ operatorExtension: undefined })).toMatchObject({
        kind: 'changed',
        dialPlan: plan.dialPlan,
        settings: ['operatorExtension'],
      });
    });

    it('not at all, and not on the record, when everything is so already', async () => {
      const before = await everything();
      expect(await change({ name: 'Test', accessNumbers: ['70 00'], maxCallDuration: 30 })).toMatchObject({
        kind: 'changed',
        settings: [],
      });
      expect(await everything()).toEqual(before);
    });

    it.each<[DialPlanChanges, object]>([
      [{ maxCallDuration: 9 }, { kind: 'out-of-range', setting: 'maxCallDuration', minimum: 10, maximum: 120 }],
      [
        { maxCallDuration: 10 },
        { kind: 'exceeds-setting', setting: 'maxRecordingDuration', limit: 'maxCallDuration', maximum: 10 },
      ],
      [{ operatorExtension: '5000' }, { kind: 'not-an-extension', setting: 'operatorExtension', extensionDigits: 5 }],
      [{ name: 'OUTSIDE' }, { kind: 'name-taken', name: 'OUTSIDE' }],
      [{ accessNumbers: ['7000', '4000'] }, { kind: 'number-taken', number: '4000' }],
      [{ accessNumbers: ['x'] }, { kind: 'not-a-number', number: 'x' }],
    ])('but not to %o', async (changes, refusal) => {
      await create();
      const before = await everything();
      expect(await change(changes)).toEqual(refusal);
      expect(await everything()).toEqual(before);
    });

    it('in the length of extensions only while nobody has one', async () => {
      await change({ operatorExtension: '50000' });
      expect(await change({ extensionDigits: 4 })).toEqual({
        kind: 'not-an-extension',
        setting: 'operatorExtension',
        extensionDigits: 4,
      });
      expect(await change({ extensionDigits: 4, operatorExtension: '5000' })).toMatchObject({ kind: 'changed' });
      await change({ extensionDigits: 5, operatorExtension: undefined });
      await provisionTestMailbox(service, plan);
      expect(await change({ extensionDigits: 4 })).toEqual({ kind: 'has-mailboxes', setting: 'extensionDigits' });
      expect(await change({ extensionDigits: 5, maxCallDuration: 60 })).toMatchObject({ kind: 'changed' });
    });

    it('only as they were read, when that is asked for', async () => {
      const { directory } = service;
      const { id } = plan.dialPlan;
      const rename = (name: string, expected: number) => directory.changeDialPlan(id, { name }, BY_TEST, expected);
      expect(await rename('Inside', 1)).toMatchObject({ kind: 'changed', revision: 2 });
      const before = await service.stored.rows();
      expect(await rename('Outside', 1)).toEqual({ kind: 'revision-differs', revision: 2 });
      expect(await directory.removeDialPlan(id, BY_TEST, 1)).toEqual({ kind: 'revision-differs', revision: 2 });
      expect(await service.stored.rows()).toEqual(before);
      expect(await rename('Inside', 2)).toMatchObject({ kind: 'changed', revision: 2, settings: [] });
      for (const identity of [id, 'inside']) {
        expect(await directory.dialPlan(identity)).toMatchObject({ dialPlan: { id }, revision: 2 });
      }
      expect(await directory.dialPlan('Test')).toBeUndefined();
      expect(await directory.removeDialPlan(id, BY_TEST, 2)).toEqual({ kind: 'removed' });
    });

    it('only where there is one', async () => {
      const none = 'none' as DialPlanId;
      expect(await service.directory.changeDialPlan(none, { maxCallDuration: 60 }, BY_TEST)).toEqual({
        kind: 'no-such-dial-plan',
      });
    });
  });

  describe('are removed', () => {
    it('with their policies and numbers, on the record', async () => {
      await service.directory.createPolicy({ dialPlanId: plan.dialPlan.id, name: 'Sales' }, BY_TEST);
      const made = (await auditedIn(service)).length;
      expect(await remove()).toEqual({ kind: 'removed' });
      expect(await service.directory.dialPlans()).toEqual([]);
      expect(await service.directory.policiesOf(plan.dialPlan.id)).toEqual([]);
      expect(await service.directory.dialPlanByAccessNumber('7000')).toBeUndefined();
      const audited = (await auditedIn(service)).slice(made);
      expect(audited.map(({ action, details }) => [action, details?.name])).toEqual([
        ['policy-removed', 'Sales'],
        ['policy-removed', 'Test Default Policy'],
        ['dial-plan-removed', 'Test'],
      ]);
      // The name and the number are free again.
      await createTestDialPlan(service);
    });

    it('unless they have mailboxes', async () => {
      await provisionTestMailbox(service, plan);
      const before = await everything();
      expect(await remove()).toEqual({ kind: 'in-use' });
      expect(await everything()).toEqual(before);
    });

    it('once', async () => {
      await remove();
      expect(await remove()).toEqual({ kind: 'no-such-dial-plan' });
    });
  });
});
