import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIAL_PLAN_DEFAULTS, DIAL_PLAN_RANGES, normaliseDialPlan, refuseDialPlan } from './dial-plan-settings.ts';
import { isExtension } from './extension.ts';
import { defaultPolicyName, MAILBOX_POLICY_DEFAULTS } from './mailbox-policy.ts';
import {
  MAILBOX_POLICY_RANGES,
  type NamedPolicySettings,
  normalisePolicy,
  POLICY_TEXTS,
  refusePolicy,
} from './mailbox-policy-settings.ts';

const PLAN = { ...DIAL_PLAN_DEFAULTS, name: 'Seattle', extensionDigits: 5 };
const POLICY: NamedPolicySettings = { ...MAILBOX_POLICY_DEFAULTS, name: 'Seattle Default Policy' };

/** Nothing else of a policy is in the way of any of its ranges. */
const WIDE: NamedPolicySettings = { ...POLICY, maxLogonAttempts: 999, logonFailuresBeforePinReset: 'unlimited' };

const notNames = ['', '   ', 'a\nb', 'a\u0000', '\u200b', '\ud800', 'a\u2028b'];

describe('a dial plan', () => {
  it('has defaults that are allowed', () => {
    expect(refuseDialPlan(PLAN)).toBeUndefined();
  });

  it.each(Object.entries(DIAL_PLAN_RANGES))('is held to the range of %s', (setting, range) => {
    const long = { ...PLAN, maxCallDuration: 120, maxRecordingDuration: 1 };
    for (const value of [range.minimum, range.maximum]) {
      expect(refuseDialPlan({ ...long, [setting]: value })).toBeUndefined();
    }
    for (const value of [
      range.minimum - 1,
      range.maximum + 1,
      range.minimum + 0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]) {
      expect(refuseDialPlan({ ...long, [setting]: value })).toEqual({ kind: 'out-of-range', setting, ...range });
    }
    expect(refuseDialPlan({ ...long, [setting]: 'unlimited' })).toEqual({ kind: 'out-of-range', setting, ...range });
  });

  it('has no recording that is longer than a call', () => {
    expect(refuseDialPlan({ ...PLAN, maxCallDuration: 20, maxRecordingDuration: 20 })).toBeUndefined();
    expect(refuseDialPlan({ ...PLAN, maxCallDuration: 20, maxRecordingDuration: 21 })).toEqual({
      kind: 'exceeds-setting',
      setting: 'maxRecordingDuration',
      limit: 'maxCallDuration',
      maximum: 20,
    });
  });

  it('has an operator among its extensions, or none', () => {
    expect(refuseDialPlan({ ...PLAN, operatorExtension: '50000' })).toBeUndefined();
    for (const operatorExtension of ['5000', '500000', '5000a', '']) {
      expect(refuseDialPlan({ ...PLAN, operatorExtension })).toEqual({
        kind: 'not-an-extension',
        setting: 'operatorExtension',
        extensionDigits: 5,
      });
    }
  });

  it('has a language that is a tag, written the one way', () => {
    expect(normaliseDialPlan({ ...PLAN, defaultLanguage: 'EN-us' }).defaultLanguage).toBe('en-US');
    for (const defaultLanguage of ['', 'english language', 'en_US', '*', 'en-US\n']) {
      const plan = normaliseDialPlan({ ...PLAN, defaultLanguage });
      expect(refuseDialPlan(plan)).toEqual({ kind: 'not-a-language', setting: 'defaultLanguage' });
    }
  });

  it('has a name, not longer than lets its default policy have one', () => {
    const longest = 'é'.repeat(49);
    expect(normaliseDialPlan({ ...PLAN, name: ` ${longest.normalize('NFD')} ` }).name).toBe(longest);
    expect(refuseDialPlan({ ...PLAN, name: longest })).toBeUndefined();
    expect(refusePolicy({ ...POLICY, name: defaultPolicyName(longest) })).toBeUndefined();
    for (const name of [...notNames, 'x'.repeat(50)]) {
      expect(refuseDialPlan(normaliseDialPlan({ ...PLAN, name }))).toEqual({
        kind: 'not-a-name',
        setting: 'name',
        maximum: 49,
      });
    }
  });
});

