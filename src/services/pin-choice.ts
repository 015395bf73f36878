import { generatePin, type RandomBelow } from '../domain/pin-generator.ts';
import { type PinRefusal, type PinRules, refusePin } from '../domain/pin-policy.ts';

/** The last PINs of a mailbox, the current one included, as far as its policy looks back. */
export interface PinHistory {
  /** How many it holds. */
  readonly lastPins: number;
  /** Whether the PIN is one of them; takes a hash for each. Throws what the hasher throws. */
  includes(pin: string): Promise<boolean>;
}

/** The history of a mailbox that has had no PIN. */
export const NO_HISTORY: PinHistory = { lastPins: 0, includes: async () => false };

/** The first rule of SPEC §2 that refuses a PIN, the history included; undefined when all let it pass. */
export async function judgePin(pin: string, rules: PinRules, history: PinHistory): Promise<PinRefusal | undefined> {
  // The history costs hashes, so it is looked into last.
  const refusal = refusePin(pin, rules);
  if (refusal !== undefined) return refusal;
  return (await history.includes(pin)) ? { kind: 'used-before', lastPins: history.lastPins } : undefined;
}

/** A generated PIN that every rule lets pass, the history included. Throws when there is none. */
export async function choosePin(rules: PinRules, history: PinHistory, random: RandomBelow): Promise<string> {
  // Twenty former PINs at most are thrown away out of thousands, so that this ends soon.
  for (;;) {
    const pin = generatePin(rules, random);
    if (!(await history.includes(pin))) return pin;
  }
}
