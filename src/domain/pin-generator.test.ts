import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generatePin } from './pin-generator.ts';
import { type PinRules, refusePin } from './pin-policy.ts';

const extension = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 20 });

const rules: fc.Arbitrary<PinRules> = fc.record({
  minPinLength: fc.integer({ min: 4, max: 24 }),
  allowCommonPatterns: fc.boolean(),
  extensions: fc.array(extension, { minLength: 1, maxLength: 5 }),
});

/** A source that replays digits, so that a test says what was drawn. */
function drawing(digits: string): (below: number) => number {
  const queue = [...digits].map(Number);
  return (below) => {
    expect(below).toBe(10);
    const digit = queue.shift();
    if (digit === undefined) throw new Error('More digits were drawn than expected');
    return digit;
  };
}

describe('generatePin', () => {
  it('makes PINs that every rule lets pass, as long as the policy asks', () => {
    fc.assert(
      fc.property(rules, (judged) => {
        const pin = generatePin(judged, randomInt);
        expect(refusePin(pin, judged)).toBeUndefined();
        expect(pin).toHaveLength(judged.minPinLength);
      }),
      { numRuns: 500 },
    );
  });

  it('throws a refused draw away whole', () => {
    const judged: PinRules = { minPinLength: 4, allowCommonPatterns: false, extensions: ['36697'] };
    expect(generatePin(judged, drawing('1234' + '6697' + '9407'))).toBe('9407');
  });

  it('is uniform over what is let pass', () => {
    const judged: PinRules = { minPinLength: 4, allowCommonPatterns: false, extensions: ['36697'] };
    const allowed = Array.from({ length: 10_000 }, (_, i) => `${i}`.padStart(4, '0')).filter(
      (pin) => refusePin(pin, judged) === undefined,
    );
    const draws = allowed.length * 12;
    const counts = new Map<string, number>();
    for (let i = 0; i < draws; i++) {
      const pin = generatePin(judged, randomInt);
      counts.set(pin, (counts.get(pin) ?? 0) + 1);
    }
    const expected = draws / allowed.length;
    const chiSquare = allowed.reduce((sum, pin) => sum + ((counts.get(pin) ?? 0) - expected) ** 2 / expected, 0);
    const freedom = allowed.length - 1;
    // With this many degrees of freedom chi-square is nearly normal; six deviations come by chance once in 10⁹ runs.
    expect(Math.abs(chiSquare - freedom) / Math.sqrt(2 * freedom)).toBeLessThan(6);
    expect([...counts.keys()].every((pin) => refusePin(pin, judged) === undefined)).toBe(true);
  });

  it('fails when the source is not random, and does not draw for ever', () => {
    const judged: PinRules = { minPinLength: 6, allowCommonPatterns: false, extensions: ['51234'] };
    expect(() => generatePin(judged, () => 7)).toThrow('No PIN of 6 digits was let pass');
  });
});
