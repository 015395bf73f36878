import { beforeEach, describe, expect, it } from 'vitest';
import type { CallEnd } from '../domain/call-end.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { FakeClock } from '../testing/clock.ts';
import { CallRegistry, type EndableCall, type Place } from './call-registry.ts';

let clock: FakeClock;
let log: CapturedLog;
let registry: CallRegistry;

beforeEach(() => {
  clock = new FakeClock();
  log = new CapturedLog();
  registry = new CallRegistry(2, clock, log);
});

function takePlace(): Place {
  const admission = registry.admit();
  if (admission.kind !== 'place') throw new Error(`There was no place: ${admission.kind}`);
  return admission.place;
}

/** A call that notes why it is ended, and gives its place back by itself when `leaves` says so. */
function begin(id: string, leaves: (reason: CallEnd) => boolean = () => true) {
  const place = takePlace();
  const ends: CallEnd[] = [];
  const call: EndableCall = {
    id,
    since: clock.now(),
    state: 'talking',
    peer: '192.0.2.1',
    dialPlan: 'main',
    end: (reason) => {
      ends.push(reason);
      if (leaves(reason)) place.free();
    },
  };
  place.occupy(call);
  return { place, ends };
}

describe('the calls', () => {
  it('are as many as are allowed, those still being looked at included', () => {
    const first = takePlace();
    begin('a');
    expect(registry.admit()).toEqual({ kind: 'busy' });
    first.free();
    first.free();
    expect(registry.count).toBe(1);
    expect(registry.admit().kind).toBe('place');
    expect(registry.admit()).toEqual({ kind: 'busy' });
  });

  it('are listed, and hung up by their id', () => {
    const { ends } = begin('a');
    expect(registry.list()).toEqual([
      { id: 'a', since: clock.now(), state: 'talking', peer: '192.0.2.1', dialPlan: 'main' },
    ]);
    expect(registry.hangUp('b')).toBe(false);
    expect(registry.hangUp('a')).toBe(true);
    expect(ends).toEqual(['administrator']);
    expect(registry.list()).toEqual([]);
  });

  it('do not come back to the list when their place is occupied too late', () => {
    const place = takePlace();
    place.free();
    place.occupy({ id: 'a', since: 0, state: 'talking', peer: '192.0.2.1', end: () => undefined });
    expect(registry.list()).toEqual([]);
  });
});

describe('a drain', () => {
  it('is over at once when there are no calls, and lets none begin afterwards', async () => {
    await expect(registry.drain(60_000)).resolves.toEqual({ living: 0, ended: 0, left: 0 });
    expect(registry.admit()).toEqual({ kind: 'draining' });
    expect(clock.pending).toBe(0);
  });

  it('waits for calls that end by themselves', async () => {
    const { place, ends } = begin('a');
    const drained = registry.drain(60_000);
    await clock.advance(59_000);
    place.free();
    await expect(drained).resolves.toEqual({ living: 1, ended: 0, left: 0 });
    expect(ends).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('names the living and ends them when the time is over', async () => {
    const { ends } = begin('call-a');
    const drained = registry.drain(60_000);
    await clock.advance(60_000);
    await expect(drained).resolves.toEqual({ living: 1, ended: 1, left: 0 });
    expect(ends).toEqual(['drain']);
    expect(log.lines.map(({ fields }) => fields.calls)).toEqual([['call-a'], ['call-a']]);
    expect(clock.pending).toBe(0);
  });

  it('gives up on a call that does not end', async () => {
    begin('stuck', () => false);
    const drained = registry.drain(0);
    await clock.advance(25_000);
    await expect(drained).resolves.toEqual({ living: 1, ended: 1, left: 1 });
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', fields: { left: 1, calls: ['stuck'] } });
    expect(clock.pending).toBe(0);
  });
});
