import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseNumber } from './phone-number.ts';

describe('normaliseNumber', () => {
  it.each([
    ['51234', '51234'],
    ['+1-425-555-0123', '+14255550123'],
    ['+1 (425) 555.0123', '+14255550123'],
    ['(0)51234', '051234'],
  ])('writes %s as %s', (number, normal) => {
    expect(normaliseNumber(number)).toBe(normal);
  });

  it.each([
    '',
    '+',
    '-',
    'anonymous',
    '51234a',
    '5+1234',
    '++51234',
    '51234#',
    '*1',
    '1'.repeat(33),
    '５１２３４',
    '51\n234',
  ])('finds no number in %j', (number) => {
    expect(normaliseNumber(number)).toBeUndefined();
  });

  it('keeps a global number apart from a local one with the same digits', () => {
    expect(normaliseNumber('+51234')).not.toBe(normaliseNumber('51234'));
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'+0123456789-.() a'), maxLength: 36 }), (number) => {
        const normal = normaliseNumber(number);
        if (normal !== undefined) expect(normaliseNumber(normal)).toBe(normal);
      }),
    );
  });
});
