import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/clock.ts';
import { Pacer } from './pacer.ts';

/** A stream that notes when it was called, and goes on at its interval until it is told to stop. */
class Ticking {
  readonly calls: number[] = [];
  readonly dues: number[] = [];
  readonly clock: FakeClock;
  readonly interval: number;
  left: number;
  onTick: () => void = () => {};

  constructor(clock: FakeClock, interval: number, times = Number.POSITIVE_INFINITY) {
    this.clock = clock;
    this.interval = interval;
    this.left = times;
  }

  tick(due: number): number | undefined {
    this.calls.push(this.clock.monotonic());
    this.dues.push(due);
    this.onTick();
    this.left -= 1;
    return this.left > 0 ? due + this.interval : undefined;
  }
}

const rethrow = (error: unknown) => {
  throw error;
};

describe('the pacer', () => {
  it('calls each stream at its own interval, computed from when it was due', async () => {
    const clock = new FakeClock();
    const pacer = new Pacer(clock, rethrow);
    const streams = [10, 20, 30, 60].map((interval) => new Ticking(clock, interval));
    for (const [index, stream] of streams.entries()) pacer.schedule(pacer.slot(stream), 0.3 * index);
    await clock.advance(601);
    expect(streams.map(({ calls }) => calls.length)).toEqual([61, 31, 21, 11]);
    for (const [index, { dues, interval, calls }] of streams.entries()) {
      expect(dues).toEqual(dues.map((_, at) => 0.3 * index + at * interval).map((due) => expect.closeTo(due, 6)));
      for (const [at, call] of calls.entries()) expect(Math.abs(call - (dues[at] as number))).toBeLessThanOrEqual(1);
    }
  });

  it('has one timer for all streams, and none when there is nothing to do', async () => {
    const clock = new FakeClock();
    const pacer = new Pacer(clock, rethrow);
    expect(clock.pending).toBe(0);
    const slots = Array.from({ length: 50 }, (_, at) => {
      const slot = pacer.slot(new Ticking(clock, 20, 3));
      pacer.schedule(slot, at);
      return slot;
    });
    expect(clock.pending).toBe(1);
    expect(pacer.size).toBe(50);
    await clock.advance(200);
    expect([pacer.size, clock.pending]).toEqual([0, 0]);
    expect(slots.every(({ index }) => index === -1)).toBe(true);
  });

  it('keeps the order of what is due whatever is scheduled, moved and taken out', async () => {
    const clock = new FakeClock();
    const pacer = new Pacer(clock, rethrow);
    const order: number[] = [];
    const slots = Array.from({ length: 200 }, (_, name) =>
      pacer.slot({
        tick: () => {
          order.push(name);
          return undefined;
        },
      }),
    );
    const dues = slots.map((_, name) => (name * 7_919) % 1_009);
    for (const [name, slot] of slots.entries()) pacer.schedule(slot, dues[name] as number);
    for (let name = 0; name < 200; name += 3) pacer.cancel(slots[name] as (typeof slots)[number]);
    for (let name = 1; name < 200; name += 3) {
      dues[name] = (name * 104_729) % 997;
      pacer.schedule(slots[name] as (typeof slots)[number], dues[name] as number);
    }
    pacer.cancel(slots[0] as (typeof slots)[number]);
    await clock.advance(1_100);
    const kept = slots.map((_, name) => name).filter((name) => name % 3 !== 0);
    expect(order.toSorted((a, b) => a - b)).toEqual(kept);
    for (let at = 1; at < order.length; at++) {
      expect(dues[order[at] as number]).toBeGreaterThanOrEqual(dues[order[at - 1] as number] as number);
    }
  });

  it('lets a stream take others out, and schedule them, while it is called', async () => {
    const clock = new FakeClock();
    const pacer = new Pacer(clock, rethrow);
    const victim = new Ticking(clock, 20);
    const victimSlot = pacer.slot(victim);
    const killer = new Ticking(clock, 20, 2);
    killer.onTick = () => (killer.calls.length === 1 ? pacer.cancel(victimSlot) : pacer.schedule(victimSlot, 100));
    pacer.schedule(pacer.slot(killer), 5);
    pacer.schedule(victimSlot, 10);
    await clock.advance(119);
    expect(victim.calls).toEqual([100]);
  });

  it('wakes earlier for a stream that is due before what it waits for', async () => {
    const clock = new FakeClock();
    const pacer = new Pacer(clock, rethrow);
    const late = new Ticking(clock, 20, 1);
    const early = new Ticking(clock, 20, 1);
    pacer.schedule(pacer.slot(late), 500);
    pacer.schedule(pacer.slot(early), 10);
    expect(clock.pending).toBe(1);
    await clock.advance(600);
    expect([early.calls, late.calls]).toEqual([[10], [500]]);
  });

  it('does what is due when it is asked to, before its timer can, and nothing twice or early', async () => {
    const clock = new FakeClock();
    const pacer = new Pacer(clock, rethrow);
    const streams = [new Ticking(clock, 20), new Ticking(clock, 20)];
    for (const [index, stream] of streams.entries()) pacer.schedule(pacer.slot(stream), 7 * index);
    pacer.catchUp(6.4);
    expect(streams.map(({ dues }) => dues)).toEqual([[0], []]);
    pacer.catchUp(7);
    pacer.catchUp(19.4);
    expect(streams.map(({ dues }) => dues)).toEqual([[0], [7]]);
    // Asked by a stream that it calls, it goes on where it is.
    (streams[0] as Ticking).onTick = () => pacer.catchUp(1_000);
    await clock.advance(47);
    expect(streams.map(({ dues }) => dues)).toEqual([
      [0, 20, 40],
      [7, 27, 47],
    ]);
    expect(clock.pending).toBe(1);
  });

  it('leaves out a stream that throws, tells of it, and serves the others', async () => {
    const clock = new FakeClock();
    const errors: unknown[] = [];
    const pacer = new Pacer(clock, (error) => errors.push(error));
    const good = new Ticking(clock, 20);
    const bad = new Ticking(clock, 20);
    bad.onTick = () => {
      throw new Error('broken');
    };
    pacer.schedule(pacer.slot(bad), 0);
    pacer.schedule(pacer.slot(good), 0);
    await clock.advance(100);
    expect([good.calls.length, bad.calls.length, pacer.size]).toEqual([6, 1, 1]);
    expect(errors).toEqual([new Error('broken')]);
  });
});
