import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKeyFile } from './security/key-file.ts';
import { lockDatabase } from './storage/database-lock.ts';
import { openDatabase } from './storage/open-database.ts';
import { CapturedLog } from './testing/captured-log.ts';
import { FakeClock } from './testing/clock.ts';
import { runProgram } from './testing/command.ts';

describe('npm run keys', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchtone-keys-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const file = () => join(folder, 'touchtone.sqlite');
  const run = (...args: readonly string[]) => runProgram('keys-main.ts', args, { DATA_DIR: folder });

  /** What a service does with the keys at its start; it ends with the returned function. */
  async function startService(): Promise<() => Promise<void>> {
    const lock = lockDatabase(file());
    const log = new CapturedLog();
    const database = await openDatabase({ file: file(), log, clock: new FakeClock() });
    await openKeyFile({ file: join(folder, 'touchtone.key'), create: true, pinKeys: database.pinKeys, log });
    return async () => {
      await database.close();
      lock.release();
    };
  }

  const keysInFile = async (): Promise<readonly Readonly<Record<string, string>>[]> =>
    JSON.parse(await readFile(join(folder, 'touchtone.key'), 'utf8')).keys;

  it('rotates while a service runs, and says what is to be done next', async () => {
    const stop = await startService();
    const [first] = await keysInFile();
    const { code, stdout, stderr } = await run('rotate');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const keys = await keysInFile();
    expect(keys.map(({ id }) => id)).toEqual([keys[0]?.id, first?.id]);
    expect(stdout).toContain(`A new key, ${keys[0]?.id}, is in front in ${join(folder, 'touchtone.key')}.`);
    expect(stdout).toContain('Restart the service');
    await stop();
  });

  it('shows what each key is needed for', async () => {
    await (await startService())();
    await run('rotate');
    const [second, first] = await keysInFile();
    const { code, stdout } = await run('status');
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, '|'))).toEqual([
      'key|role|PINs|PIN history|PINs in mails|decoys|audit records',
      `${second?.id}|current|0|0|0|0|0`,
      `${first?.id}|audit-only|0|0|0|0|1`,
      `\`npm run keys -- retire\` would take out ${first?.id}.`,
      '',
    ]);
  });

  it('retires when no service runs, and only then', async () => {
    const stop = await startService();
    await run('rotate');
    const before = await keysInFile();
    const refused = await run('retire');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('belongs to a service that is running; stop that one first');
    expect(await keysInFile()).toEqual(before);
    await stop();
    const { code, stdout } = await run('retire');
    expect(code).toBe(0);
    expect(stdout).toContain(`Taken out but for what checks audit records: ${before[1]?.id}.`);
    expect((await keysInFile()).map((key) => Object.keys(key))).toEqual([
      ['id', 'pinKey'],
      ['id', 'auditKey'],
    ]);
    expect((await run('retire')).stdout).toContain('Nothing was taken out');
    expect(await runProgram('audit-main.ts', [], { DATA_DIR: folder })).toMatchObject({ code: 0, stderr: '' });
    await (await startService())();
  });

  it('shows no key', async () => {
    await (await startService())();
    const outcomes = [await run('rotate'), await run('status'), await run('retire')];
    const said = JSON.stringify(outcomes);
    for (const { pinKey, auditKey } of await keysInFile()) expect(said).not.toContain(pinKey ?? auditKey);
  });

  it('does nothing that it was not told clearly', async () => {
    for (const args of [[], ['rotat'], ['rotate', 'retire'], ['rotate', '--force']]) {
      const { code, stdout, stderr } = await run(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('Usage: npm run keys');
    }
    const { code, stderr } = await run('rotate');
    expect(code).toBe(2);
    expect(stderr).toContain('is not there; start the service once');
  });
});
