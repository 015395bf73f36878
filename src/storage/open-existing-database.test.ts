import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CapturedLog } from '../testing/captured-log.ts';
import { FakeClock } from '../testing/clock.ts';
import { type DatabaseRefusal, DatabaseRefused } from './database-refused.ts';
import { openDatabase, openExistingDatabase } from './open-database.ts';

const CHECK = { keyId: 'first', check: 'check' };

describe('openExistingDatabase', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchtone-tools-'));
    file = join(folder, 'touchtone.sqlite');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const options = () => ({ file, log: new CapturedLog(), clock: new FakeClock() });
  const open = (use: 'change' | 'read') => openExistingDatabase(options(), use);
  const asService = () => openDatabase(options());

  async function refusal(use: 'change' | 'read'): Promise<DatabaseRefusal> {
    const error = await open(use).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof DatabaseRefused)) throw new Error('The database was not refused', { cause: error });
    return error.reason;
  }

  it('reads and changes beside a service that is running', async () => {
    const service = await asService();
    await service.pinKeys.insert(CHECK);
    const reader = await open('read');
    expect(await reader.pinKeys.all()).toEqual([CHECK]);
    const tool = await open('change');
    await tool.pinKeys.update({ ...CHECK, check: 'changed' });
    expect(await service.pinKeys.all()).toEqual([{ ...CHECK, check: 'changed' }]);
    expect(await reader.pinKeys.all()).toEqual([{ ...CHECK, check: 'changed' }]);
    await Promise.all([service.close(), reader.close(), tool.close()]);
  });

  it('changes nothing where it is opened for reading', async () => {
    await (await asService()).close();
    const reader = await open('read');
    await expect(reader.pinKeys.insert(CHECK)).rejects.toThrow('readonly');
    expect(await reader.pinKeys.all()).toEqual([]);
    await reader.close();
  });

  it.each(['change', 'read'] as const)('makes no database, with "%s"', async (use) => {
    expect(await refusal(use)).toBe('missing');
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['change', 'read'] as const)('leaves an older one as it is, with "%s"', async (use) => {
    await (await asService()).close();
    using writer = new DatabaseSync(file);
    writer.exec(`delete from kysely_migration where name = (select max(name) from kysely_migration)`);
    writer.close();
    const before = await readFile(file);
    expect(await refusal(use)).toBe('older');
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  it.each(['change', 'read'] as const)('refuses a newer one and what is none of ours, with "%s"', async (use) => {
    await (await asService()).close();
    using writer = new DatabaseSync(file);
    writer.exec(`insert into kysely_migration (name, timestamp) values ('9999-later', '')`);
    writer.close();
    expect(await refusal(use)).toBe('newer');
    await rm(file);
    await writeFile(file, '');
    expect(await refusal(use)).toBe('older');
    await writeFile(file, 'no database '.repeat(100));
    expect(await refusal(use)).toBe('damaged');
  });
});
