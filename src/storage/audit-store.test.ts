import { describe, expect, it } from 'vitest';
import type { AuditCriteria, AuditPlace, AuditRecord } from '../services/ports/audit-store.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { useDatabase } from '../testing/use-database.ts';

const record = (sequence: number, changes: Partial<AuditRecord> = {}): AuditRecord => ({
  sequence,
  at: 1_784_000_000_000 + sequence,
  entry: `{"action":"sign-in","who":"Zoë ☎ ${sequence}"}`,
  mailboxId: undefined,
  keyId: 'key-1',
  mac: `mac-${sequence}`,
  ...changes,
});

describe.each(DATABASE_KINDS)('the audit trail on $name', (kind) => {
  const used = useDatabase(kind);

  async function append(...records: readonly AuditRecord[]): Promise<void> {
    for (const one of records) await used.database.audit.append(one);
  }

  it('is empty at first', async () => {
    const { audit } = used.database;
    expect(await audit.head()).toBeUndefined();
    expect(await audit.first()).toBeUndefined();
    expect(await audit.from(0, 10)).toEqual([]);
    expect(await audit.last()).toBeUndefined();
    expect(await audit.find({}, undefined, 10, 10)).toEqual({ found: [], through: undefined });
    expect(await audit.range({}, 0, 10)).toEqual([]);
  });

  it('gives back what was added, character by character, and its head, after a restart too', async () => {
    const records = [record(1), record(2, { mailboxId: 'mailbox-1', keyId: 'key-2' }), record(3)];
    await append(...records);
    const { audit } = await used.stored.reopen();
    expect(await audit.from(1, 10)).toEqual(records);
    expect(await audit.first()).toBe(1);
    expect(await audit.last()).toBe(3);
    expect(await audit.head()).toEqual({ sequence: 3, keyId: 'key-1', mac: 'mac-3' });
  });

  it('is read in pages', async () => {
    await append(record(1), record(2), record(3), record(4));
    const sequences = async (from: number, limit: number): Promise<readonly number[]> =>
      (await used.database.audit.from(from, limit)).map(({ sequence }) => sequence);
    expect(await sequences(1, 3)).toEqual([1, 2, 3]);
    expect(await sequences(4, 3)).toEqual([4]);
    expect(await sequences(5, 3)).toEqual([]);
  });

  it('tells of a mailbox the newest first, whether or not there is such a mailbox any more', async () => {
    const own = { mailboxId: 'mailbox-1' };
    await append(record(1, own), record(2), record(3, { mailboxId: 'mailbox-2' }), record(4, own), record(5, own));
    const { found } = await used.database.audit.find({ mailbox: 'mailbox-1' }, undefined, 2, 9);
    expect(found).toEqual([record(5, own), record(4, own)]);
  });

  it('is found however few records are looked at at a time', async () => {
    const entry = (number: number): string => JSON.stringify({ action: number % 3 === 0 ? 'lock' : 'unlock' });
    const records = [...Array(12).keys()].map((index) =>
      // Several of the same moment, and one from before by a clock that was set back.
      record(index + 1, { at: index === 5 ? 0 : Math.floor(index / 3), entry: entry(index) }),
    );
    await append(...records);
    const newestFirst = records.toSorted((one, other) => other.at - one.at || other.sequence - one.sequence);
    const found = async (criteria: AuditCriteria, limit: number, among: number): Promise<readonly AuditRecord[]> => {
      const all: AuditRecord[] = [];
      for (let before: AuditPlace | undefined; ; ) {
        const step = await used.database.audit.find(criteria, before, limit, among);
        all.push(...step.found);
        before = step.found.length === limit ? step.found.at(-1) : step.through;
        if (before === undefined) return all;
      }
    };
    for (const [limit, among] of [
      [1, 1],
      [2, 1],
      [1, 5],
      [3, 4],
      [2, 12],
      [5, 13],
    ] as const) {
      expect(await found({}, limit, among)).toEqual(newestFirst);
      const locks = newestFirst.filter((one) => one.entry.includes('"lock"'));
      expect(await found({ action: 'lock' }, limit, among)).toEqual(locks);
      const late = newestFirst.filter(({ at }) => at >= 1 && at < 3);
      expect(await found({ from: 1, to: 3 }, limit, among)).toEqual(late);
      expect(await found({ outcome: 'none' }, limit, among)).toEqual([]);
    }
  });

  it.each([
    ['the first one again', 1],
    ['the last one again', 2],
    ['one too far on', 4],
    ['one before the first', 0],
  ])('takes no record that does not follow: %s', async (_what, sequence) => {
    await append(record(1), record(2));
    await expect(used.database.audit.append(record(sequence, { mac: 'other' }))).rejects.toThrow('does not follow');
    expect(await used.database.audit.from(0, 10)).toEqual([record(1), record(2)]);
    expect((await used.database.audit.head())?.mac).toBe('mac-2');
  });

  it('lets one of many have the next number, and undoes what the others did with theirs', async () => {
    const attempts = Array.from({ length: 20 }, (_, index) =>
      used.database.transact(async (stores) => {
        await stores.sourceFailures.add(`source-${index}`, 1);
        await stores.audit.append(record(1, { mac: `mac-of-${index}` }));
        return index;
      }),
    );
    const done = (await Promise.allSettled(attempts)).filter(({ status }) => status === 'fulfilled');
    expect(done).toHaveLength(1);
    expect(await used.rowsOf('source_failure')).toHaveLength(1);
    expect(await used.database.audit.from(0, 10)).toHaveLength(1);
  });

  it('gives everyone a number who reads the head and appends in one transaction', async () => {
    const added = Array.from({ length: 50 }, () =>
      used.database.transact(async ({ audit }) => {
        const sequence = ((await audit.head())?.sequence ?? 0) + 1;
        await audit.append(record(sequence));
      }),
    );
    await Promise.all(added);
    const sequences = (await used.database.audit.from(1, 100)).map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect((await used.database.audit.head())?.sequence).toBe(50);
  });

  it('keeps no head without its record', async () => {
    // As when records were removed past the program: the number is taken in the table, and the head is behind it.
    await append(record(1), record(2));
    await used.stored.run("update audit_head set sequence = 1, mac = 'mac-1'");
    await expect(used.database.audit.append(record(2, { mac: 'other' }))).rejects.toThrow();
    expect(await used.database.audit.head()).toMatchObject({ sequence: 1, mac: 'mac-1' });
  });
});
