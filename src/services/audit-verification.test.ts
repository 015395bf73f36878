import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailboxId } from '../domain/mailbox.ts';
import { createAuditSealer } from '../security/audit-sealer.ts';
import { retire } from '../security/key-check.ts';
import type { PinKey } from '../security/pin-keys.ts';
import { DEFAULT_KIND, type TestDatabase } from '../testing/databases.ts';
import { type AuditEntry, audit, sealedText } from './audit.ts';
import { type NotedHead, verifyAudit } from './audit-verification.ts';
import type { AuditSealer } from './ports/audit-sealer.ts';

const newKey = (id: string): PinKey => ({ id, key: randomBytes(32) });
const KEY = newKey('first');
const SEALER = createAuditSealer([KEY]);

const entryOf = (number: number): AuditEntry => ({
  action: 'sign-in',
  outcome: number % 3 === 0 ? 'signed-in' : 'failed',
  actor: { kind: 'caller' },
  source: { kind: 'call', callId: `call-${number}`, peer: '192.0.2.1', assertedNumber: '+442079460123' },
  mailboxId: `mailbox-${number % 7}` as MailboxId,
  details: { failures: number % 5 },
});

describe.each([DEFAULT_KIND])('verifyAudit with $name', (kind) => {
  let stored: TestDatabase;

  beforeEach(async () => {
    stored = await kind.create();
  });

  afterEach(() => stored.dispose());

  async function write(count: number, sealer: AuditSealer = SEALER): Promise<void> {
    await stored.database.transact(async (stores) => {
      for (let number = 0; number < count; number++) await audit(stores, sealer, 1_000 + number, entryOf(number));
    });
  }

  async function head(): Promise<NotedHead> {
    const { sequence, mac } = (await stored.database.audit.head()) ?? { sequence: 0, mac: '' };
    return { sequence, mac };
  }

  const verify = (noted: readonly NotedHead[] = [], sealer = SEALER) => verifyAudit(stored.database, sealer, noted);
  const moveHeadTo = (sequence: number) =>
    stored.run(
      `update audit_head set (sequence, key_id, mac) =
        (select sequence, key_id, mac from audit_record where sequence = ${sequence})`,
    );

  it('finds an empty trail intact', async () => {
    expect(await verify()).toEqual({ kind: 'intact', records: 0, head: undefined });
    expect(await verify([{ sequence: 0, mac: '' }])).toMatchObject({ kind: 'intact' });
  });

  it('follows a trail of several batches to its head', async () => {
    await write(1_203);
    expect(await verify([await head()])).toEqual({
      kind: 'intact',
      records: 1_203,
      head: { ...(await head()), keyId: 'first' },
    });
  });

  it.each([
    ['its entry', `update audit_record set entry = replace(entry, '"failed"', '"signed-in"') where sequence = 5`],
    ['its time', 'update audit_record set at = at + 1 where sequence = 5'],
    ['its link', `update audit_record set mac = (select mac from audit_record where sequence = 4) where sequence = 5`],
    ['its mailbox', `update audit_record set mailbox_id = 'mailbox-1' where sequence = 5`],
    ['that it has a mailbox', 'update audit_record set mailbox_id = null where sequence = 5'],
  ])('names a record when %s was altered', async (_what, sql) => {
    await write(10);
    await stored.run(sql);
    expect(await verify()).toEqual({ kind: 'broken', sequence: 5, how: 'altered' });
  });

  it.each([0, -1, -5_000_000_000])('notices a record that was put before the first, as number %i', async (sequence) => {
    await write(10);
    await stored.run(
      `insert into audit_record (sequence, at, entry, mailbox_id, key_id, mac)
        select ${sequence}, at, entry, mailbox_id, key_id, mac from audit_record where sequence = 1`,
    );
    expect(await verify()).toEqual({ kind: 'broken', sequence, how: 'altered' });
  });

  it('names the first of two that were swapped', async () => {
    await write(10);
    await stored.run('update audit_record set sequence = -4 where sequence = 4');
    await stored.run('update audit_record set sequence = 4 where sequence = 7');
    await stored.run('update audit_record set sequence = 7 where sequence = -4');
    expect(await verify()).toEqual({ kind: 'broken', sequence: 4, how: 'altered' });
  });

  it('names one that was removed, and the place where the others were moved up to hide it', async () => {
    await write(10);
    await stored.run('delete from audit_record where sequence = 4');
    expect(await verify()).toEqual({ kind: 'broken', sequence: 4, how: 'missing' });
    for (let sequence = 5; sequence <= 10; sequence++) {
      await stored.run(`update audit_record set sequence = ${sequence - 1} where sequence = ${sequence}`);
    }
    expect(await verify()).toEqual({ kind: 'broken', sequence: 4, how: 'altered' });
  });

  it('names the first that was removed at the end, also by a head that was noted elsewhere alone', async () => {
    await write(10);
    const noted = await head();
    await stored.run('delete from audit_record where sequence > 8');
    expect(await verify()).toEqual({ kind: 'broken', sequence: 9, how: 'missing' });
    await moveHeadTo(8);
    expect(await verify()).toMatchObject({ kind: 'intact', records: 8 });
    expect(await verify([noted])).toEqual({ kind: 'broken', sequence: 9, how: 'cut-off' });
  });

  it('names the first record when the whole trail was removed', async () => {
    await write(10);
    const noted = await head();
    await stored.run('delete from audit_record');
    expect(await verify()).toEqual({ kind: 'broken', sequence: 1, how: 'missing' });
    await stored.run(`update audit_head set sequence = 0, key_id = '', mac = ''`);
    expect(await verify([noted])).toEqual({ kind: 'broken', sequence: 1, how: 'cut-off' });
  });

  it('notices a head that was moved back, altered or removed', async () => {
    await write(10);
    await moveHeadTo(8);
    expect(await verify()).toEqual({ kind: 'broken', sequence: 9, how: 'beyond-head' });
    await moveHeadTo(10);
    await stored.run(`update audit_head set key_id = 'second'`);
    expect(await verify()).toEqual({ kind: 'broken', sequence: 10, how: 'head-differs' });
    await stored.run('delete from audit_head');
    expect(await verify()).toEqual({ kind: 'broken', sequence: 1, how: 'beyond-head' });
  });

  it('notices by a head that was noted elsewhere that the trail was made anew with the key', async () => {
    await write(10);
    const noted = await head();
    await stored.run(`delete from audit_record; update audit_head set sequence = 0, key_id = '', mac = ''`);
    await stored.database.transact(async (stores) => {
      for (let number = 10; number < 22; number++) await audit(stores, SEALER, 1_000, entryOf(number));
    });
    expect(await verify()).toMatchObject({ kind: 'intact' });
    expect(await verify([noted])).toEqual({ kind: 'broken', sequence: 10, how: 'noted-differs' });
  });

  it('breaks at the first record under another key of the same name, and names a key that is not at hand', async () => {
    await write(10);
    expect(await verify([], createAuditSealer([newKey('first')]))).toEqual({
      kind: 'broken',
      sequence: 1,
      how: 'altered',
    });
    expect(await verify([], createAuditSealer([newKey('second')]))).toEqual({
      kind: 'broken',
      sequence: 1,
      how: 'key-unknown',
    });
  });

  it('follows the chain from one key to the next, also when the first is retired', async () => {
    const second = newKey('second');
    await write(10);
    await write(10, createAuditSealer([second, KEY]));
    expect(await verify([], createAuditSealer([second, KEY]))).toMatchObject({ kind: 'intact', records: 20 });
    expect(await verify([], createAuditSealer([second], [retire(KEY)]))).toMatchObject({ kind: 'intact', records: 20 });
    expect(await verify()).toEqual({ kind: 'broken', sequence: 11, how: 'key-unknown' });
  });

  it('does not take for broken what is added meanwhile', async () => {
    await write(1_000);
    const verifying = verify();
    for (let round = 0; round < 20; round++) await write(5);
    expect(await verifying).toMatchObject({ kind: 'intact' });
    expect(await verify()).toMatchObject({ kind: 'intact', records: 1_100 });
  });

  it('lets nobody without the key seal a record', async () => {
    await write(3);
    const forger = createAuditSealer([newKey('first')]);
    const last = await head();
    const entry = JSON.stringify(entryOf(3));
    await stored.database.audit.append({
      sequence: 4,
      at: 1_000,
      entry,
      mailboxId: entryOf(3).mailboxId,
      keyId: 'first',
      mac: forger.seal(last.mac, sealedText(4, 1_000, entry)),
    });
    expect(await verify()).toEqual({ kind: 'broken', sequence: 4, how: 'altered' });
  });
});
