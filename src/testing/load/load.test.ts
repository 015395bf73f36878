import { expect, it } from 'vitest';
import { Histogram } from './histogram.ts';
import { measureLevel, shortcomings } from './levels.ts';
import { startLoadService } from './load-service.ts';
import { slopeOf } from './trend.ts';

it('holds calls with audio both ways, and tells how they fared', { timeout: 90_000 }, async () => {
  const subject = await startLoadService('embedded', 20);
  await using service = subject.service;
  const level = await measureLevel(subject, { calls: 10, measureMs: 6_000 });
  // How punctual packets are and what a call costs is not for a machine that does other things, too.
  expect(level).toMatchObject({ calls: 10, held: 10, lostCalls: 0, losses: '', lostToService: 0, lostToCallers: 0 });
  expect(level.received).toBeGreaterThan(500);
  expect(level.spacing.count).toBeGreaterThan(500);
  expect(level.spacing.percentile(0.5)).toBeGreaterThan(10);
  expect(level.keyWaits.count).toBeGreaterThan(0);
  expect(level.lateness.count).toBeGreaterThan(0);
  expect(level.cores).toBeGreaterThan(0);
  await service.stop();
});

it('says what a level falls short of', () => {
  const spacing = new Histogram();
  for (let count = 0; count < 100; count++) spacing.add(count < 98 ? 20 : 27);
  const none = new Histogram();
  const level = {
    name: 'embedded',
    calls: 100,
    held: 99,
    lostCalls: 1,
    losses: '1 × 500',
    lostToService: 2,
    lostToCallers: 3,
    received: 100,
    spacing,
    keyWaits: none,
    lateness: none,
    cores: 0.2,
    callerCores: 0,
    memory: 1,
  };
  expect(shortcomings(level)).toEqual([
    '99 of 100 calls were held, and 1 lost (1 × 500)',
    '5 packets were lost',
    'packets come up to 7.0 ms off their time (p99; the callers were 0.0 ms late themselves)',
    'a call takes 0.200 % of a core',
  ]);
});

it('keeps times to a tenth of a millisecond, and adds them up', () => {
  const [one, other] = [new Histogram(), new Histogram()];
  for (let count = 1; count <= 99; count++) one.add(count / 10);
  other.add(5_000);
  one.addAll(other.data);
  expect(one.count).toBe(100);
  expect(one.max).toBe(5_000);
  expect(one.percentile(0.5)).toBeCloseTo(5.05, 0);
  expect(one.percentile(1)).toBe(1_000);
  one.clear();
  expect([one.count, one.percentile(0.99)]).toEqual([0, 0]);
});

it('finds the slope of what grows and of what does not', () => {
  expect(
    slopeOf([
      [0, 1],
      [10, 3],
      [20, 5],
    ]),
  ).toBeCloseTo(0.2);
  expect(
    slopeOf([
      [0, 1],
      [10, 1],
    ]),
  ).toBe(0);
  expect(slopeOf([[5, 7]])).toBe(0);
});
