import { beforeEach, describe, expect, it } from 'vitest';
import type { CredentialId, PinHash } from '../domain/credential.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import {
  BETTER_PIN,
  CREDENTIAL,
  insertMailbox,
  mailboxOf,
  NEW_STATE,
  PIN,
  PLAN,
  secondMailboxOf,
} from '../testing/directory-rows.ts';
import { useDatabase } from '../testing/use-database.ts';

const hash = (number: number): PinHash => ({ encoded: `$hash-${number}`, keyId: 'key-1' });
const hashes = (...numbers: readonly number[]): readonly PinHash[] => numbers.map(hash);

describe.each(DATABASE_KINDS)('the history of PINs on $name', (kind) => {
  const used = useDatabase(kind);

  beforeEach(() => insertMailbox(used.database));

  async function add(numbers: readonly number[], keep: number): Promise<void> {
    // All at the same moment: their order is not that of the clock.
    for (const number of numbers) await used.database.pinHistory.add(CREDENTIAL, hash(number), 5, keep);
  }

  it('gives the newest first, and no more than are asked for', async () => {
    await add([1, 2, 3], 5);
    const { pinHistory } = await used.stored.reopen();
    expect(await pinHistory.last(CREDENTIAL, 20)).toEqual(hashes(3, 2, 1));
    expect(await pinHistory.last(CREDENTIAL, 2)).toEqual(hashes(3, 2));
    expect(await pinHistory.last('credential-2' as CredentialId, 5)).toEqual([]);
  });

  it('forgets all but those that are to be kept', async () => {
    await add([1, 2, 3, 4, 5, 6, 7], 5);
    expect(await used.database.pinHistory.last(CREDENTIAL, 20)).toEqual(hashes(7, 6, 5, 4, 3));
    await add([8], 2);
    expect(await used.rowsOf('pin_history')).toHaveLength(2);
    // What is forgotten does not come back when more are to be kept.
    await add([9], 20);
    expect(await used.database.pinHistory.last(CREDENTIAL, 20)).toEqual(hashes(9, 8, 7));
    await add([10], 1);
    expect(await used.database.pinHistory.last(CREDENTIAL, 20)).toEqual(hashes(10));
  });

  it('keeps those of each credential apart', async () => {
    const { credentials, mailboxes, pinHistory } = used.database;
    const other = 'credential-2' as CredentialId;
    await mailboxes.insert(secondMailboxOf(PLAN));
    await credentials.insert(other, secondMailboxOf(PLAN).id, PIN, NEW_STATE);
    await add([1, 2], 5);
    await pinHistory.add(other, hash(3), 5, 1);
    await pinHistory.rehash(other, BETTER_PIN);
    expect(await pinHistory.last(CREDENTIAL, 20)).toEqual(hashes(2, 1));
    expect(await pinHistory.last(other, 20)).toEqual([BETTER_PIN]);
  });

  it('takes another hash for the current PIN, and for no other', async () => {
    await add([1, 2, 3], 5);
    await used.database.pinHistory.rehash(CREDENTIAL, BETTER_PIN);
    expect(await used.database.pinHistory.last(CREDENTIAL, 20)).toEqual([BETTER_PIN, ...hashes(2, 1)]);
  });

  it('has nothing to rehash where it is empty', async () => {
    await used.database.pinHistory.rehash(CREDENTIAL, BETTER_PIN);
    expect(await used.database.pinHistory.last(CREDENTIAL, 20)).toEqual([]);
  });

  it('stores nothing of a PIN whose transaction fails', async () => {
    await add([1], 1);
    const failing = used.database.transact(async ({ pinHistory }) => {
      await pinHistory.add(CREDENTIAL, hash(2), 5, 1);
      throw new Error('No');
    });
    await expect(failing).rejects.toThrow('No');
    expect(await used.database.pinHistory.last(CREDENTIAL, 20)).toEqual(hashes(1));
  });

  it('counts refusals after a moment, and forgets those before', async () => {
    const other = 'credential-2' as CredentialId;
    await used.database.mailboxes.insert(secondMailboxOf(PLAN));
    await used.database.credentials.insert(other, secondMailboxOf(PLAN).id, PIN, NEW_STATE);
    for (const at of [100, 200, 200]) await used.database.pinHistory.addRefusal(CREDENTIAL, at, 0);
    await used.database.pinHistory.addRefusal(other, 150, 140);
    const { pinHistory } = await used.stored.reopen();
    expect(await pinHistory.refusals(CREDENTIAL, 99)).toBe(3);
    expect(await pinHistory.refusals(CREDENTIAL, 100)).toBe(2);
    expect(await pinHistory.refusals(CREDENTIAL, 200)).toBe(0);
    await pinHistory.addRefusal(CREDENTIAL, 300, 100);
    expect(await pinHistory.refusals(CREDENTIAL, 0)).toBe(3);
    expect(await pinHistory.refusals(other, 0)).toBe(1);
  });

  it('goes with its credential, and needs one', async () => {
    await add([1, 2], 5);
    await used.database.pinHistory.addRefusal(CREDENTIAL, 5, 0);
    await expect(used.database.pinHistory.addRefusal('no-one' as CredentialId, 5, 0)).rejects.toThrow();
    await expect(used.database.pinHistory.add('no-one' as CredentialId, PIN, 5, 5)).rejects.toThrow();
    await used.stored.run(`delete from mailbox where id = '${mailboxOf(PLAN).id}'`);
    expect(await used.rowsOf('pin_history')).toEqual([]);
    expect(await used.rowsOf('pin_history_refusal')).toEqual([]);
  });
});
