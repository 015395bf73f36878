import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { createAuditSealer } from './security/audit-sealer.ts';
import { openKeyFile } from './security/key-file.ts';
import { audit } from './services/audit.ts';
import { startAuditHeads } from './services/audit-head.ts';
import type { Database } from './services/ports/database.ts';
import { openDatabase } from './storage/open-database.ts';
import { CapturedLog } from './testing/captured-log.ts';
import { FakeClock } from './testing/clock.ts';
import { runProgram } from './testing/command.ts';

describe('npm run audit', () => {
  const clock = new FakeClock();
  let folder: string;
  let database: Database;
  let logFile: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchtone-audit-'));
    logFile = join(folder, 'service.log');
    // It is open as a running service has it.
    database = await openDatabase({ file: join(folder, 'touchtone.sqlite'), log: new CapturedLog(), clock });
    await write(10);
    await logHead();
  });

  afterEach(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (args: readonly string[] = [], input = '') =>
    runProgram('audit-main.ts', args, { DATA_DIR: folder }, input);

  async function write(count: number): Promise<void> {
    const file = join(folder, 'touchtone.key');
    const { keys } = await openKeyFile({ file, create: true, pinKeys: database.pinKeys, log: new CapturedLog() });
    for (let number = 0; number < count; number++) {
      await database.transact((stores) =>
        audit(stores, createAuditSealer(keys), clock.now(), {
          action: 'sign-in',
          outcome: 'failed',
          actor: { kind: 'caller' },
          source: { kind: 'call', callId: `call-${number}`, peer: '192.0.2.1' },
        }),
      );
    }
  }

  /** Writes the log of a service that starts now. */
  async function logHead(): Promise<void> {
    const lines: string[] = [];
    const log = createLogger('info', { write: (line) => lines.push(line) });
    log.info({}, 'Ready for calls');
    (await startAuditHeads({ audit: database.audit, clock, log }))();
    await writeFile(logFile, `no JSON\n${lines.join('')}`, { flag: 'a' });
  }

  function tamper(sql: string): void {
    using writer = new DatabaseSync(join(folder, 'touchtone.sqlite'));
    writer.exec(sql);
  }

  it('says that the trail is intact, and how it ends', async () => {
    const head = await database.audit.head();
    const { code, stdout, stderr } = await run();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      `The audit trail is intact: 10 records, head 10:${head?.mac}; that nothing was cut off at its end only --log and --head can show.\n`,
    );
    expect((await run(['--head', `10:${head?.mac}`])).stdout).toContain('all heads that were noted elsewhere (1)');
  });

  it('names the first broken record', async () => {
    tamper('update audit_record set at = at + 1 where sequence in (4, 7)');
    expect(await run()).toEqual({
      code: 1,
      stdout: 'The audit trail is broken at record 4: it, or the one before it, is not as it was sealed.\n',
      stderr: '',
    });
  });

  it('tells by the log of the service that the end was cut off', async () => {
    await write(5);
    await logHead();
    expect(await run(['--log', logFile])).toMatchObject({ code: 0, stderr: '' });
    tamper(`
      delete from audit_record where sequence > 12;
      update audit_head set (sequence, key_id, mac) =
        (select sequence, key_id, mac from audit_record where sequence = 12)`);
    expect(await run()).toMatchObject({ code: 0 });
    expect(await run(['--log', logFile])).toEqual({
      code: 1,
      stdout: 'The audit trail is broken at record 13: it is missing, and so are all that came after it.\n',
      stderr: '',
    });
  });

  it('takes heads from standard input and by hand', async () => {
    const line = JSON.stringify({ event: 'audit-head', sequence: 11, mac: 'x' });
    expect(await run(['--log', '-'], `${line}\n`)).toMatchObject({ code: 1 });
    const head = await database.audit.head();
    expect(await run(['--head', `10:${head?.mac}`, '--head', `9:${head?.mac}`])).toEqual({
      code: 1,
      stdout: 'The audit trail is broken at record 9: it is not the one that was there when its head was noted.\n',
      stderr: '',
    });
  });

  it('says why it cannot say', async () => {
    const unable = async (args: readonly string[] = []): Promise<string> => {
      const { code, stdout, stderr } = await run(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      return stderr;
    };
    expect(await unable(['--head', '10'])).toContain('10 is not a head');
    const link = Buffer.alloc(32).toString('base64');
    expect(await unable(['--head', `0:${link}`])).toContain(`0:${link} is not a head`);
    expect(await unable(['--nonsense'])).toContain('Usage: npm run audit');
    await writeFile(logFile, '{"msg":"Ready for calls"}\n');
    expect(await unable(['--log', logFile])).toContain('tells no head');
    expect(await unable(['--log', join(folder, 'none')])).toMatch(/^The log .* cannot be read \(ENOENT\)\./);
    expect(await unable(['--log', folder])).toContain('cannot be read (EISDIR)');
    await rename(join(folder, 'touchtone.key'), join(folder, 'away'));
    expect(await unable()).toContain('is missing');
    const other = JSON.stringify({ keys: [{ id: 'other', pinKey: Buffer.alloc(32).toString('base64') }] });
    await writeFile(join(folder, 'touchtone.key'), other, { mode: 0o600 });
    expect(await unable()).toContain('does not belong to this database');
  });

  it('makes nothing where there is nothing', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'touchtone-audit-'));
    try {
      const outcome = await runProgram('audit-main.ts', [], { DATA_DIR: empty });
      expect(outcome).toMatchObject({ code: 2, stdout: '' });
      expect(outcome.stderr).toContain('is not there');
      expect(await readdir(empty)).toEqual([]);
    } finally {
      await rm(empty, { recursive: true });
    }
  });
});
