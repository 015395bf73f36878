import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CapturedLog } from '../testing/captured-log.ts';
import { FakeClock } from '../testing/clock.ts';
import { lockDatabase } from './database-lock.ts';
import { openDatabase } from './open-database.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchtone-lock-'));
  file = join(folder, 'data', 'touchtone.sqlite');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the lock of a database', () => {
  it('is one service’s at a time, and the next one’s when it is released', () => {
    const first = lockDatabase(file);
    expect(() => lockDatabase(file)).toThrow(
      `The database ${file} belongs to a service that is running; stop that one first, or choose another DATA_DIR or DATABASE_URL.`,
    );
    first.release();
    first.release();
    lockDatabase(file).release();
  });

  it('does not keep the database itself closed to others', async () => {
    const lock = lockDatabase(file);
    const database = await openDatabase({ file, log: new CapturedLog(), clock: new FakeClock(), busyTimeout: 0 });
    await database.close();
    lock.release();
  });

  it('is one file for this user only, in a folder for this user only', async () => {
    const lock = lockDatabase(file);
    expect(await readdir(join(folder, 'data'))).toEqual(['touchtone.sqlite.lock']);
    expect((await stat(`${file}.lock`)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    lock.release();
  });

  it('cannot be had where no file can be made', async () => {
    await writeFile(join(folder, 'data'), '');
    expect(() => lockDatabase(file)).toThrow(`The database ${file} cannot be opened for writing`);
  });
});
