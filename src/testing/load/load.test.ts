import { expect, it } from 'vitest';
import { Histogram } from './histogram.ts';
import { measureLevel, shortcomings } from './levels.ts';
import { startLoadService } from './load-service.ts';
import { slopeOf } from './trend.ts';
import { Capture } from './wire-spacing.ts';

it('holds calls with audio both ways, and tells how they fared', { timeout: 90_000 }, async () => {
  const subject = await startLoadService('embedded', 20);
  await using service = subject.service;
  const level = await measureLevel(subject, { calls: 10, measureMs: 6_000 });
  if (typeof level === 'string') throw new Error(level);
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
    sentSpacing: undefined,
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
  const sentSpacing = new Histogram();
  for (let count = 0; count < 100; count++) sentSpacing.add(20);
  expect(shortcomings({ ...level, sentSpacing })).toHaveLength(3);
});

it('reads from a capture how far apart packets were sent, however it is cut', () => {
  const packet = (atMicroseconds: number, sequence: number, timestamp: number): Buffer => {
    const record = Buffer.alloc(16 + 14 + 20 + 8 + 12);
    record.writeUInt32LE(1_700_000_000 + Math.floor(atMicroseconds / 1e6), 0);
    record.writeUInt32LE(atMicroseconds % 1e6, 4);
    record.writeUInt32LE(record.length - 16, 8);
    record.writeUInt16BE(20_004, 16 + 14 + 20);
    record.writeUInt16BE(sequence, 16 + 14 + 20 + 8 + 2);
    record.writeUInt32BE(timestamp, 16 + 14 + 20 + 8 + 4);
    return record;
  };
  const bytes = Buffer.concat([
    Buffer.alloc(24),
    packet(990_000, 65_535, 1_000),
    packet(1_010_500, 0, 1_160),
    // A packet that is missing, and a pause in the audio, say nothing of how punctual what follows is.
    packet(1_050_000, 2, 1_480),
    packet(1_950_000, 3, 8_680),
    packet(1_970_000, 4, 8_840),
  ]);
  for (const size of [1, 7, 100, bytes.length]) {
    const capture = new Capture();
    for (let at = 0; at < bytes.length; at += size) capture.read(bytes.subarray(at, at + size));
    expect(capture.spacing.count).toBe(2);
    expect(capture.spacing.max).toBeCloseTo(20.5, 3);
    capture.restart();
    expect(capture.spacing.count).toBe(0);
  }
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
