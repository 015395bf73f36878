import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CapturedLog } from '../testing/captured-log.ts';
import { FakeClock } from '../testing/clock.ts';
import { placeOf } from '../testing/database-place.ts';
import { createEmpty, type EmptyDatabase } from '../testing/postgres/empty-database.ts';
import { runOn } from '../testing/postgres/postgres-databases.ts';
import { type DatabaseRefusal, DatabaseRefused } from './database-refused.ts';
import { DatabaseUnavailable } from './database-unavailable.ts';
import { type OpenDatabaseOptions, openDatabase, openExistingDatabase } from './open-database.ts';
import { useAlone } from './use-alone.ts';

const SECRET = 'do-not-tell';

describe('a database on a server', () => {
  const clock = new FakeClock();
  let log: CapturedLog;
  let empty: EmptyDatabase;

  beforeEach(async () => {
    log = new CapturedLog();
    empty = await createEmpty();
  });

  afterEach(() => empty[Symbol.asyncDispose]());

  const options = (url: string = empty.url): OpenDatabaseOptions => ({ ...placeOf(url), log, clock });

  async function refusal(opening: () => Promise<unknown>): Promise<DatabaseRefusal> {
    const error = await opening().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof DatabaseRefused)) throw new Error('The database was not refused', { cause: error });
    expect(error.message).toMatch(/^The database postgres:\/\/127\.0\.0\.1:\d+\/\S+ .+\.$/);
    expect(error.message).not.toContain(SECRET);
    return error.reason;
  }

  const refusalOf = (url?: string): Promise<DatabaseRefusal> => refusal(() => openDatabase(options(url)));

  const changed = (change: (url: URL) => void): string => {
    const url = new URL(empty.url);
    change(url);
    return url.href;
  };

  it('is filled once, however many instances start at the same moment', async () => {
    const opened = await Promise.all(Array.from({ length: 5 }, () => openDatabase(options())));
    expect(log.lines.filter(({ message }) => message.includes('brought up to date'))).toHaveLength(1);
    await opened[0]?.transact(({ pinKeys }) => pinKeys.insert({ keyId: 'key-1', check: 'check' }));
    for (const database of opened) expect(await database.pinKeys.all()).toHaveLength(1);
    await Promise.all(opened.map((database) => database.close()));
  });

  it('is left as it was where the tables are those of another program', async () => {
    await runOn(empty.url, 'create table bookmark (url text)');
    expect(await refusalOf()).toBe('not-ours');
    await runOn(empty.url, 'create table kysely_migration (name text, timestamp text)');
    await runOn(empty.url, "insert into kysely_migration values ('2031-bookmarks', '')");
    expect(await refusalOf()).toBe('not-ours');
  });

  it('is refused when a newer version has changed it, and to tools before the service was there', async () => {
    expect(await refusal(() => openExistingDatabase(options(), 'read'))).toBe('older');
    await (await openDatabase(options())).close();
    await (await openExistingDatabase(options(), 'read')).close();
    await runOn(empty.url, "insert into kysely_migration values ('9999-holograms', '2036-01-01T00:00:00.000Z')");
    expect(await refusalOf()).toBe('newer');
  });

  it('can be read, and not be changed, by a tool that only reads', async () => {
    await (await openDatabase(options())).close();
    const tool = await openExistingDatabase(options(), 'read');
    expect(await tool.pinKeys.all()).toEqual([]);
    await expect(tool.pinKeys.insert({ keyId: 'key-1', check: 'check' })).rejects.toThrow();
    await tool.close();
    const service = await openDatabase(options());
    expect(await service.pinKeys.all()).toEqual([]);
    await service.close();
  });

  it('is not for a tool alone while a service is connected', async () => {
    const service = await openDatabase(options());
    await service.pinKeys.all();
    const place = placeOf(empty.url);
    expect(await refusal(() => useAlone(place))).toBe('in-use');
    await service.close();
    await (await useAlone(place)).release();
  });

  it('is refused with what to do where there is none, or not for this user', async () => {
    expect(await refusalOf(changed((url) => (url.pathname = '/nothing')))).toBe('absent');
    expect(await refusalOf(changed((url) => Object.assign(url, { username: 'nobody', password: SECRET })))).toBe(
      'login',
    );
    await runOn(empty.url, `create role reader login; revoke create on schema public from public`);
    try {
      expect(await refusalOf(changed((url) => (url.username = 'reader')))).toBe('forbidden');
    } finally {
      await runOn(empty.url, 'drop role reader');
    }
  });

  it('is refused where nobody answers, or without the security that was asked for', async () => {
    expect(await refusalOf(changed((url) => (url.port = '1')))).toBe('unreachable');
    expect(await refusalOf(changed((url) => (url.search = '?sslmode=require')))).toBe('untrusted');
    expect(await refusalOf(changed((url) => (url.search = '?sslmode=verify-ca&sslrootcert=/nowhere.pem')))).toBe(
      'unreadable',
    );
  });

  it('is refused in an encoding that lacks letters', async () => {
    await using latin = await createEmpty("encoding 'LATIN1' locale 'C'");
    expect(await refusalOf(latin.url)).toBe('encoding');
  });

  it('is opened with the password of a file, which is read anew for each connection', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'touchtone-password-'));
    try {
      const passwordFile = join(folder, 'password');
      const withFile = { ...options(), passwordFile };
      expect(await refusal(() => openDatabase(withFile))).toBe('unreadable');
      await writeFile(passwordFile, `${SECRET}\n`);
      await (await openDatabase(withFile)).close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('that somebody has taken a table from cannot be used, which is no fault of whoever asks', async () => {
    const database = await openDatabase(options());
    await runOn(empty.url, 'alter table pin_key rename to away');
    await expect(database.pinKeys.all()).rejects.toThrow(DatabaseUnavailable);
    await expect(database.transact(({ pinKeys }) => pinKeys.all())).rejects.toThrow(DatabaseUnavailable);
    expect(await database.outbox.nextDue()).toBeUndefined();
    await database.close();
  });

  it('that takes no connections any more cannot be used, which is no fault of whoever asks either', async () => {
    const database = await openDatabase(options());
    const elsewhere = changed((url) => (url.pathname = '/postgres'));
    const name = new URL(empty.url).pathname.slice(1);
    await runOn(elsewhere, `alter database "${name}" allow_connections false`);
    await runOn(elsewhere, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    const unavailable = { name: 'DatabaseUnavailable', interruption: 'refused' };
    await expect(database.pinKeys.all()).rejects.toMatchObject(unavailable);
    await expect(database.transact(({ pinKeys }) => pinKeys.all())).rejects.toMatchObject(unavailable);
    await runOn(elsewhere, `alter database "${name}" allow_connections true`);
    expect(await database.pinKeys.all()).toEqual([]);
    await database.close();
  });

  it('keeps and compares text by its bytes, as a file does, whatever its locale', async () => {
    const database = await openDatabase(options());
    for (const keyId of ['b', 'Z', 'é', 'a', 'É', '-']) await database.pinKeys.insert({ keyId, check: '' });
    expect((await database.pinKeys.all()).map(({ keyId }) => keyId)).toEqual(['-', 'Z', 'a', 'b', 'É', 'é']);
    await database.close();
  });
});
