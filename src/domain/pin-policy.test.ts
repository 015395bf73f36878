import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_USED_PINS } from './common-patterns.ts';
import { type PinRefusal, type PinRules, refusePin } from './pin-policy.ts';

const RULES: PinRules = { minPinLength: 6, allowCommonPatterns: false, extensions: ['51234'] };
const FOUR: PinRules = { minPinLength: 4, allowCommonPatterns: true, extensions: ['36697'] };

const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });

const rules: fc.Arbitrary<PinRules> = fc.record({
  minPinLength: fc.integer({ min: 4, max: 24 }),
  allowCommonPatterns: fc.boolean(),
  extensions: fc.array(digits(1, 20), { minLength: 1, maxLength: 3 }),
});

/** Whether what a refusal says of a PIN is so, judged another way than the rules do. */
function isTrue(refusal: PinRefusal, pin: string, { minPinLength, extensions }: PinRules): boolean {
  switch (refusal.kind) {
    case 'not-digits':
      return [...pin].some((character) => !'0123456789'.includes(character));
    case 'too-long':
      return pin.length > 24 && refusal.maximum === 24;
    case 'too-short':
      return pin.length < minPinLength && refusal.minimum === minPinLength;
    case 'extension-suffix':
      return extensions.some((extension) => extension.slice(-pin.length) === pin);
    case 'contains-extension':
      return extensions.some((extension) => extension.length >= 4 && pin.split(extension).length > 1);
    case 'used-before':
      return false;
    case 'common-pattern':
      return isPattern(refusal.pattern, pin, extensions);
  }
}

function isPattern(
  pattern: (PinRefusal & { kind: 'common-pattern' })['pattern'],
  pin: string,
  extensions: readonly string[],
): boolean {
  switch (pattern) {
    case 'one-digit':
      return new Set(pin).size === 1;
    case 'sequential':
      return ['01234567890'.repeat(3), '09876543210'.repeat(3)].some((run) => run.replaceAll('00', '0').includes(pin));
    case 'repeated-group':
      return /^([0-9]+)\1+$/.test(pin);
    case 'extension-reversed':
      return extensions.includes([...pin].reverse().join(''));
    case 'keypad-pattern':
      return new Set(pin).size >= 3;
    case 'date':
      return [4, 6, 8].includes(pin.length) && /19|20/.test(pin);
    case 'most-used':
      return MOST_USED_PINS.has(pin);
  }
}

describe('refusePin', () => {
  it('lets the example of the reference page pass', () => {
    expect(refusePin('1985848', RULES)).toBeUndefined();
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

  it('names a rule that is true of what it refuses', () => {
    const pin = fc.oneof(digits(0, 26), digits(4, 4), digits(6, 6), fc.string({ maxLength: 26 }));
    fc.assert(
      fc.property(pin, rules, (candidate, judged) => {
        const refusal = refusePin(candidate, judged);
        expect(refusal === undefined || isTrue(refusal, candidate, judged)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('names a true rule for each PIN of four digits', () => {
    const judged: PinRules = { minPinLength: 4, allowCommonPatterns: false, extensions: ['36697', '4071'] };
    let refused = 0;
    for (let i = 0; i < 10_000; i++) {
      const pin = `${i}`.padStart(4, '0');
      const refusal = refusePin(pin, judged);
      if (refusal !== undefined) {
        refused++;
        expect(isTrue(refusal, pin, judged)).toBe(true);
      }
    }
    // Most PINs stay free to be chosen, or the rules would do an attacker's work.
    expect(refused).toBeGreaterThan(400);
    expect(refused).toBeLessThan(1_000);
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
