import { describe, expect, it } from 'vitest';
import type { DialPlan, DialPlanId } from '../domain/dial-plan.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { insertPlans, mailboxOf, OTHER_PLAN, PLAN, policyOf } from '../testing/directory-rows.ts';
import { useDatabase } from '../testing/use-database.ts';

const THIRD: DialPlan = { ...PLAN, id: 'plan-3' as DialPlanId, name: 'Three' };

describe.each(DATABASE_KINDS)('dial plans on $name', (kind) => {
  const used = useDatabase(kind);

  it('are found by id, by name in any case and by each access number, after a restart too', async () => {
    expect(await used.database.dialPlans.isEmpty()).toBe(true);
    await insertPlans(used.database);
    const { dialPlans } = await used.stored.reopen();
    expect(await dialPlans.isEmpty()).toBe(false);
    expect(await dialPlans.byId(PLAN.id)).toEqual(PLAN);
    expect(await dialPlans.byId(OTHER_PLAN.id)).toEqual(OTHER_PLAN);
    expect(await dialPlans.byName('oNE')).toEqual(PLAN);
    expect(await dialPlans.byAccessNumber('5000')).toEqual(PLAN);
    expect(await dialPlans.byAccessNumber('+14255550100')).toEqual(PLAN);
    expect(await dialPlans.byAccessNumber('6000')).toEqual(OTHER_PLAN);
    expect(await dialPlans.accessNumbersOf(PLAN.id)).toEqual(['5000', '+14255550100']);
  });

  it('are not found by what only resembles a number, or by a name that none has', async () => {
    await insertPlans(used.database);
    const { dialPlans } = used.database;
    expect(await dialPlans.byAccessNumber('500')).toBeUndefined();
    expect(await dialPlans.byId(THIRD.id)).toBeUndefined();
    expect(await dialPlans.byName('On')).toBeUndefined();
    await expect(dialPlans.accessNumbersOf(THIRD.id)).rejects.toThrow('no access number');
  });

  it('are listed in the order of their names', async () => {
    const { dialPlans } = used.database;
    expect(await dialPlans.all()).toEqual([]);
    await insertPlans(used.database);
    await dialPlans.insert(THIRD, ['7000']);
    expect((await dialPlans.all()).map(({ name }) => name)).toEqual(['One', 'Three', 'Two']);
  });

  it('share no access number and no name, and leave nothing behind that does', async () => {
    await insertPlans(used.database);
    const { dialPlans } = used.database;
    await expect(dialPlans.insert(THIRD, ['7000', '6000'])).rejects.toThrow();
    await expect(dialPlans.insert({ ...THIRD, name: 'ONE' }, ['7000'])).rejects.toThrow();
    expect(await dialPlans.byId(THIRD.id)).toBeUndefined();
    expect(await dialPlans.byAccessNumber('7000')).toBeUndefined();
  });

  it('take other settings, another name and other access numbers', async () => {
    await insertPlans(used.database);
    const changed: DialPlan = {
      id: PLAN.id,
      name: 'Uno',
      extensionDigits: 20,
      logonFailuresBeforeDisconnect: 1,
      inputFailuresBeforeDisconnect: 20,
      maxCallDuration: 120,
      maxRecordingDuration: 100,
      recordingIdleTimeout: 10,
      operatorExtension: '51000',
      defaultLanguage: 'de-DE',
      voipSecurity: 'sip-secured',
    };
    const { dialPlans } = used.database;
    expect(await dialPlans.update(changed, ['+14255550100', '7000'])).toBe(true);
    expect(await dialPlans.byId(PLAN.id)).toEqual(changed);
    expect(await dialPlans.accessNumbersOf(PLAN.id)).toEqual(['+14255550100', '7000']);
    expect(await dialPlans.byAccessNumber('5000')).toBeUndefined();
    expect(await dialPlans.byName('One')).toBeUndefined();
    expect(await dialPlans.byId(OTHER_PLAN.id)).toEqual(OTHER_PLAN);
    await dialPlans.update({ ...changed, operatorExtension: undefined }, ['7000']);
    expect((await dialPlans.byId(PLAN.id))?.operatorExtension).toBeUndefined();
  });

  it('stay as they are when another has the number, or there is none to change', async () => {
    await insertPlans(used.database);
    const { dialPlans } = used.database;
    await expect(dialPlans.update({ ...PLAN, name: 'Uno' }, ['7000', '6000'])).rejects.toThrow();
    await expect(dialPlans.update({ ...PLAN, name: 'two' }, ['7000'])).rejects.toThrow();
    expect(await dialPlans.byId(PLAN.id)).toEqual(PLAN);
    expect(await dialPlans.accessNumbersOf(PLAN.id)).toEqual(['5000', '+14255550100']);
    expect(await dialPlans.update(THIRD, ['7000'])).toBe(false);
    expect(await dialPlans.byAccessNumber('7000')).toBeUndefined();
  });

  it('are removed with their access numbers, unless they have a policy', async () => {
    await insertPlans(used.database);
    const { dialPlans, policies } = used.database;
    await expect(dialPlans.remove(PLAN.id)).rejects.toThrow();
    expect(await dialPlans.byAccessNumber('5000')).toEqual(PLAN);
    await policies.remove(policyOf(PLAN).id);
    expect(await dialPlans.remove(PLAN.id)).toBe(true);
    expect(await dialPlans.byAccessNumber('5000')).toBeUndefined();
    expect((await used.rowsOf('access_number')).map(({ number }) => number)).toEqual(['6000']);
    expect(await dialPlans.remove(PLAN.id)).toBe(false);
  });

  it('are in use while a mailbox is in them', async () => {
    await insertPlans(used.database);
    const { dialPlans, mailboxes } = used.database;
    expect(await dialPlans.isInUse(PLAN.id)).toBe(false);
    await mailboxes.insert(mailboxOf(PLAN));
    expect(await dialPlans.isInUse(PLAN.id)).toBe(true);
    expect(await dialPlans.isInUse(OTHER_PLAN.id)).toBe(false);
  });
});
