import { expect, it } from 'vitest';
import { faultOf } from './log.ts';

it('describes an error by name, masked text, code and frames', () => {
  const fault = faultOf(Object.assign(new RangeError('key 5 of\n    at 198584'), { code: 'EADDRINUSE' }));
  expect(fault).toMatchObject({ name: 'RangeError', message: 'key # of\n    at ######', code: 'EADDRINUSE' });
  expect(fault.frames[0]).toMatch(/^at .*log\.test\.ts:\d+/);
  expect(JSON.stringify({ ...fault, frames: [] })).not.toMatch(/\d/);
});

it('says of what is no error only what it is', () => {
  expect(faultOf('Signal=5')).toEqual({ name: 'string', message: '', frames: [] });
});
