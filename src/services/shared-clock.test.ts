import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CapturedLog } from '../testing/captured-log.ts';
import { FakeClock } from '../testing/clock.ts';
import { POSTGRES, SQLITE, type TestDatabase } from '../testing/databases.ts';
import { sharedClockOf } from './shared-clock.ts';

describe('the clock that decisions are made by', () => {
  let stored: TestDatabase;
  let opened: AsyncDisposableStack;
  const log = new CapturedLog();

  beforeEach(() => {
    opened = new AsyncDisposableStack();
  });

  afterEach(async () => {
    await opened.disposeAsync();
    await stored.dispose();
  });

  it('is the machine’s own where nobody else uses the database', async () => {
    stored = await SQLITE.create();
    const clock = new FakeClock();
    expect(await sharedClockOf(stored.database, { clock, log }, opened)).toBe(clock);
  });

  it('is that of the server, however wrong the machine’s own is, also when that is set', async () => {
    stored = await POSTGRES.create();
    const machine = new FakeClock(0);
    machine.waitFor(() => stored.settled());
    const clock = await sharedClockOf(stored.database, { clock: machine, log }, opened);
    const isRight = (): boolean => Math.abs(clock.now() - Date.now()) < 30_000;
    expect(isRight()).toBe(true);
    expect(clock.monotonic()).toBe(machine.monotonic());
    machine.setNow(5_000_000);
    expect(isRight()).toBe(false);
    await machine.advance(60_000);
    expect(isRight()).toBe(true);
    expect(log.lines.filter(({ level }) => level === 'warn').length).toBeGreaterThan(0);
    await opened.disposeAsync();
    expect(machine.pending).toBe(0);
  });
});
