import { expect, it } from 'vitest';
import { wrongPin } from './keying.ts';

it.each([
  ['123456', '223456'],
  ['9876', '0876'],
  ['000000', '100000'],
])('makes another PIN of the same length of %s', (pin, wrong) => {
  expect(wrongPin(pin)).toBe(wrong);
});
