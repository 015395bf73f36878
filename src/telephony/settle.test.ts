import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/clock.ts';
import { classify, describe as describeSettled, settle } from './settle.ts';

describe('settle', () => {
  it('hands over what was promised and leaves no timer', async () => {
    const clock = new FakeClock();
    await expect(settle(() => Promise.resolve(7), { clock, deadline: 100 })).resolves.toEqual({
      kind: 'done',
      value: 7,
    });
    expect(clock.pending).toBe(0);
  });

  it('gives up at the deadline and releases what comes later', async () => {
    const clock = new FakeClock();
    const slow = Promise.withResolvers<string>();
    const late: string[] = [];
    const settled = settle(() => slow.promise, { clock, deadline: 100, late: (value) => late.push(value) });
    await clock.advance(99);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    await expect(settled).resolves.toEqual({ kind: 'deadline' });
    slow.resolve('endpoint');
    await clock.advance(0);
    expect(late).toEqual(['endpoint']);
  });

  it('ends when the signal is aborted, releases what comes later, and listens no longer', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const slow = Promise.withResolvers<string>();
    const late: string[] = [];
    const settled = settle(() => slow.promise, {
      clock,
      deadline: 100,
      signal: controller.signal,
      late: (value) => late.push(value),
    });
    controller.abort('caller-hung-up');
    await expect(settled).resolves.toEqual({ kind: 'aborted' });
    expect(clock.pending).toBe(0);
    slow.resolve('endpoint');
    await clock.advance(0);
    expect(late).toEqual(['endpoint']);
  });

  it('starts nothing when the signal is aborted already', async () => {
    const clock = new FakeClock();
    let started = false;
    const start = (): Promise<void> => {
      started = true;
      return Promise.resolve();
    };
    await expect(settle(start, { clock, deadline: 1, signal: AbortSignal.abort() })).resolves.toEqual({
      kind: 'aborted',
    });
    expect(started).toBe(false);
  });

  it('classifies what is thrown before the first wait', async () => {
    const clock = new FakeClock();
    const start = (): Promise<void> => {
      throw new TypeError("Cannot read properties of null (reading 'modify')");
    };
    const settled = await settle(start, { clock, deadline: 100 });
    expect(settled).toMatchObject({ kind: 'failed', fault: { kind: 'other' } });
    expect(clock.pending).toBe(0);
  });

  it('ignores a rejection that comes after the end', async () => {
    const clock = new FakeClock();
    const slow = Promise.withResolvers<void>();
    const settled = settle(() => slow.promise, { clock, deadline: 10 });
    await clock.advance(10);
    slow.reject(new Error('too late'));
    await clock.advance(0);
    await expect(settled).resolves.toEqual({ kind: 'deadline' });
  });
});

describe('classify', () => {
  it.each([
    [Object.assign(new Error('Sip non-success response: 488'), { status: 488 }), { kind: 'sip-status', status: 488 }],
    [Object.assign(new Error('Sip non-success response: 487'), { status: 487 }), { kind: 'unknown-transaction' }],
    ['Response not sent due to unknown transaction', { kind: 'unknown-transaction' }],
    [new Error('Server error: unable to find dialog for dialog id provided'), { kind: 'gone' }],
    [new Error('endpoint no longer active'), { kind: 'gone' }],
    [new Error('provided socket has been destroyed'), { kind: 'gone' }],
    [new Error('too early: mediaserver is not connected'), { kind: 'gone' }],
  ])('tells what %s means', (error, fault) => {
    expect(classify(error)).toEqual(fault);
  });

  it('keeps no more of an unknown error than its first line', () => {
    const fault = classify(new Error('unable to parse: INFO sip:x\r\nSignal=5'));
    expect(fault).toEqual({ kind: 'other', text: 'Error: unable to parse: INFO sip:x' });
    expect(describeSettled({ kind: 'failed', fault })).not.toContain('Signal');
  });
});