describe('a mailbox policy', () => {
  it('has the defaults of SPEC §1, which are allowed', () => {
    expect(refusePolicy(POLICY)).toBeUndefined();
    expect(MAILBOX_POLICY_DEFAULTS).toMatchObject({
      minPinLength: 6,
      pinLifetime: 60,
      pinHistoryCount: 5,
      allowCommonPatterns: false,
      logonFailuresBeforePinReset: 5,
      maxLogonAttempts: 15,
      lockoutDuration: 'unlimited',
      maxGreetingDuration: 5,
      allowSubscriberAccess: true,
      allowPinlessVoiceMailAccess: false,
    });
  });

  it.each(Object.entries(MAILBOX_POLICY_RANGES))('is held to the range of %s', (setting, range) => {
    for (const value of [range.minimum, range.maximum]) {
      expect(refusePolicy({ ...WIDE, [setting]: value })).toBeUndefined();
    }
    for (const value of [
      range.minimum - 1,
      range.maximum + 1,
      range.minimum + 0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]) {
      expect(refusePolicy({ ...WIDE, [setting]: value })).toEqual({ kind: 'out-of-range', setting, ...range });
    }
    const unlimited = refusePolicy({ ...WIDE, [setting]: 'unlimited' });
    if ('orUnlimited' in range) expect(unlimited).toBeUndefined();
    else expect(unlimited).toEqual({ kind: 'out-of-range', setting, ...range });
  });

  it('takes 0 for unlimited where that switches a rule off, and refuses it elsewhere', () => {
    const off = normalisePolicy({ ...POLICY, pinLifetime: 0, logonFailuresBeforePinReset: 0 });
    expect(off).toMatchObject({ pinLifetime: 'unlimited', logonFailuresBeforePinReset: 'unlimited' });
    expect(refusePolicy(off)).toBeUndefined();
    for (const setting of ['minPinLength', 'pinHistoryCount', 'maxLogonAttempts', 'lockoutDuration'] as const) {
      expect(refusePolicy(normalisePolicy({ ...POLICY, [setting]: 0 }))).toMatchObject({
        kind: 'out-of-range',
        setting,
      });
    }
  });

  it('resets PINs before it locks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 998 }), fc.integer({ min: 1, max: 999 }), (resets, locks) => {
        const refusal = refusePolicy({ ...POLICY, logonFailuresBeforePinReset: resets, maxLogonAttempts: locks });
        const expected = {
          kind: 'exceeds-setting',
          setting: 'logonFailuresBeforePinReset',
          limit: 'maxLogonAttempts',
          maximum: locks - 1,
        };
        expect(refusal).toEqual(resets < locks ? undefined : expected);
      }),
    );
    expect(refusePolicy({ ...POLICY, logonFailuresBeforePinReset: 'unlimited', maxLogonAttempts: 1 })).toBeUndefined();
  });

  it.each(POLICY_TEXTS)('has at most 512 characters of %s, in lines', (setting) => {
    for (const text of ['', 'x'.repeat(512), '📞'.repeat(512), 'Call\tus:\r\n<b>5000</b>']) {
      expect(refusePolicy({ ...POLICY, [setting]: text })).toBeUndefined();
    }
    for (const text of ['x'.repeat(513), 'a\u0000b', '\u001b[2J', '\ud83d']) {
      expect(refusePolicy({ ...POLICY, [setting]: text })).toEqual({ kind: 'not-a-text', setting, maximum: 512 });
    }
  });

  it('has a name', () => {
    expect(normalisePolicy({ ...POLICY, name: ' Sales ' }).name).toBe('Sales');
    for (const name of [...notNames, 'x'.repeat(65)]) {
      expect(refusePolicy(normalisePolicy({ ...POLICY, name }))).toEqual({
        kind: 'not-a-name',
        setting: 'name',
        maximum: 64,
      });
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
