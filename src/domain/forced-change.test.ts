import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANGE_CAUSES, type ChangeCause, changeCauses } from './forced-change.ts';

const DAY = 86_400_000;
const SET_AT = Date.UTC(2026, 8, 25, 8);

const NOTHING = { pinSetAt: SET_AT, pinExpired: false, firstTime: false, firstChangeWaived: false };
const POLICY = { pinLifetime: 60, minPinLength: 6 };

describe('causes of a forced change (SPEC §3.9)', () => {
  it('are none for a PIN that is young, long enough, and was chosen by its user', () => {
    expect(changeCauses(NOTHING, POLICY, 6, SET_AT)).toEqual([]);
  });

  it.each<[ChangeCause, Parameters<typeof changeCauses>]>([
    ['pin-expired', [{ ...NOTHING, pinExpired: true }, POLICY, 6, SET_AT]],
    ['first-time', [{ ...NOTHING, firstTime: true }, POLICY, 6, SET_AT]],
    ['lifetime', [NOTHING, POLICY, 6, SET_AT + 60 * DAY]],
    ['too-short', [NOTHING, POLICY, 5, SET_AT]],
  ])('%s, alone', (cause, given) => {
    expect(changeCauses(...given)).toEqual([cause]);
  });

  it('spare a first-time user whose PIN was set with "PIN expired" off, but not from the other causes', () => {
    const waived = { ...NOTHING, firstTime: true, firstChangeWaived: true };
    expect(changeCauses(waived, POLICY, 6, SET_AT)).toEqual([]);
    expect(changeCauses(waived, POLICY, 4, SET_AT + 61 * DAY)).toEqual(['lifetime', 'too-short']);
  });

  it('all hold at once, in the order in which they are told', () => {
    const state = { ...NOTHING, pinExpired: true, firstTime: true };
    expect(changeCauses(state, POLICY, 4, SET_AT + 60 * DAY)).toEqual(CHANGE_CAUSES);
  });

  it('hold each by itself, whatever else does', () => {
    const given = fc.record({
      pinExpired: fc.boolean(),
      firstTime: fc.boolean(),
      firstChangeWaived: fc.boolean(),
      isOld: fc.boolean(),
      isShort: fc.boolean(),
    });
    fc.assert(
      fc.property(given, ({ isOld, isShort, ...flags }) => {
        const now = SET_AT + (isOld ? 60 : 59) * DAY;
        const causes = changeCauses({ pinSetAt: SET_AT, ...flags }, POLICY, isShort ? 5 : 6, now);
        expect(causes.includes('pin-expired')).toBe(flags.pinExpired);
        expect(causes.includes('first-time')).toBe(flags.firstTime && !flags.firstChangeWaived);
        expect(causes.includes('lifetime')).toBe(isOld);
        expect(causes.includes('too-short')).toBe(isShort);
      }),
    );
  });
});

describe('the lifetime of a PIN', () => {
  it.each([
    [1, DAY - 1, false],
    [1, DAY, true],
    [60, 60 * DAY - 1, false],
    [60, 60 * DAY, true],
    [60, 400 * DAY, true],
    [999, 999 * DAY - 1, false],
    [999, 999 * DAY, true],
    ['unlimited', 100_000 * DAY, false],
    // A clock that was set back makes no PIN old.
    [1, -5 * DAY, false],
  ] as const)('of %s days, %s ms after it was set: over %s', (pinLifetime, age, expected) => {
    const causes = changeCauses(NOTHING, { ...POLICY, pinLifetime }, 6, SET_AT + age);
    expect(causes.includes('lifetime')).toBe(expected);
  });
});

describe('the shortest PIN of a policy that was changed', () => {
  it.each([
    [4, 4, false],
    [6, 5, true],
    [6, 6, false],
    [6, 24, false],
    [24, 23, true],
    [24, 24, false],
  ])('of %s digits, for a PIN of %s: too short %s', (minPinLength, length, expected) => {
    expect(changeCauses(NOTHING, { ...POLICY, minPinLength }, length, SET_AT).includes('too-short')).toBe(expected);
  });
});
