import { describe, expect, it } from 'vitest';
import { CapturedLog } from '../testing/captured-log.ts';
import { FakeClock } from '../testing/clock.ts';
import { everyHour } from './hourly.ts';

const AN_HOUR = 3_600_000;

describe('a task of every hour', () => {
  it('is done an hour from now and every hour after, until it is ended', async () => {
    const clock = new FakeClock();
    let done = 0;
    const end = everyHour({ clock, log: new CapturedLog() }, async () => void done++, 'It cannot be done');
    await clock.advance(AN_HOUR - 1);
    expect(done).toBe(0);
    await clock.advance(1);
    expect(done).toBe(1);
    await clock.advance(3 * AN_HOUR);
    expect(done).toBe(4);
    end();
    expect(clock.pending).toBe(0);
    await clock.advance(AN_HOUR);
    expect(done).toBe(4);
  });

  it('is tried again an hour after it failed, and the failure is logged', async () => {
    const clock = new FakeClock();
    const log = new CapturedLog();
    const end = everyHour({ clock, log }, () => Promise.reject(new Error('No disk')), 'It cannot be done');
    await clock.advance(2 * AN_HOUR);
    expect(log.lines).toMatchObject([
      { level: 'error', message: 'It cannot be done', fields: { fault: { message: 'No disk' } } },
      { level: 'error' },
    ]);
    end();
    expect(clock.pending).toBe(0);
  });

  it('is not done again when it is ended while it is done, and then says nothing of its failure', async () => {
    const clock = new FakeClock();
    const log = new CapturedLog();
    const { promise, reject } = Promise.withResolvers<void>();
    const end = everyHour({ clock, log }, () => promise, 'It cannot be done');
    await clock.advance(AN_HOUR);
    end();
    reject(new Error('Closed'));
    await clock.advance(2 * AN_HOUR);
    expect(log.lines).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
