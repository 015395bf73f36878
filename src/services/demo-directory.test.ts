import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIAL_PLAN_DEFAULTS } from '../domain/dial-plan-settings.ts';
import { MAILBOX_POLICY_DEFAULTS } from '../domain/mailbox-policy.ts';
import { auditedIn } from '../testing/audited.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { Crash, dyingDatabase } from '../testing/dying-database.ts';
import {
  BY_TEST,
  createTestDialPlan,
  createTestService,
  type TestLetter,
  type TestService,
} from '../testing/test-service.ts';
import { createDirectory } from './directory.ts';
import type { SignInVerdict } from './sign-in.ts';

describe.each([DEFAULT_KIND])('the demonstration directory on $name', (kind) => {
  let service: TestService;

  beforeEach(async () => {
    service = await createTestService({ kind });
  });

  afterEach(() => service.dispose());

  const ensure = () => service.directory.ensureDemoDirectory();

  async function onlyLetter(): Promise<TestLetter> {
    const mailbox = await service.database.mailboxes.byAddress('tonysmith@contoso.com');
    const letters = mailbox && (await service.letters(mailbox.id));
    const [letter, ...others] = letters ?? [];
    expect(others).toEqual([]);
    if (letter === undefined) throw new Error('There is no letter');
    return letter;
  }

  async function signIn(pin: string): Promise<SignInVerdict> {
    const plan = await service.directory.dialPlanByAccessNumber('5000');
    if (plan === undefined) throw new Error('Nothing is called by 5000');
    const source = { callId: 'call', peer: '127.0.0.1', peerIsTrusted: false };
    return service.signIn.attempt(plan.id, '51234', pin, source);
  }

  it('is what a caller can try at once', async () => {
    const demo = await ensure();
    const { pin = '', state, letter } = await onlyLetter();
    expect(demo).toEqual({ created: true, accessNumber: '5000', extension: '51234' });
    expect(service.mailsAnnounced()).toBe(1);
    expect(state).toBe('waiting');
    expect(letter).toMatchObject({ kind: 'um-enabled', extension: '51234', accessNumbers: ['5000'], mustChange: true });
    expect(pin).toMatch(/^[0-9]{6}$/);
    expect(await signIn(pin)).toMatchObject({
      kind: 'signed-in',
      session: { changeCauses: ['pin-expired', 'first-time'] },
    });
    expect(await service.directory.dialPlanByAccessNumber('5000')).toMatchObject({
      ...DIAL_PLAN_DEFAULTS,
      extensionDigits: 5,
    });
    const mailbox = await service.database.mailboxes.byAddress('tonysmith@contoso.com');
    expect(mailbox).toMatchObject({ alias: 'tonysmith', displayName: 'Tony Smith', subscriberAccess: true });
    expect(mailbox && (await service.database.policies.byId(mailbox.policyId))).toMatchObject(MAILBOX_POLICY_DEFAULTS);
  });

  it('is on the record as the doing of the service', async () => {
    await ensure();
    const by = { actor: { kind: 'system' }, source: { kind: 'service' }, outcome: 'done' };
    expect(await auditedIn(service)).toMatchObject([
      { ...by, action: 'dial-plan-created' },
      { ...by, action: 'policy-created' },
      { ...by, action: 'mailbox-enabled' },
    ]);
  });

  it('is made once, and is still told of later', async () => {
    const made = await ensure();
    const { id, pin } = await onlyLetter();
    expect(await ensure()).toEqual({ ...made, created: false });
    expect(await onlyLetter()).toMatchObject({ id, pin });
    expect(service.mailsAnnounced()).toBe(1);
  });

  it('is made once when two ask for it at the same time', async () => {
    const demos = await Promise.all([ensure(), ensure()]);
    expect(demos.map((demo) => demo?.created).toSorted()).toEqual([false, true]);
    expect(await service.directory.dialPlans()).toHaveLength(1);
    expect(service.mailsAnnounced()).toBe(1);
  });

  it('is not made in a directory of somebody else', async () => {
    await createTestDialPlan(service);
    expect(await ensure()).toBeUndefined();
    expect(service.mailsAnnounced()).toBe(0);
    expect(await service.directory.dialPlanByAccessNumber('5000')).toBeUndefined();
  });

  it('is not what has its access number without its mailbox', async () => {
    const plan = { name: 'Theirs', extensionDigits: 4, accessNumbers: ['5000'] } as const;
    expect(await service.directory.createDialPlan(plan, BY_TEST)).toMatchObject({ kind: 'created' });
    expect(await ensure()).toBeUndefined();
  });

  it('has its PIN, sealed, in the letter and nowhere else', async () => {
    await ensure();
    const { pin = '' } = await onlyLetter();
    await signIn(pin);
    expect(JSON.stringify([await service.stored.rows(), service.log.lines])).not.toContain(pin);
  });

  it('is made whole or not at all, wherever the program dies, and by the next start then', async () => {
    const before = await service.stored.rows();
    let calls = 0;
    for (; ; calls++) {
      const database = dyingDatabase(service.database, calls);
      const made = await createDirectory({ ...service, database })
        .ensureDemoDirectory()
        .catch((error: unknown) => error);
      if (!database.hasDied) {
        expect(made).toMatchObject({ created: true });
        break;
      }
      expect(made).toBeInstanceOf(Crash);
      expect(await service.stored.rows()).toEqual(before);
      expect(service.mailsAnnounced()).toBe(0);
    }
    expect(calls).toBeGreaterThan(15);
    const { pin = '' } = await onlyLetter();
    expect((await signIn(pin)).kind).toBe('signed-in');
  });
});
