import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PinRules } from '../domain/pin-policy.ts';
import { choosePin, judgePin, NO_HISTORY, type PinHistory } from './pin-choice.ts';

const RULES: PinRules = { minPinLength: 4, allowCommonPatterns: false, extensions: ['51234'] };

/** A history that remembers what it was asked. */
function historyOf(...pins: string[]): PinHistory & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  return {
    lastPins: pins.length,
    asked,
    includes: async (pin) => {
      asked.push(pin);
      return pins.includes(pin);
    },
  };
}

describe('judgePin', () => {
  it('refuses a PIN of the history, and says how far back that goes', async () => {
    expect(await judgePin('9407', RULES, historyOf('8261', '9407'))).toEqual({ kind: 'used-before', lastPins: 2 });
    expect(await judgePin('9408', RULES, historyOf('8261', '9407'))).toBeUndefined();
  });

  it('names the other rules first, and does not look into the history for them', async () => {
    const history = historyOf('1234');
    expect(await judgePin('1234', RULES, history)).toEqual({ kind: 'extension-suffix' });
    expect(history.asked).toEqual([]);
  });

  it('finds nothing in the history of a mailbox without one', async () => {
    expect(await judgePin('9407', RULES, NO_HISTORY)).toBeUndefined();
  });
});

describe('choosePin', () => {
  it('throws away what the history has', async () => {
    const queue = [...'940794079408'].map(Number);
    const pin = await choosePin(RULES, historyOf('9407'), () => queue.shift() ?? 0);
    expect(pin).toBe('9408');
  });

  it('chooses what every rule lets pass', async () => {
    for (let i = 0; i < 50; i++) {
      const pin = await choosePin(RULES, NO_HISTORY, randomInt);
      expect(await judgePin(pin, RULES, NO_HISTORY)).toBeUndefined();
    }
  });
});
