import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../services/ports/database.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { FakeClock } from '../testing/clock.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { DECOYS, insertMailbox, PLAN } from '../testing/directory-rows.ts';
import { useDatabase } from '../testing/use-database.ts';
import { type DatabaseRefusal, DatabaseRefused } from './database-refused.ts';
import { BuiltInSqliteDialect } from './dialects/sqlite-dialect.ts';
import { openSqliteFile } from './dialects/sqlite-file.ts';
import { migrate } from './migrate.ts';
import { migrationsFor } from './migrations/migrations.ts';
import { openDatabase } from './open-database.ts';
import type { Schema } from './schema.ts';

let folder: string;
let file: string;
const log = new CapturedLog();
const clock = new FakeClock();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchtone-open-'));
  file = join(folder, 'data', 'touchtone.db');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function create(): Promise<void> {
  const database = await openDatabase({ file, log, clock });
  await database.close();
}

/** Changes the file as another program would. */
function tamper(change: (database: DatabaseSync) => void): void {
  using database = new DatabaseSync(file);
  change(database);
}

async function refusalOf(busyTimeout = 0): Promise<DatabaseRefusal> {
  const error = await openDatabase({ file, log, clock, busyTimeout }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DatabaseRefused)) throw new Error('The database was not refused', { cause: error });
  // A sentence for the operator: which file it is, and something to do.
  expect(error.message).toMatch(/^The database .+\.$/);
  expect(error.message).toContain(file);
  return error.reason;
}

describe('a new database', () => {
  it('is made with its folder, for this user only', async () => {
    await create();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
  });

  it('keeps its log beside it, for this user only', async () => {
    const database = await openDatabase({ file, log, clock });
    expect((await stat(`${file}-wal`)).mode & 0o777).toBe(0o600);
    expect((await stat(`${file}-shm`)).mode & 0o777).toBe(0o600);
    await database.close();
  });

  it('has the modes that commits depend on, and typed tables', async () => {
    using database = openSqliteFile(file, 0);
    const pragma = (name: string): unknown => Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0];
    expect([pragma('journal_mode'), pragma('synchronous'), pragma('foreign_keys'), pragma('secure_delete')]).toEqual([
      'wal',
      2,
      1,
      1,
    ]);
    await create();
    const tables = database.prepare("select name, strict from pragma_table_list where schema = 'main'").all();
    const loose = tables.filter(({ name, strict }) => strict === 0 && !/^(sqlite|kysely)_/.test(String(name)));
    expect(loose).toEqual([]);
    expect(tables.length).toBeGreaterThan(13);
  });

  it('is opened again as it was', async () => {
    await create();
    const before = log.lines.length;
    await create();
    expect(log.lines).toHaveLength(before);
  });
});

describe('openDatabase refuses', () => {
  it('a file that is no database, and leaves it alone', async () => {
    await mkdir(join(folder, 'data'));
    const content = 'These are the notes of somebody who never heard of us.\n'.repeat(100);
    await writeFile(file, content);
    expect(await refusalOf()).toBe('damaged');
    expect(await readFile(file, 'utf8')).toBe(content);
  });

  it('a database whose pages are broken', async () => {
    await create();
    const bytes = await readFile(file);
    // The header stays whole, all else is gone: SQLite opens such a file without complaint.
    await writeFile(file, bytes.fill(0xa5, 4096));
    expect(await refusalOf()).toBe('damaged');
  });

  it('a database that was cut off', async () => {
    await create();
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, 4096 + 100));
    expect(await refusalOf()).toBe('damaged');
  });

  it("another program's database, and leaves it alone", async () => {
    await mkdir(join(folder, 'data'));
    tamper((database) => database.exec('create table bookmark (url text)'));
    const before = await readFile(file);
    expect(await refusalOf()).toBe('not-ours');
    expect(await readFile(file)).toEqual(before);
  });

  it('a database of a newer version, and leaves it alone', async () => {
    await create();
    tamper((database) =>
      database.exec("insert into kysely_migration values ('9999-holograms', '2036-01-01T00:00:00.000Z')"),
    );
    const before = await readFile(file);
    expect(await refusalOf()).toBe('newer');
    expect(await readFile(file)).toEqual(before);
  });

  it('a database that another process does not let go of', async () => {
    await create();
    using other = new DatabaseSync(file);
    other.exec('pragma locking_mode = exclusive; begin exclusive');
    expect(await refusalOf()).toBe('locked');
    other.exec('rollback');
  });

  it('a path that is a folder, and one below a file', async () => {
    await mkdir(file, { recursive: true });
    expect(await refusalOf()).toBe('unwritable');
    await rm(join(folder, 'data'), { recursive: true });
    await writeFile(join(folder, 'data'), '');
    expect(await refusalOf()).toBe('unwritable');
  });

  it.runIf(process.platform !== 'win32').each(['file', 'folder'] as const)(
    'a %s that this user may not write',
    async (what) => {
      await create();
      await chmod(folder, 0o755);
      await chmod(join(folder, 'data'), what === 'folder' ? 0o555 : 0o777);
      await chmod(file, 0o444);
      expect(await reasonForUnprivilegedUser()).toBe('unwritable');
    },
  );
});

/** Root may write everywhere, so where the tests run as root, another user tries. */
async function reasonForUnprivilegedUser(): Promise<string> {
  const program = `
    import { openDatabase } from ${JSON.stringify(new URL('open-database.ts', import.meta.url).href)};
    const log = { info() {}, warn() {} };
    const clock = Date;
    const error = await openDatabase({ file: ${JSON.stringify(file)}, log, clock }).then(() => undefined, (reason) => reason);
    process.stdout.write(String(error?.reason));`;
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chown(file, 65_534, 65_534);
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: tmpdir(),
  });
  const read = async (stream: AsyncIterable<Buffer>): Promise<string> =>
    Buffer.concat(await Array.fromAsync(stream)).toString();
  const [output, errors] = await Promise.all([read(child.stdout), read(child.stderr)]);
  return output === '' ? errors : output;
}

