import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIAL_PLAN_DEFAULTS } from '../domain/dial-plan-settings.ts';
import { MAILBOX_POLICY_DEFAULTS } from '../domain/mailbox-policy.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { createTestDialPlan, createTestService, type TestService } from '../testing/test-service.ts';
import { ensureDemoDirectory } from './demo-directory.ts';
import { createDirectory } from './directory.ts';
import type { Database } from './ports/database.ts';
import type { StagedLetter, WelcomeMail } from './ports/welcome-mail.ts';

class Crash extends Error {}

describe.each(DATABASE_KINDS)('the demonstration directory on $name', (kind) => {
  let service: TestService;

  beforeEach(async () => {
    service = await createTestService({ kind });
  });

  afterEach(() => service.dispose());

  const ensure = (changes: { database?: Database; welcomeMail?: WelcomeMail } = {}) =>
    ensureDemoDirectory(changes.database ?? service.database, { ...service, ...changes });

  async function pinFromMail(): Promise<string> {
    const mails = await service.mails();
    expect(mails).toHaveLength(1);
    return /Your PIN: +([0-9]{6})\r\n/.exec(mails[0] ?? '')?.[1] ?? '';
  }

  async function signsIn(pin: string): Promise<boolean> {
    const plan = await service.directory.dialPlanByAccessNumber('5000');
    if (plan === undefined) throw new Error('Nothing is called by 5000');
    const source = { callId: 'call', peer: '127.0.0.1' };
    return (await service.signIn.attempt(plan.id, '51234', pin, source)).kind === 'signed-in';
  }

  it('is what a caller can try at once', async () => {
    const demo = await ensure();
    expect(demo).toEqual({ created: true, accessNumber: '5000', extension: '51234', mailFile: expect.any(String) });
    expect(await service.directory.dialPlanByAccessNumber('5000')).toMatchObject({
      ...DIAL_PLAN_DEFAULTS,
      extensionDigits: 5,
    });
    const mailbox = await service.database.mailboxes.byAddress('tonysmith@contoso.com');
    expect(mailbox).toMatchObject({ displayName: 'Tony Smith', extensions: ['51234'], subscriberAccess: true });
    const policy = mailbox && (await service.database.policies.byId(mailbox.policyId));
    expect(policy).toMatchObject(MAILBOX_POLICY_DEFAULTS);
    expect(await signsIn(await pinFromMail())).toBe(true);
  });

  it('has its letter in a file for this user only', async () => {
    const { mailFile = '' } = (await ensure()) ?? {};
    expect(await readFile(mailFile, 'utf8')).toBe((await service.mails())[0]);
    expect((await stat(mailFile)).mode & 0o777).toBe(0o600);
    expect((await stat(join(service.folder, 'mail'))).mode & 0o777).toBe(0o700);
  });

  it('is made once', async () => {
    await ensure();
    const pin = await pinFromMail();
    expect(await ensure()).toEqual({ created: false, accessNumber: '5000', extension: '51234' });
    expect(await pinFromMail()).toBe(pin);
  });

  it('is not made in a directory of somebody else', async () => {
    await createTestDialPlan(service);
    expect(await ensure()).toBeUndefined();
    expect(await service.mails()).toEqual([]);
    expect(await service.directory.dialPlanByAccessNumber('5000')).toBeUndefined();
  });

  it('does not take the letter of another mailbox, left by a crash, for its own', async () => {
    await ensure();
    const plan = await service.directory.dialPlanByAccessNumber('5000');
    const mailbox = await service.database.mailboxes.byAddress('tonysmith@contoso.com');
    if (plan === undefined || mailbox === undefined) throw new Error('There is no demonstration directory');
    const welcomeMail: WelcomeMail = {
      ...service.welcomeMail,
      stage: async (letter) => ({
        ...(await service.welcomeMail.stage(letter)),
        deliver: () => Promise.reject(new Crash()),
      }),
      leftStaged: () => service.welcomeMail.leftStaged(),
    };
    const dying = createDirectory({ ...service, welcomeMail });
    const ann = {
      address: 'ann@contoso.com',
      displayName: 'Ann',
      extensions: ['52000'],
      pin: { kind: 'generated' },
    } as const;
    await expect(dying.provisionMailbox(mailbox.policyId, ann)).rejects.toThrow(Crash);
    expect(await ensure()).toEqual({ created: false, accessNumber: '5000', extension: '51234' });
    expect(await service.mails()).toHaveLength(2);
  });

  it('has its PIN in the letter and nowhere else', async () => {
    await ensure();
    const pin = await pinFromMail();
    await signsIn(pin);
    expect(JSON.stringify([await service.stored.rows(), service.log.lines])).not.toContain(pin);
  });

  describe('when the program dies while it is being made', () => {
    /** The mail as it is, but the program dies at one point of a letter's way. */
    const dyingMail = (
      when: 'before staging' | 'after staging' | 'before delivery' | 'after delivery',
    ): WelcomeMail => ({
      stage: async (letter) => {
        if (when === 'before staging') throw new Crash();
        const staged = await service.welcomeMail.stage(letter);
        if (when === 'after staging') throw new Crash();
        const deliver = async (): Promise<string> => {
          if (when === 'after delivery') await staged.deliver();
          throw new Crash();
        };
        return { ...staged, deliver } satisfies StagedLetter;
      },
      leftStaged: () => service.welcomeMail.leftStaged(),
    });

    it.each(['before staging', 'after staging', 'before delivery', 'after delivery'] as const)(
      '(%s) the next start leaves one mailbox whose PIN is in one letter',
      async (when) => {
        await expect(ensure({ welcomeMail: dyingMail(when) })).rejects.toThrow(Crash);
        const database = await service.stored.reopen();
        const demo = await ensureDemoDirectory(database, service);
        expect(demo).toMatchObject({ created: when !== 'after delivery', extension: '51234' });
        service = { ...service, database };
        const plan = await database.dialPlans.byAccessNumber('5000');
        const pin = await pinFromMail();
        const attempt = plan && (await database.credentials.openAttempt(plan.id, '51234'));
        expect(attempt && (await service.hasher.matches(pin, attempt.credentialId, attempt.pin))).toBe(true);
        expect(await service.welcomeMail.leftStaged()).toEqual([]);
      },
    );

    it('(in the middle of the transaction) nothing of it is stored', async () => {
      const dying: Database = {
        ...service.database,
        transact: (work) =>
          service.database.transact(async (stores) => {
            await work(stores);
            throw new Crash();
          }),
      };
      await expect(ensure({ database: dying })).rejects.toThrow(Crash);
      expect(await service.database.dialPlans.isEmpty()).toBe(true);
      expect(await service.mails()).toEqual([]);
      await ensure();
      expect(await signsIn(await pinFromMail())).toBe(true);
      expect(await service.welcomeMail.leftStaged()).toEqual([]);
    });
  });
});
