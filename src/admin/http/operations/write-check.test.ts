import { rename } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { CapturedLog } from '../../../testing/captured-log.ts';
import { FakeClock } from '../../../testing/clock.ts';
import { DATABASE_KINDS, SQLITE } from '../../../testing/databases.ts';
import { WriteCheck } from './write-check.ts';

describe('whether something can be stored', () => {
  const clock = new FakeClock();
  afterEach(() => expect(clock.pending).toBe(0));

  it.each(DATABASE_KINDS)('is found out by a commit that stores nothing: $name', async (kind) => {
    const stored = await kind.create();
    const before = await stored.rows();
    stored.takeStatements();
    const check = new WriteCheck({ database: stored.database, clock, log: new CapturedLog() });
    expect(await check.comesThrough()).toBe(true);
    const statements = stored.takeStatements();
    expect([statements.length, statements.at(-1)]).toEqual([3, 'commit']);
    expect(await stored.rows()).toEqual(before);
    await stored.dispose();
  });

  it('is not so while the file is away, of which the log is told once', async () => {
    const stored = await SQLITE.create();
    const log = new CapturedLog();
    const check = new WriteCheck({ database: stored.database, clock, log });
    await rename(stored.path, `${stored.path}.away`);
    expect([await check.comesThrough(), await check.comesThrough()]).toEqual([false, false]);
    await rename(`${stored.path}.away`, stored.path);
    expect(await check.comesThrough()).toBe(true);
    const messages = ['The database stores nothing', 'The database stores again'];
    expect(log.lines.map(({ message }) => message)).toEqual(messages);
    await stored.dispose();
  });

  it('is tried once at a time, and again five seconds after it went well', async () => {
    const attempts: PromiseWithResolvers<void>[] = [];
    const tryStoring = (): Promise<void> => {
      const attempt = Promise.withResolvers<void>();
      attempts.push(attempt);
      return attempt.promise;
    };
    const check = new WriteCheck({ database: { tryStoring }, clock, log: new CapturedLog() });
    const asked = [check.comesThrough(), check.comesThrough()];
    await clock.advance(2_000);
    expect(await Promise.all(asked)).toEqual([false, false]);
    const later = check.comesThrough();
    expect(attempts).toHaveLength(1);
    attempts[0]?.resolve();
    expect(await later).toBe(true);
    await clock.advance(4_999);
    expect(await check.comesThrough()).toBe(true);
    expect(attempts).toHaveLength(1);
    await clock.advance(1);
    const again = check.comesThrough();
    attempts[1]?.reject(new Error('No'));
    expect(await again).toBe(false);
  });
});
