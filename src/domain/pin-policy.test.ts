import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ruleOf, rulesAgainst } from '../testing/pin-rules-reference.ts';
import { MOST_USED_PINS } from './common-patterns.ts';
import { type PinRefusal, type PinRules, refusePin } from './pin-policy.ts';

const RULES: PinRules = { minPinLength: 6, allowCommonPatterns: false, extensions: ['51234'] };
const FOUR: PinRules = { minPinLength: 4, allowCommonPatterns: true, extensions: ['36697'] };

const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });

const rules: fc.Arbitrary<PinRules> = fc.record({
  // Most PINs that people choose are short, and would be refused for that alone.
  minPinLength: fc.oneof(fc.constant(4), fc.integer({ min: 4, max: 24 })),
  allowCommonPatterns: fc.boolean(),
  extensions: fc.array(digits(1, 20), { minLength: 1, maxLength: 3 }),
});

/** Lines, boxes and rounds of the keypad, and keys that are none of them. */
const DRAWN = [
  ...['147', '258', '369', '2580', '321', '159', '753', '580', '1379', '1254', '4697'],
  ...['123654', '569874', '125874', '236985', '698523', '47896321', '123698', '5', '0', '08'],
];

/** PINs as people choose them, which are the ones that rules are made for. */
const chosen: fc.Arbitrary<string> = fc.oneof(
  digits(1, 4).chain((group) => fc.integer({ min: 1, max: 6 }).map((times) => group.repeat(times))),
  fc.integer({ min: 0, max: 9 }).chain((from) => digitRun(from)),
  fc.date({ min: new Date('1895-01-01'), max: new Date('2105-12-31'), noInvalidDate: true }).chain((date) => {
    const [year = '', month = '', day = ''] = date.toISOString().slice(0, 10).split('-');
    const layouts = [[year], [year, month], [month, year], [year, month, day], [day, month, year], [month, day, year]];
    return fc.constantFrom(...layouts.map((layout) => layout.join('')));
  }),
  fc.array(fc.constantFrom(...DRAWN), { minLength: 1, maxLength: 5 }).map((shapes) => shapes.join('')),
  // February of years that have a 29th and of years that do not.
  fc.constantFrom('29021900', '19000229', '02291900', '29022000', '20000229', '02292024', '29022023'),
  fc.constantFrom(...MOST_USED_PINS),
);

function digitRun(from: number): fc.Arbitrary<string> {
  return fc
    .record({ length: fc.integer({ min: 2, max: 24 }), step: fc.constantFrom(1, 9, 2) })
    .map(({ length, step }) => Array.from({ length }, (_, i) => (from + i * step) % 10).join(''));
}

/** PINs that have to do with the extensions they are judged by. */
const judged: fc.Arbitrary<readonly [string, PinRules]> = rules.chain((some) => {
  const extension = fc.constantFrom(...some.extensions);
  const related = fc.oneof(
    fc.record({ extension, length: fc.nat(20) }).map((one) => one.extension.slice(-one.length)),
    fc
      .record({ extension, before: digits(0, 4), after: digits(0, 4) })
      .map((one) => one.before + one.extension + one.after),
    extension.map((one) => [...one].reverse().join('')),
  );
  const pin = fc.oneof(digits(0, 26), digits(4, 4), digits(6, 6), chosen, related, fc.string({ maxLength: 26 }));
  return fc.tuple(pin, fc.constant(some));
});

/** Whether a PIN is let pass by rules none of which is true of it, or refused by one that is. */
function isJudgedRightly(pin: string, rules: PinRules): boolean {
  const refusal = refusePin(pin, rules);
  const against = rulesAgainst(pin, rules);
  return refusal === undefined ? against.size === 0 : against.has(ruleOf(refusal));
}

