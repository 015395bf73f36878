import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rulesAgainst } from '../testing/pin-rules-reference.ts';
import { MAILBOX_NUMBERS_MAXIMUM } from './mailbox-identity.ts';
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

const FOUR_DIGITS: PinRules = { minPinLength: 4, allowCommonPatterns: false, extensions: ['36697'] };

const ALLOWED = Array.from({ length: 10_000 }, (_, i) => `${i}`.padStart(4, '0')).filter(
  (pin) => refusePin(pin, FOUR_DIGITS) === undefined,
);

/** How often each PIN is drawn on average. */
const DRAWS_EACH = 20;

/** The natural logarithm of 2 · 10⁹: each of two bounds fails by chance once in so many runs at most. */
const IMPROBABLE = Math.log(2e9);

/**
 * Pearson's chi-square of so many draws against every allowed PIN being as likely as any other, and the bounds between
 * which it is but for once in 10⁹ runs: P(χ² ≥ k + 2√(kx) + 2x) ≤ e⁻ˣ and P(χ² ≤ k − 2√(kx)) ≤ e⁻ˣ for k degrees of
 * freedom (Laurent and Massart 2000, lemma 1). The bounds are nearly seven deviations away, where chance gets far more
 * seldom than the lemma promises, so that it does not matter that the statistic is χ² only nearly, with 20 draws of each.
 * Throws when a PIN is drawn that is not allowed.
 */
function chiSquareOf(draw: () => string): { readonly statistic: number; readonly low: number; readonly high: number } {
  const counts = new Map(ALLOWED.map((pin) => [pin, 0]));
  for (let i = 0; i < ALLOWED.length * DRAWS_EACH; i++) {
    const pin = draw();
    const count = counts.get(pin);
    if (count === undefined) throw new Error('A PIN was drawn that is not allowed');
    counts.set(pin, count + 1);
  }
  const statistic = [...counts.values()].reduce((sum, count) => sum + (count - DRAWS_EACH) ** 2 / DRAWS_EACH, 0);
  const freedom = ALLOWED.length - 1;
  const spread = 2 * Math.sqrt(freedom * IMPROBABLE);
  return { statistic, low: freedom - spread, high: freedom + spread + 2 * IMPROBABLE };
}

/** What not to do: the next allowed PIN stands in for one that is refused, and so comes twice as often. */
function mended(): string {
  for (let number = randomInt(10_000); ; number = (number + 1) % 10_000) {
    const pin = `${number}`.padStart(4, '0');
    if (refusePin(pin, FOUR_DIGITS) === undefined) return pin;
  }
}

describe('generatePin', () => {
  it('makes PINs that every rule lets pass, as long as the policy asks', () => {
    fc.assert(
      fc.property(rules, (judged) => {
        const pin = generatePin(judged, randomInt);
        expect(refusePin(pin, judged)).toBeUndefined();
        expect(rulesAgainst(pin, judged)).toEqual(new Set());
        expect(pin).toHaveLength(judged.minPinLength);
      }),
      { numRuns: 500 },
    );
  });

  it('finds a PIN for a mailbox with as many extensions as one may have', () => {
    const numbers = Array.from({ length: MAILBOX_NUMBERS_MAXIMUM }, (_, i) => `${5_000 + 7 * i}`);
    for (let i = 0; i < 100; i++) {
      const pin = generatePin({ ...FOUR_DIGITS, extensions: numbers }, randomInt);
      expect(numbers).not.toContain(pin);
    }
  });

  it('throws a refused draw away whole', () => {
    const judged: PinRules = { minPinLength: 4, allowCommonPatterns: false, extensions: ['36697'] };
    expect(generatePin(judged, drawing('1234' + '6697' + '9407'))).toBe('9407');
  });

  it('is uniform over what is let pass', () => {
    const { statistic, low, high } = chiSquareOf(() => generatePin(FOUR_DIGITS, randomInt));
    expect(statistic).toBeGreaterThan(low);
    expect(statistic).toBeLessThan(high);
  });

  it.each<[string, () => string]>([
    ['mends a refused draw instead of throwing it away', mended],
    ['draws digits of which some are likelier by a fifth', () => generatePin(FOUR_DIGITS, () => randomInt(56) % 10)],
  ])('would be found out if it did what one does that %s', (_, biased) => {
    const { statistic, high } = chiSquareOf(biased);
    expect(statistic).toBeGreaterThan(high);
  });

  it('would be found out if it dealt PINs out in turn, which is too even for chance', () => {
    let turn = 0;
    const { statistic, low } = chiSquareOf(() => ALLOWED[turn++ % ALLOWED.length] ?? '');
    expect(statistic).toBeLessThan(low);
  });

  it('fails when the source is not random, and does not draw for ever', () => {
    const judged: PinRules = { minPinLength: 6, allowCommonPatterns: false, extensions: ['51234'] };
    expect(() => generatePin(judged, () => 7)).toThrow('No PIN of 6 digits was let pass');
  });
});
