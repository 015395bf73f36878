import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailboxId } from '../domain/mailbox.ts';
import { createAuditSealer } from '../security/audit-sealer.ts';
import { DEFAULT_KIND, type TestDatabase } from '../testing/databases.ts';
import { type AuditEntry, audit } from './audit.ts';

const SEALER = createAuditSealer([{ id: 'first', key: randomBytes(32) }]);
const MAILBOX = 'mailbox' as MailboxId;

const ENTRY: AuditEntry = {
  action: 'sign-in',
  outcome: 'failed',
  actor: { kind: 'caller' },
  source: { kind: 'call', callId: 'a84b4c76e66710', peer: '192.0.2.1' },
  mailboxId: MAILBOX,
  reason: 'wrong-pin',
  details: { failures: 3, line: 'elsewhere' },
};

describe.each([DEFAULT_KIND])('audit with $name', (kind) => {
  let stored: TestDatabase;

  beforeEach(async () => {
    stored = await kind.create();
  });

  afterEach(() => stored.dispose());

  const write = (at: number, entry: AuditEntry) =>
    stored.database.transact((stores) => audit(stores, SEALER, at, entry));

  it('numbers the records from 1, and keeps when it was and about which mailbox', async () => {
    await write(1_000, ENTRY);
    await write(2_000, { ...ENTRY, outcome: 'signed-in' });
    const records = await stored.database.audit.from(1, 10);
    expect(records.map(({ sequence, at, mailboxId, keyId }) => [sequence, at, mailboxId, keyId])).toEqual([
      [1, 1_000, MAILBOX, 'first'],
      [2, 2_000, MAILBOX, 'first'],
    ]);
    expect(records.map(({ entry }) => JSON.parse(entry))).toEqual([ENTRY, { ...ENTRY, outcome: 'signed-in' }]);
    expect(await stored.database.audit.head()).toMatchObject({ sequence: 2, keyId: 'first', mac: records[1]?.mac });
  });

  it('writes the same entry as the same text, in whatever order its facts come', async () => {
    await write(1_000, ENTRY);
    await write(1_000, Object.fromEntries(Object.entries(ENTRY).reverse()) as unknown as AuditEntry);
    const [one, other] = await stored.database.audit.from(1, 10);
    expect(one?.entry).toBe(other?.entry);
    expect(one?.mac).not.toBe(other?.mac);
  });

  it('is stored with what it tells of, or not at all', async () => {
    const failing = stored.database.transact(async (stores) => {
      await audit(stores, SEALER, 1_000, ENTRY);
      throw new Error('the change failed');
    });
    await expect(failing).rejects.toThrow('the change failed');
    expect(await stored.database.audit.from(1, 10)).toEqual([]);
    expect(await stored.database.audit.head()).toBeUndefined();
  });

  it('keeps one chain when many write at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, number) => write(number, ENTRY)));
    const records = await stored.database.audit.from(1, 100);
    expect(records.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 20 }, (_, number) => number + 1));
  });
});
