import { describe, expect, it } from 'vitest';
import { LoadMeter, machineSeconds, processSeconds } from './load-meter.ts';

describe('the times under /proc', () => {
  it('of a process are read past a name with spaces and parentheses', () => {
    const stat = '4242 (no) de (1) S 1 4242 4242 0 -1 4194304 5000 0 12 0 250 50 7 9 20 0 11 0 123456 1000000 9000';
    expect(processSeconds(stat)).toBe(3);
  });

  it('of the machine are all but idle and waiting ones', () => {
    const stat = 'cpu  100 20 30 99999 88888 4 5 6 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n';
    expect(machineSeconds(stat)).toBe(1.65);
  });
});

describe('LoadMeter', () => {
  it('tells how busy a process was, and how late its event loop', async () => {
    const meter = await LoadMeter.start(process.pid);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const until = performance.now() + 300;
    while (performance.now() < until) Math.sqrt(until);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const load = await meter.stop();
    expect(load.elapsedMs).toBeGreaterThan(350);
    // The loop had 300 ms of wall-clock time; how much of it a busy machine gave this process is not known.
    expect(load.loopDelay.max).toBeGreaterThan(280);
    expect(load.loopDelay.max).toBeLessThan(load.elapsedMs);
    expect(load.own).toBeGreaterThan(0);
    if (process.platform === 'linux') expect(load.service).toBeGreaterThan(0);
  });

  it('does without a process that is not there', async () => {
    const meter = await LoadMeter.start(undefined);
    expect((await meter.stop()).service).toBeUndefined();
  });
});
