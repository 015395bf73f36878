import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIAL_PLAN_DEFAULTS, DIAL_PLAN_RANGES, refuseDialPlan } from './dial-plan-settings.ts';
import { isExtension } from './extension.ts';

const DIAL_PLAN = { ...DIAL_PLAN_DEFAULTS, extensionDigits: 5 };

describe('settings', () => {
  it('have defaults that are allowed', () => {
    expect(refuseDialPlan(DIAL_PLAN)).toBeUndefined();
  });

  it.each(Object.entries(DIAL_PLAN_RANGES))('of a dial plan are held to the range of %s', (setting, range) => {
    for (const value of [range.minimum, range.maximum]) {
      expect(refuseDialPlan({ ...DIAL_PLAN, [setting]: value })).toBeUndefined();
    }
    for (const value of [range.minimum - 1, range.maximum + 1, range.minimum + 0.5, Number.NaN]) {
      expect(refuseDialPlan({ ...DIAL_PLAN, [setting]: value })).toEqual({ kind: 'out-of-range', setting, ...range });
    }
  });
});

describe('isExtension', () => {
  it('takes digits only, exactly as many as the plan asks', () => {
    expect(isExtension('51234', 5)).toBe(true);
    for (const number of ['5123', '512345', '5123a', '5123٤', '', '51234\n'])
      expect(isExtension(number, 5)).toBe(false);
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 20 }), (text, length) => {
        expect(isExtension(text, length)).toBe(text.length === length && [...text].every((c) => c >= '0' && c <= '9'));
      }),
    );
  });
});
