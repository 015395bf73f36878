import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Key } from '../domain/key.ts';
import { FakeClock } from '../testing/clock.ts';
import { HungUp } from './hung-up.ts';
import { KeyQueue } from './key-queue.ts';
import type { Line } from './line.ts';

function makeQueue() {
  const clock = new FakeClock();
  const call = new AbortController();
  let deliver: (key: Key) => void = () => {};
  const line: Line = {
    signal: call.signal,
    onKey: (listener) => {
      deliver = listener;
    },
    play: () => {
      throw new Error('Nothing is played here');
    },
  };
  const queue = new KeyQueue(line, clock);
  const press = (...keys: readonly Key[]): void => {
    for (const key of keys) deliver(key);
  };
  return { clock, call, queue, press };
}

describe('the key queue', () => {
  it('keeps keys in order until they are taken', async () => {
    const { queue, press, clock } = makeQueue();
    press('1', '2');
    const taken = [await queue.next(1_000), await queue.next(1_000)];
    press('#');
    taken.push(await queue.next(1_000));

    expect(taken).toEqual(['1', '2', '#']);
    expect(queue.isEmpty).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('waits for a key, and for no longer than it is told', async () => {
    const { queue, press, clock } = makeQueue();
    clock.after(999, () => press('7'));
    expect(await clock.untilSettled(queue.next(1_000))).toBe('7');
    expect(await clock.untilSettled(queue.next(1_000))).toBeUndefined();
    expect(clock.monotonic()).toBe(1_999);
    expect(clock.pending).toBe(0);
  });

  it('rejects with the reason when the call ends during a wait, and from then on', async () => {
    const { queue, press, call, clock } = makeQueue();
    const waiting = queue.next(1_000);
    call.abort('maximum-duration');
    await expect(waiting).rejects.toEqual(new HungUp('maximum-duration'));
    press('1');
    await expect(queue.next(1_000)).rejects.toMatchObject({ by: 'maximum-duration' });
    expect(clock.pending).toBe(0);
  });

  it('hands out what was pressed before the end where it is asked for even then, and nothing more', async () => {
    const { queue, press, call, clock } = makeQueue();
    press('1', '#');
    call.abort('caller-hung-up');
    await expect(queue.next(1_000)).rejects.toMatchObject({ by: 'caller-hung-up' });
    expect([await queue.nextKeyed(1_000), await queue.nextKeyed(1_000)]).toEqual(['1', '#']);
    await expect(queue.nextKeyed(1_000)).rejects.toMatchObject({ by: 'caller-hung-up' });
    expect(clock.pending).toBe(0);
  });

  it('calls an abort for a reason that is none of the closed list a fault', async () => {
    const { queue, call } = makeQueue();
    call.abort();
    await expect(queue.next(1_000)).rejects.toMatchObject({ by: 'fault' });
  });

  it('drops the newest keys when it is full, and counts them', async () => {
    const { queue, press } = makeQueue();
    press(...Array.from({ length: 64 }, (): Key => '1'), '2', '3');
    expect(queue.dropped).toBe(2);
    const taken: (Key | undefined)[] = [];
    while (!queue.isEmpty) taken.push(await queue.next(0));
    expect(taken).toEqual(Array.from({ length: 64 }, () => '1'));
    press('4');
    expect(await queue.next(0)).toBe('4');
  });

  it('forgets what was typed ahead when told to', async () => {
    const { queue, press } = makeQueue();
    press('1', '2');
    queue.flush();
    press('3');
    expect(await queue.next(0)).toBe('3');
    expect(queue.isEmpty).toBe(true);
  });

  it('lets only one part wait for the next key', () => {
    const { queue, press } = makeQueue();
    const called: string[] = [];
    const cancel = queue.onArrival(() => called.push('first'));
    expect(() => queue.onArrival(() => {})).toThrow(/same key/);
    cancel();
    queue.onArrival(() => called.push('second'));
    press('1', '2');
    expect(called).toEqual(['second']);
  });

  it.each([
    { name: 'waiting already', before: '5#9', next: '' },
    { name: 'that arrives in time', before: '5', next: '#9' },
  ] as const)('swallows a # $name', async ({ before, next }) => {
    const { queue, press } = makeQueue();
    const keys = (text: string) => [...text] as Key[];
    press(...keys(before));
    await queue.next(0);
    queue.swallow('#', 2_000);
    const called: string[] = [];
    if (next !== '') queue.onArrival(() => called.push(queue.isEmpty ? 'nothing' : 'key'));
    press(...keys(next));

    expect(called).toEqual(next === '' ? [] : ['key']);
    expect(await queue.next(0)).toBe('9');
    expect(queue.isEmpty).toBe(true);
  });

  it('swallows no # that comes later, or behind another key, and never two', async () => {
    const late = makeQueue();
    late.press('5');
    await late.queue.next(0);
    late.queue.swallow('#', 2_000);
    await late.clock.advance(2_001);
    late.press('#');
    expect(await late.queue.next(0)).toBe('#');

    const lateAhead = makeQueue();
    lateAhead.press('5');
    await lateAhead.clock.advance(2_001);
    lateAhead.press('#');
    await lateAhead.queue.next(0);
    lateAhead.queue.swallow('#', 2_000);
    expect(await lateAhead.queue.next(0)).toBe('#');

    const behind = makeQueue();
    behind.queue.swallow('#', 2_000);
    behind.press('9', '#', '#');
    expect([await behind.queue.next(0), await behind.queue.next(0), await behind.queue.next(0)]).toEqual([
      '9',
      '#',
      '#',
    ]);

    const twice = makeQueue();
    twice.queue.swallow('#', 2_000);
    twice.press('#', '#');
    expect(await twice.queue.next(0)).toBe('#');
    expect(twice.queue.isEmpty).toBe(true);
  });

  it('shows no key, whatever prints it', () => {
    const { queue, press } = makeQueue();
    press('1', '9', '8', '5');
    for (const shown of [inspect(queue, { depth: 9, showHidden: true }), JSON.stringify({ queue }), `${queue}`]) {
      expect(shown).not.toMatch(/\d/);
    }
  });
});
