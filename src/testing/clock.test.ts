import { describe, expect, it } from 'vitest';
import { FakeClock } from './clock.ts';

describe('FakeClock', () => {
  it('runs timers in the order they are due, equal ones in the order they were set', async () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    clock.after(20, () => ran.push(`b at ${clock.monotonic()}`));
    clock.after(10, () => ran.push(`a at ${clock.monotonic()}`));
    clock.after(20, () => ran.push(`c at ${clock.monotonic()}`));
    clock.after(21, () => ran.push('late'));

    await clock.advance(20);

    expect(ran).toEqual(['a at 10', 'b at 20', 'c at 20']);
    expect(clock.monotonic()).toBe(20);
    expect(clock.pending).toBe(1);
  });

  it('runs timers that are set while it moves, at their own time', async () => {
    const clock = new FakeClock();
    const ran: number[] = [];
    clock.after(10, () => {
      clock.after(5, () => ran.push(clock.monotonic()));
    });

    await clock.advance(100);

    expect(ran).toEqual([15]);
    expect(clock.monotonic()).toBe(100);
  });

  it('lets promises settle between two timers', async () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    clock.after(1, () => {
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => seen.push('promise of the first'));
    });
    clock.after(2, () => seen.push('second'));

    await clock.advance(2);

    expect(seen).toEqual(['promise of the first', 'second']);
  });

  it('does not run a cancelled timer, not even one cancelled by another that is due at the same time', async () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    let cancelSecond = (): void => {};
    clock.after(1, () => {
      ran.push('first');
      cancelSecond();
    });
    cancelSecond = clock.after(1, () => ran.push('second'));

    await clock.advance(1);
    cancelSecond();

    expect(ran).toEqual(['first']);
    expect(clock.pending).toBe(0);
  });

  it('keeps timers and the monotonic time when the wall clock is set', async () => {
    const clock = new FakeClock(1_000);
    await clock.advance(10);
    clock.setNow(500_000);
    expect([clock.now(), clock.monotonic()]).toEqual([500_000, 10]);
    await clock.advance(10);
    expect([clock.now(), clock.monotonic()]).toEqual([500_010, 20]);
  });

  it('moves on until a promise settles, and no further', async () => {
    const clock = new FakeClock();
    const twice = async (): Promise<string> => {
      for (let round = 0; round < 2; round += 1) {
        await new Promise<void>((resolve) => clock.after(30, resolve));
      }
      return 'done';
    };
    clock.after(61, () => {});

    await expect(clock.untilSettled(twice())).resolves.toBe('done');
    expect(clock.monotonic()).toBe(60);
    await expect(clock.untilSettled(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('says so when a promise cannot settle any more, or not within the limit', async () => {
    const clock = new FakeClock();
    await expect(clock.untilSettled(new Promise(() => {}))).rejects.toThrow(/no timer is waiting/);
    clock.after(100, () => {});
    await expect(clock.untilSettled(new Promise(() => {}), 99)).rejects.toThrow(/due after the limit/);
  });

  it('refuses impossible durations, being moved twice at once, and passes on what a callback throws', async () => {
    const clock = new FakeClock();
    expect(() => clock.after(-1, () => {})).toThrow(RangeError);
    expect(() => clock.after(Number.NaN, () => {})).toThrow(RangeError);
    await expect(clock.advance(Number.POSITIVE_INFINITY)).rejects.toThrow(RangeError);

    const first = clock.advance(1);
    await expect(clock.advance(1)).rejects.toThrow(/before the last call/);
    await first;

    clock.after(1, () => {
      throw new Error('the callback failed');
    });
    await expect(clock.advance(5)).rejects.toThrow('the callback failed');
    await clock.advance(5);
    expect(clock.monotonic()).toBe(7);
  });
});
