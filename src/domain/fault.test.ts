import { describe, expect, it } from 'vitest';
import { describeFault } from './fault.ts';

describe('what is logged of an error', () => {
  it('is its name, text, code, frames and causes, without digits that could have been keyed', () => {
    const cause = Object.assign(new RangeError('no row for 51234'), { code: 'SQLITE_BUSY' });
    const fault = describeFault(new Error('attempt with 198584 of 1 9 8 5 failed 2 times', { cause }));

    expect(fault).toMatchObject({
      name: 'Error',
      message: 'attempt with [digits]of [digits]failed 2 times',
      cause: { name: 'RangeError', message: 'no row for [digits]', code: 'SQLITE_BUSY' },
    });
    expect(fault.frames[0]).toMatch(/^at .*fault\.test\.ts:\d+/);
    expect(JSON.stringify({ ...fault, frames: [], cause: { ...fault.cause, frames: [] } })).not.toMatch(/198584|51234/);
  });

  it('is not the first line of the stack, whose text may have several lines', () => {
    const { frames } = describeFault(new Error('first line\nPIN 198584\n    at 198585'));
    expect(frames[0]).toMatch(/^at .*fault\.test\.ts:\d+/);
    expect(frames.every((frame) => frame.startsWith('at ') && !frame.includes('19858'))).toBe(true);
  });

  it('ends where causes go round in a circle', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.stringify(describeFault(error)).length).toBeLessThan(20_000);
  });

  it('says only of what type something was that is no error', () => {
    expect(describeFault('PIN 198584')).toEqual({
      name: 'string',
      message: 'Something that is no error was thrown',
      frames: [],
    });
  });
});