describe('refusePin', () => {
  it('lets the example of the reference page pass', () => {
    for (const minPinLength of [4, 5, 6, 7]) {
      expect(refusePin('1985848', { ...RULES, minPinLength })).toBeUndefined();
      expect(refusePin('1985848', { ...RULES, minPinLength, allowCommonPatterns: true })).toBeUndefined();
    }
    expect(refusePin('1985848', { ...RULES, minPinLength: 8 })).toEqual({ kind: 'too-short', minimum: 8 });
  });

  it.each<[string, PinRules, PinRefusal]>([
    ['', RULES, { kind: 'too-short', minimum: 6 }],
    ['98402', RULES, { kind: 'too-short', minimum: 6 }],
    ['9840271635498027163540981', RULES, { kind: 'too-long', maximum: 24 }],
    ['98402#', RULES, { kind: 'not-digits' }],
    ['９８４０２７', RULES, { kind: 'not-digits' }],
    [' 984027', RULES, { kind: 'not-digits' }],
    ['984027\n', RULES, { kind: 'not-digits' }],
    ['6697', FOUR, { kind: 'extension-suffix' }],
    ['36697', FOUR, { kind: 'extension-suffix' }],
    ['136697', FOUR, { kind: 'contains-extension' }],
    ['366970', FOUR, { kind: 'contains-extension' }],
    ['951234', RULES, { kind: 'contains-extension' }],
    ['123456', RULES, { kind: 'common-pattern', pattern: 'sequential' }],
  ])('refuses %s', (pin, judged, refusal) => {
    expect(refusePin(pin, judged)).toEqual(refusal);
  });

  it('refuses by any of the extensions, the suffix and the whole', () => {
    const two: PinRules = { ...FOUR, extensions: ['51234', '36697'] };
    expect(refusePin('6697', two)).toEqual({ kind: 'extension-suffix' });
    expect(refusePin('951234', two)).toEqual({ kind: 'contains-extension' });
  });

  it('lets part of an extension pass that is not its end, and an extension of fewer than four digits', () => {
    expect(refusePin('3669', FOUR)).toBeUndefined();
    expect(refusePin('9697', FOUR)).toBeUndefined();
    expect(refusePin('90367', { ...FOUR, extensions: ['036', '9'] })).toBeUndefined();
  });

  it('lets common patterns pass where the policy does, but never the extension', () => {
    const lenient: PinRules = { minPinLength: 4, allowCommonPatterns: true, extensions: ['1234'] };
    expect(refusePin('1111', lenient)).toBeUndefined();
    expect(refusePin('4321', lenient)).toBeUndefined();
    expect(refusePin('1234', lenient)).toEqual({ kind: 'extension-suffix' });
  });

  it('names a rule that is true of what it refuses, and refuses whatever any rule is true of', () => {
    fc.assert(
      fc.property(judged, ([pin, some]) => isJudgedRightly(pin, some)),
      { numRuns: 10_000 },
    );
  });

  it('says what the length may be', () => {
    fc.assert(
      fc.property(digits(0, 26), rules, (pin, some) => {
        const refusal = refusePin(pin, some);
        if (pin.length > 24) expect(refusal).toEqual({ kind: 'too-long', maximum: 24 });
        else if (pin.length < some.minPinLength)
          expect(refusal).toEqual({ kind: 'too-short', minimum: some.minPinLength });
        else expect(refusal?.kind ?? 'none').not.toMatch(/^too-/);
      }),
    );
  });

  it('names a true rule for each PIN of four and of five digits', () => {
    const strict: PinRules = { minPinLength: 4, allowCommonPatterns: false, extensions: ['36697', '4071'] };
    for (const length of [4, 5]) {
      const all = Array.from({ length: 10 ** length }, (_, i) => `${i}`.padStart(length, '0'));
      expect(all.filter((pin) => !isJudgedRightly(pin, strict))).toEqual([]);
    }
  });

  it('leaves most PINs of four digits to be chosen, or the rules would do the work of who guesses', () => {
    const strict: PinRules = { minPinLength: 4, allowCommonPatterns: false, extensions: ['51234'] };
    const all = Array.from({ length: 10_000 }, (_, i) => `${i}`.padStart(4, '0'));
    const allowed = all.filter((pin) => refusePin(pin, strict) === undefined).length;
    // README.md of this folder says 94 %.
    expect(Math.round(allowed / 100)).toBe(94);
  });

  it('refuses every ending of an extension that is long enough to be a PIN', () => {
    fc.assert(
      fc.property(digits(4, 20), fc.nat(), (extension, seed) => {
        const length = 4 + (seed % (extension.length - 3));
        const refusal = refusePin(extension.slice(-length), { ...FOUR, extensions: [extension] });
        expect(refusal).toEqual({ kind: 'extension-suffix' });
      }),
    );
  });

  it('refuses every PIN that holds a whole extension of four or more digits', () => {
    fc.assert(
      fc.property(digits(4, 8), digits(0, 8), digits(1, 8), (extension, before, after) => {
        const refusal = refusePin(before + extension + after, { ...FOUR, extensions: [extension] });
        expect(refusal?.kind).toMatch(/^(contains-extension|extension-suffix)$/);
      }),
    );
  });
});