describe('migrations', () => {
  const open = () => new Kysely<Schema>({ dialect: new BuiltInSqliteDialect(openSqliteFile(file, 0)) });

  it('leave nothing behind when one of them fails', async () => {
    const failing = {
      ...migrationsFor('sqlite', clock),
      '9999-broken': {
        up: async () => {
          throw new Error('The disk fell out');
        },
      },
    };
    const first = open();
    await expect(migrate(first, failing, file, log)).rejects.toThrow('The disk fell out');
    const tables = await first.introspection.getTables();
    expect(tables).toEqual([]);
    await first.destroy();
    // And the next start succeeds as if it had been the first.
    await create();
  });

  it('are run once', async () => {
    const first = open();
    await migrate(first, migrationsFor('sqlite', clock), file, log);
    await migrate(first, migrationsFor('sqlite', clock), file, log);
    await first.destroy();
    expect(log.lines.filter(({ message }) => message.includes('brought up to date')).length).toBeGreaterThan(0);
  });
});

describe('a transaction', () => {
  it('is ended before the database is closed', async () => {
    const database = await openDatabase({ file, log, clock });
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const work = database.transact(async (stores) => {
      await gate;
      await stores.pinKeys.insert({ keyId: 'late', check: 'late' });
    });
    const closed = database.close();
    open();
    await Promise.all([work, closed]);
    await expect(database.pinKeys.all()).rejects.toThrow();
    const again = await openDatabase({ file, log, clock });
    expect(await again.pinKeys.all()).toEqual([{ keyId: 'late', check: 'late' }]);
    await again.close();
    await again.close();
  });
});

describe('a transaction of a database that', () => {
  const insert = (database: Database, keyId: string): Promise<void> =>
    database.transact(({ pinKeys }) => pinKeys.insert({ keyId, check: 'check' }));

  it.each(['removed', 'replaced'] as const)(
    'was %s is refused until the file is back, and lost is nothing',
    async (how) => {
      const database = await openDatabase({ file, log, clock });
      await insert(database, 'before');
      const aside = `${file}.aside`;
      await rename(file, aside);
      if (how === 'replaced') await copyFile(aside, file);
      const error = await insert(database, 'meanwhile').catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: 'DatabaseRefused', reason: 'moved', file });
      await rename(aside, file);
      await insert(database, 'after');
      expect((await database.pinKeys.all()).map(({ keyId }) => keyId).sort()).toEqual(['after', 'before']);
      await database.close();
    },
  );

  it('cannot grow says so, and goes on when it can', async () => {
    await create();
    const connection = openSqliteFile(file, 0);
    const kysely = new Kysely<Schema>({ dialect: new BuiltInSqliteDialect(connection) });
    const fill = (): Promise<unknown> =>
      kysely.transaction().execute((transaction) =>
        transaction
          .insertInto('pin_key')
          .values({ id: 'large', check_value: 'x'.repeat(100_000) })
          .execute(),
      );
    const setting = (pages: number): void => connection.exec(`pragma max_page_count = ${pages}`);
    setting(1);
    await expect(fill()).rejects.toThrow('database or disk is full');
    setting(2 ** 30);
    await fill();
    expect(await kysely.selectFrom('pin_key').select('id').execute()).toEqual([{ id: 'large' }]);
    await kysely.destroy();
  });
});

describe.each(DATABASE_KINDS)('a database on $name', (kind) => {
  const used = useDatabase(kind);

  it('stores all of a transaction or nothing', async () => {
    const { dialPlans, pinKeys } = used.database;
    const failing = used.database.transact(async (stores) => {
      await insertMailbox(stores);
      throw new Error('No');
    });
    await expect(failing).rejects.toThrow('No');
    expect(await dialPlans.isEmpty()).toBe(true);
    expect(await pinKeys.all()).toEqual([]);
    await used.database.transact(insertMailbox);
    expect(await dialPlans.byId(PLAN.id)).toEqual(PLAN);
  });

  it('tells of each statement when it is done, and of what begins and ends transactions', async () => {
    used.stored.takeStatements();
    await used.database.transact(async ({ sourceFailures }) => sourceFailures.add('one', 1));
    const failing = used.database.transact(async () => {
      throw new Error('No');
    });
    await expect(failing).rejects.toThrow('No');
    await used.database.dialPlans.insert(PLAN, ['5000']);
    const words = used.stored.takeStatements().map((statement) => statement.split(' ', 1)[0]);
    const dialPlan = ['begin', 'insert', 'insert', 'commit'];
    expect(words).toEqual(['begin', 'insert', 'commit', 'begin', 'rollback', ...dialPlan]);
  });

  it('keeps what it has said to be stored when the process is killed', async () => {
    await insertMailbox(used.database);
    const { path } = used.stored;
    await used.database.close();
    const writer = fileURLToPath(new URL('../testing/attempt-writer.ts', import.meta.url));
    const child = spawn(process.execPath, [writer, path, PLAN.id, '99999', DECOYS[0]], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let reported = 0;
    for await (const line of createInterface(child.stdout)) {
      reported = Number(line);
      if (reported === 20) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
    expect(reported).toBeGreaterThanOrEqual(20);
    await used.stored.reopen();
    const decoy = (await used.rowsOf('credential')).find(({ id }) => id === DECOYS[0]);
    // At most one attempt more was committed than could be reported.
    expect(Number(decoy?.elsewhere_failures) - reported).toBeOneOf([0, 1]);
  });
});
