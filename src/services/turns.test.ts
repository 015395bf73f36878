import { describe, expect, it } from 'vitest';
import { Turns, TurnsFull } from './turns.ts';

/** A task that ends when it is told to. */
function task<T>(): { readonly run: () => Promise<T>; readonly began: Promise<void>; end(value: T): void } {
  const begin = Promise.withResolvers<void>();
  const done = Promise.withResolvers<T>();
  return {
    run: () => {
      begin.resolve();
      return done.promise;
    },
    began: begin.promise,
    end: (value) => done.resolve(value),
  };
}

describe('turns', () => {
  it('lets tasks of one name run one at a time, in the order they came', async () => {
    const turns = new Turns();
    const order: number[] = [];
    let running = 0;
    const runs = Array.from({ length: 20 }, (_, number) =>
      turns.run('one', async () => {
        expect(++running).toBe(1);
        await Promise.resolve();
        order.push(number);
        running--;
        return number;
      }),
    );
    expect(await Promise.all(runs)).toEqual(Array.from({ length: 20 }, (_, number) => number));
    expect(order).toEqual(Array.from({ length: 20 }, (_, number) => number));
    expect(turns.names).toBe(0);
  });

  it('lets tasks of different names run at the same time', async () => {
    const turns = new Turns();
    const one = task<string>();
    const other = task<string>();
    const runs = [turns.run('one', one.run), turns.run('other', other.run)];
    await Promise.all([one.began, other.began]);
    expect(turns.names).toBe(2);
    one.end('one');
    other.end('other');
    expect(await Promise.all(runs)).toEqual(['one', 'other']);
  });

  it('hands the turn on after a task that throws', async () => {
    const turns = new Turns();
    const failing = turns.run('one', () => Promise.reject(new Error('It failed')));
    const next = turns.run('one', async () => 'next');
    await expect(failing).rejects.toThrow('It failed');
    expect(await next).toBe('next');
    expect(turns.names).toBe(0);
  });

  it.each([
    { limits: { each: 1, all: 5 }, name: 'one' },
    { limits: { each: 5, all: 1 }, name: 'other' },
  ])('refuses without running it whoever would wait beyond $limits', async ({ limits, name }) => {
    const turns = new Turns(limits);
    const first = task<string>();
    const blocker = task<string>();
    const running = [turns.run('one', first.run), turns.run('other', blocker.run)];
    const waiting = turns.run('one', async () => 'second');
    await expect(turns.run(name, () => Promise.reject(new Error('It ran')))).rejects.toThrow(TurnsFull);
    first.end('first');
    blocker.end('blocker');
    expect(await Promise.all([...running, waiting])).toEqual(['first', 'blocker', 'second']);
    expect(await turns.run(name, async () => 'again')).toBe('again');
  });
});
