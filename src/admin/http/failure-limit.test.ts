import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/clock.ts';
import { FailureLimit } from './failure-limit.ts';

describe('the limit of failures', () => {
  let clock: FakeClock;
  let limit: FailureLimit;
  beforeEach(() => {
    clock = new FakeClock();
    limit = new FailureLimit(clock);
  });
  const takeMany = (address: string, count: number) =>
    Array.from({ length: count }, () => limit.take(address)).filter(({ kind }) => kind === 'taken').length;

  it('is twenty at once, and one in three seconds after that', async () => {
    expect(takeMany('192.0.2.1', 100)).toBe(20);
    expect(limit.take('192.0.2.1')).toEqual({ kind: 'used-up', seconds: 3 });
    await clock.advance(2_000);
    expect(limit.take('192.0.2.1')).toEqual({ kind: 'used-up', seconds: 1 });
    await clock.advance(1_000);
    expect(takeMany('192.0.2.1', 100)).toBe(1);
    await clock.advance(3_600_000);
    expect(takeMany('192.0.2.1', 100)).toBe(20);
  });

  it('does not count what was a success', () => {
    for (let count = 0; count < 100; count++) {
      expect(limit.take('192.0.2.1').kind).toBe('taken');
      limit.giveBack('192.0.2.1');
    }
    expect(takeMany('192.0.2.1', 100)).toBe(20);
  });

  it('is one for a /64 of IPv6, and for each address of IPv4, however it is written', () => {
    expect(takeMany('2001:db8::1', 15) + takeMany('2001:db8::ffff', 15)).toBe(20);
    expect(takeMany('2001:db8:0:1::1', 30)).toBe(20);
    expect(takeMany('192.0.2.1', 15) + takeMany('::ffff:192.0.2.1', 15)).toBe(20);
    expect(takeMany('192.0.2.2', 30)).toBe(20);
  });

  it('remembers ten thousand sources, and forgets those of the longest ago', () => {
    expect(takeMany('192.0.2.1', 30)).toBe(20);
    for (let source = 0; source < 10_000; source++)
      limit.take(`10.${source >> 16}.${(source >> 8) & 255}.${source & 255}`);
    expect(takeMany('192.0.2.1', 30)).toBe(20);
  });
});
