import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { HashQueueFull } from '../services/ports/hash-queue-full.ts';
import { CapturedMeter } from '../testing/captured-meter.ts';
import { FakeClock } from '../testing/clock.ts';
import { HashQueue } from './hash-queue.ts';

/** Tasks that end when they are told to, and tell the order in which they began. */
class Tasks {
  readonly begun: number[] = [];
  readonly #ends = new Map<number, PromiseWithResolvers<void>>();
  mostAtOnce = 0;
  #running = 0;

  readonly start = async (name: number): Promise<number> => {
    this.begun.push(name);
    this.#running++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
    const end = Promise.withResolvers<void>();
    this.#ends.set(name, end);
    try {
      await end.promise;
    } finally {
      this.#running--;
    }
    return name;
  };

  async end(name: number, error?: Error): Promise<void> {
    const end = this.#ends.get(name);
    if (end === undefined) throw new Error(`Task ${name} has not begun`);
    if (error === undefined) end.resolve();
    else end.reject(error);
    await nextTurn();
  }
}

describe('HashQueue', () => {
  it('runs no more at a time than it may, and the others in the order they came', async () => {
    const tasks = new Tasks();
    const queue = new HashQueue(2, 10, { meter: new CapturedMeter(), clock: new FakeClock() });
    const all = Array.from({ length: 6 }, (_, name) => queue.run('check', () => tasks.start(name)));
    await nextTurn();
    expect(tasks.begun).toEqual([0, 1]);
    await tasks.end(1);
    expect(tasks.begun).toEqual([0, 1, 2]);
    for (const name of [0, 2, 3, 4, 5]) await tasks.end(name);
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(tasks.begun).toEqual([0, 1, 2, 3, 4, 5]);
    expect(tasks.mostAtOnce).toBe(2);
  });

  it('lets nobody in before those who wait', async () => {
    const tasks = new Tasks();
    const queue = new HashQueue(1, 10, { meter: new CapturedMeter(), clock: new FakeClock() });
    const first = queue.run('check', () => tasks.start(1));
    const second = queue.run('check', () => tasks.start(2));
    await nextTurn();
    const ended = tasks.end(1);
    const third = queue.run('check', () => tasks.start(3));
    await ended;
    expect(tasks.begun).toEqual([1, 2]);
    await tasks.end(2);
    await tasks.end(3);
    await Promise.all([first, second, third]);
    expect(tasks.mostAtOnce).toBe(1);
  });

  it('goes on after a task that fails', async () => {
    const tasks = new Tasks();
    const queue = new HashQueue(1, 10, { meter: new CapturedMeter(), clock: new FakeClock() });
    const first = queue.run('check', () => tasks.start(1));
    const second = queue.run('check', () => tasks.start(2));
    const failure = expect(first).rejects.toThrow('out of memory');
    await nextTurn();
    await tasks.end(1, new Error('out of memory'));
    await failure;
    await tasks.end(2);
    expect(await second).toBe(2);
  });

  it('refuses whoever would wait behind too many, without running the task, and takes the next when there is room', async () => {
    const tasks = new Tasks();
    const queue = new HashQueue(1, 1, { meter: new CapturedMeter(), clock: new FakeClock() });
    const first = queue.run('check', () => tasks.start(1));
    const second = queue.run('check', () => tasks.start(2));
    await expect(queue.run('check', () => tasks.start(3))).rejects.toThrow(HashQueueFull);
    await tasks.end(1);
    const fourth = queue.run('check', () => tasks.start(4));
    await tasks.end(2);
    await tasks.end(4);
    await Promise.all([first, second, fourth]);
    expect(tasks.begun).toEqual([1, 2, 4]);
  });

  it('lets the two purposes take turns while both wait, each in the order they came', async () => {
    const tasks = new Tasks();
    const queue = new HashQueue(1, 10, { meter: new CapturedMeter(), clock: new FakeClock() });
    const checks = [1, 2, 3, 4].map((name) => queue.run('check', () => tasks.start(name)));
    const changes = [11, 12].map((name) => queue.run('change', () => tasks.start(name)));
    await nextTurn();
    for (const name of [1, 2, 11, 3, 12, 4]) {
      expect(tasks.begun.at(-1)).toBe(name);
      await tasks.end(name);
    }
    await Promise.all([...checks, ...changes]);
    expect(tasks.mostAtOnce).toBe(1);
  });

  it('refuses changes when many of them wait, and checks all the same', async () => {
    const tasks = new Tasks();
    const queue = new HashQueue(1, 1, { meter: new CapturedMeter(), clock: new FakeClock() });
    const first = queue.run('change', () => tasks.start(1));
    const second = queue.run('change', () => tasks.start(2));
    await expect(queue.run('change', () => tasks.start(3))).rejects.toThrow(HashQueueFull);
    const fourth = queue.run('check', () => tasks.start(4));
    await expect(queue.run('check', () => tasks.start(5))).rejects.toThrow(HashQueueFull);
    for (const name of [1, 4, 2]) await tasks.end(name);
    await Promise.all([first, second, fourth]);
    expect(tasks.begun).toEqual([1, 4, 2]);
  });
});
