import { beforeEach, describe, expect, it } from 'vitest';
import type { MailboxId } from '../domain/mailbox.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { insertPlans, mailboxOf, OTHER_PLAN, PLAN, policyOf, secondMailboxOf } from '../testing/directory-rows.ts';
import { useDatabase } from '../testing/use-database.ts';

describe.each(DATABASE_KINDS)('mailboxes on $name', (kind) => {
  const used = useDatabase(kind);

  beforeEach(() => insertPlans(used.database));

  it('are found by id, by address and alias in any case, and by each number, after a restart too', async () => {
    const mailbox = mailboxOf(PLAN);
    await used.database.mailboxes.insert(mailbox);
    await used.database.mailboxes.insert(secondMailboxOf(PLAN));
    const { mailboxes } = await used.stored.reopen();
    expect(await mailboxes.byId(mailbox.id)).toEqual(mailbox);
    expect(await mailboxes.byAddress('TonySmith@Contoso.COM')).toEqual(mailbox);
    expect(await mailboxes.byAlias('TonyS')).toEqual(mailbox);
    for (const number of ['51234', '51235', '+14255550123']) {
      expect(await mailboxes.byNumber(PLAN.id, number)).toEqual(mailbox);
    }
  });

  it('are not found by what only resembles them, nor in another dial plan', async () => {
    const { mailboxes } = used.database;
    await mailboxes.insert(mailboxOf(PLAN));
    for (const number of ['1234', '051234', '14255550123', '5555123', '', '%']) {
      expect(await mailboxes.byNumber(PLAN.id, number)).toBeUndefined();
    }
    expect(await mailboxes.byNumber(OTHER_PLAN.id, '51234')).toBeUndefined();
    expect(await mailboxes.byAlias('tony%')).toBeUndefined();
    expect(await mailboxes.byAlias('tonysmith@contoso.com')).toBeUndefined();
    expect(await mailboxes.byAddress('tonys')).toBeUndefined();
  });

  it.each([
    ['address', { address: 'TONYSMITH@contoso.com' }],
    ['alias', { alias: 'TONYS' }],
    ['extension', { extensions: ['52000', '51235'] as const }],
    ['registered number', { registeredNumbers: ['+14255550124', '+14255550123'] }],
  ])('share no %s, and leave nothing behind that does', async (_what, changes) => {
    const { mailboxes } = used.database;
    await mailboxes.insert(mailboxOf(PLAN));
    const second = secondMailboxOf(PLAN, changes);
    await expect(mailboxes.insert(second)).rejects.toThrow();
    expect(await mailboxes.byId(second.id)).toBeUndefined();
    expect(await mailboxes.byNumber(PLAN.id, '52000')).toBeUndefined();
    await mailboxes.insert(secondMailboxOf(PLAN));
  });

  it('may have the same numbers in two dial plans', async () => {
    const { mailboxes } = used.database;
    await mailboxes.insert(mailboxOf(PLAN));
    const { extensions, registeredNumbers } = mailboxOf(PLAN);
    const other = secondMailboxOf(OTHER_PLAN, { extensions, registeredNumbers });
    await mailboxes.insert(other);
    expect(await mailboxes.byNumber(OTHER_PLAN.id, '51234')).toEqual(other);
  });

  it('have a policy of their own dial plan', async () => {
    const crossed = mailboxOf(PLAN, { policyId: policyOf(OTHER_PLAN).id });
    await expect(used.database.mailboxes.insert(crossed)).rejects.toThrow();
  });

  it('are found however few are looked at at a time', async () => {
    const { mailboxes } = used.database;
    for (let number = 0; number < 12; number++) {
      const id = `mailbox-${number}` as MailboxId;
      const address = `${'bAc'[number % 3]}${number}@contoso.com`;
      const extensions = [`${50_000 + number}`] as const;
      await mailboxes.insert(secondMailboxOf(PLAN, { id, address, alias: `a${number}`, extensions }));
    }
    const found = async (search: string, limit: number, among: number): Promise<readonly string[]> => {
      const ids: string[] = [];
      for (let after: string | undefined; ; ) {
        const step = await mailboxes.find({ now: 0, search }, after, limit, among);
        ids.push(...step.found.map(({ position }) => position));
        const isFull = step.found.length === limit;
        after = isFull ? step.found.at(-1)?.position : step.through;
        if (after === undefined) return ids;
      }
    };
    const all = [0, 3, 6, 9].map((number) => `b${number}@contoso.com`);
    expect(await found('b', 100, 100)).toEqual(all);
    for (const [limit, among] of [
      [1, 1],
      [2, 1],
      [1, 5],
      [3, 4],
      [2, 12],
      [5, 13],
    ] as const) {
      expect(await found('b', limit, among)).toEqual(all);
      expect(await found('contoso', limit, among)).toHaveLength(12);
    }
  });

  it('are changed as a whole, and found as they are then', async () => {
    const { mailboxes } = used.database;
    await mailboxes.insert(mailboxOf(PLAN));
    const changes = {
      displayName: 'Ænna Müller',
      extensions: ['51235', '51236'] as const,
      registeredNumbers: ['51234'],
    };
    const changed = mailboxOf(PLAN, { ...changes, address: 'M@contoso.com', alias: 'mm', policyId: policyOf(PLAN).id });
    expect(await mailboxes.update(changed)).toBe(true);
    expect(await mailboxes.byIds([changed.id, 'none' as MailboxId])).toEqual([{ mailbox: changed, revision: 2 }]);
    expect(await mailboxes.byExtension('51236')).toEqual([changed]);
    expect(await mailboxes.byExtension('51234')).toEqual([]);
    const { found } = await mailboxes.find({ now: 0, search: 'MULLER' }, undefined, 5, 5);
    expect(found).toEqual([{ id: changed.id, position: 'm@contoso.com' }]);
    expect(await mailboxes.update(secondMailboxOf(PLAN))).toBe(false);
  });

  it('are removed with everything that is theirs', async () => {
    const { mailboxes } = used.database;
    await mailboxes.insert(mailboxOf(PLAN));
    expect(await mailboxes.remove(mailboxOf(PLAN).id)).toBe(true);
    expect(await mailboxes.remove(mailboxOf(PLAN).id)).toBe(false);
    for (const table of ['mailbox', 'mailbox_extension', 'registered_number']) {
      expect(await used.rowsOf(table)).toEqual([]);
    }
  });

  it('keep every setting', async () => {
    const mailbox = mailboxOf(PLAN, {
      displayName: 'Zoë “☎” O’Neil',
      registeredNumbers: [],
      language: 'fr-CA',
      timeZone: 'Asia/Kathmandu',
      clock: '24-hour',
      subscriberAccess: false,
      pinlessAccess: true,
    });
    await used.database.mailboxes.insert(mailbox);
    expect(await used.database.mailboxes.byId(mailbox.id)).toEqual(mailbox);
  });
});
