import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../services/ports/database.ts';
import type { PinKeyStore } from '../services/ports/pin-key-store.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { DATABASE_KINDS, type TestDatabase } from '../testing/databases.ts';
import { openKeyFile } from './key-file.ts';
import { type KeyFileRefusal, KeyFileRefused } from './key-file-refused.ts';

/** A store's methods by themselves, for some of them to be put in others' place. */
function bound(store: PinKeyStore): PinKeyStore {
  return {
    all: () => store.all(),
    insert: (key) => store.insert(key),
    update: (key) => store.update(key),
    remove: (keyId) => store.remove(keyId),
    uses: () => store.uses(),
  };
}

describe.each(DATABASE_KINDS)('openKeyFile with $name', (kind) => {
  let folder: string;
  let file: string;
  let log: CapturedLog;
  let stored: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchtone-keys-'));
    file = join(folder, 'data', 'secret-keys.json');
    log = new CapturedLog();
    stored = await kind.create();
    database = stored.database;
  });

  afterEach(async () => {
    await stored.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (create = true) => openKeyFile({ file, create, pinKeys: database.pinKeys, log });

  async function refusal(create = true): Promise<KeyFileRefusal> {
    const error = await open(create).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof KeyFileRefused)) throw new Error('The key file was not refused', { cause: error });
    expect(error.message).toContain(file);
    expect(error.message).toMatch(/^The key file .+\.$/);
    return error.reason;
  }

  it('makes a key of 32 random bytes, for this user only, and leaves nothing else behind', async () => {
    const { keys, retired } = await open();
    expect([keys.length, retired.length]).toEqual([1, 0]);
    expect(keys[0].key).toHaveLength(32);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'data'))).toEqual(['secret-keys.json']);
    await rm(file);
    await stored.dispose();
    stored = await kind.create();
    database = stored.database;
    expect((await open()).keys[0].key).not.toEqual(keys[0].key);
  });

  it('reads the same key again', async () => {
    const keys = await open();
    database = await stored.reopen();
    expect(await open()).toEqual(keys);
  });

  it('gives two processes that start at once the same key', async () => {
    const [one, other] = await Promise.all([open(), open()]);
    expect(one).toEqual(other);
    expect(await database.pinKeys.all()).toHaveLength(1);
  });

  it('takes the key of a process that has made and entered it just before the database was asked', async () => {
    let other: ReturnType<typeof open> | undefined;
    const { pinKeys } = database;
    const all: typeof pinKeys.all = async () => {
      other ??= open();
      await other;
      return pinKeys.all();
    };
    const late = { ...bound(pinKeys), all };
    expect(await openKeyFile({ file, create: true, pinKeys: late, log })).toEqual(await other);
  });

  it('writes of the key neither to the database nor to the log', async () => {
    const [{ key }] = (await open()).keys;
    const written = JSON.stringify([await stored.rows(), log.lines]);
    for (const encoding of ['base64', 'hex', 'base64url'] as const)
      expect(written).not.toContain(key.toString(encoding));
  });

  it('refuses to go on without the file once PINs were hashed, and makes no other', async () => {
    await open();
    await rm(file);
    expect(await refusal()).toBe('missing');
    expect(await readdir(join(folder, 'data'))).toEqual([]);
  });

  it('refuses a file that was named and is not there', async () => {
    expect(await refusal(false)).toBe('missing');
  });

  it('refuses the file of another database', async () => {
    await open();
    await rm(file);
    const other = await kind.create();
    await openKeyFile({ file, create: true, pinKeys: other.database.pinKeys, log });
    await other.dispose();
    expect(await refusal()).toBe('wrong');
  });

  it('refuses another key under the same id', async () => {
    const [{ id }] = (await open()).keys;
    await writeFile(file, JSON.stringify({ keys: [{ id, pinKey: Buffer.alloc(32, 7).toString('base64') }] }));
    expect(await refusal()).toBe('wrong');
  });

  it('takes a new key in front of the old one', async () => {
    const [old] = (await open()).keys;
    const added = { id: 'added', pinKey: Buffer.alloc(32, 7).toString('base64') };
    await writeFile(file, JSON.stringify({ keys: [added, { id: old.id, pinKey: old.key.toString('base64') }] }));
    const { keys } = await open();
    expect(keys.map(({ id }) => id)).toEqual(['added', old.id]);
    expect((await database.pinKeys.all()).map(({ keyId }) => keyId).sort()).toEqual(['added', old.id].sort());
  });

  it.each([
    ['', 'nothing'],
    ['secret', 'no JSON'],
    ['null', 'null'],
    ['{"keys":[]}', 'no key'],
    ['{"keys":{}}', 'no list'],
    ['{"keys":[{"id":"a"}]}', 'a key without bytes'],
    ['{"keys":[{"id":"a","pinKey":"AAAA"}]}', 'a short key'],
    [`{"keys":[{"id":"a b","pinKey":"${Buffer.alloc(32).toString('base64')}"}]}`, 'an odd id'],
    [`{"keys":[{"id":"a","pinKey":"${Buffer.alloc(32).toString('base64')} "}]}`, 'blanks in a key'],
    [
      `{"keys":[${'{"id":"a","pinKey":"K"},'.repeat(2).replaceAll('K', Buffer.alloc(32).toString('base64')).slice(0, -1)}]}`,
      'an id twice',
    ],
  ])('refuses a file with %j: %s', async (content) => {
    await mkdir(join(folder, 'data'));
    await writeFile(file, content, { mode: 0o600 });
    expect(await refusal()).toBe('malformed');
  });

  it.runIf(process.platform !== 'win32')('refuses a file that others may read or its group may write', async () => {
    await open();
    for (const mode of [0o604, 0o602, 0o620, 0o660, 0o644, 0o666]) {
      await chmod(file, mode);
      expect(await refusal()).toBe('exposed');
    }
  });

  it.runIf(process.platform !== 'win32')('warns of a file that its group may read', async () => {
    await open();
    await chmod(file, 0o440);
    await open();
    expect(log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'The key file can be read by its whole group',
    ]);
  });

  it('refuses a folder in its place, and a place where it cannot be made', async () => {
    await mkdir(file, { recursive: true });
    expect(await refusal()).toBe('unreadable');
    await rm(join(folder, 'data'), { recursive: true });
    await writeFile(join(folder, 'data'), '');
    expect(await refusal()).toBe('unreadable');
    expect(await readFile(join(folder, 'data'), 'utf8')).toBe('');
  });
});
