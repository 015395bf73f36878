import { expect, it } from 'vitest';
import { RequestLimit } from './request-limit.ts';

const limits = { perSecond: 10, burst: 20, refusalsPerSecond: 1, refusalBurst: 3, sources: 3 };

it('takes a burst and then so many a second, tells of some of the rest, and passes over what is beyond', () => {
  let now = 0;
  const limit = new RequestLimit(limits, () => now);
  const take = (count: number, address = '192.0.2.1') => {
    const verdicts = Array.from({ length: count }, () => limit.take(address));
    return ['take', 'refuse', 'ignore'].map((kind) => verdicts.filter((verdict) => verdict === kind).length);
  };
  expect(take(30)).toEqual([20, 3, 7]);
  expect(take(20, '192.0.2.2')).toEqual([20, 0, 0]);
  now += 1_000;
  expect(take(15)).toEqual([10, 1, 4]);
  now += 60_000;
  expect(take(30)).toEqual([20, 3, 7]);
});

it('remembers a bounded number of sources, the latest, and takes an IPv6 network for one', () => {
  const limit = new RequestLimit(limits, () => 0);
  for (let i = 0; i < 1_000; i++) {
    limit.take(`10.0.${i >> 8}.${i & 255}`);
    limit.take('192.0.2.1');
  }
  expect(limit.size).toBe(3);
  expect(limit.take('192.0.2.1')).toBe('ignore');
  for (let i = 0; i < 23; i++) limit.take(`2001:db8::${i}`);
  expect(limit.take('2001:db8:0:0:1:2:3:4')).toBe('ignore');
  expect(limit.take('2001:db8:0:1::1')).toBe('take');
});
