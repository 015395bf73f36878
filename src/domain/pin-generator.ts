import { type PinRules, refusePin } from './pin-policy.ts';

/** A whole number from 0 to `below` − 1, each as likely as any other, from a cryptographic source. */
export type RandomBelow = (below: number) => number;

/**
 * So many draws in a row are refused only if the source is not random: even the strictest policy, four digits and a
 * hundred extensions, lets more than half of all PINs pass.
 */
const MOST_DRAWS = 10_000;

/**
 * A PIN of `minPinLength` digits that every rule lets pass, each such PIN as likely as any other (SPEC §2): a refused
 * draw is thrown away whole, and never mended, for mending would favour its neighbours.
 *
 * Throws when nothing is let pass, which is a fault of the random source, or of rules that leave no PIN.
 */
export function generatePin(rules: PinRules, random: RandomBelow): string {
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const pin = Array.from({ length: rules.minPinLength }, () => random(10)).join('');
    if (refusePin(pin, rules) === undefined) return pin;
  }
  throw new Error(`No PIN of ${rules.minPinLength} digits was let pass in ${MOST_DRAWS} draws`);
}
