import { describe, expect, it } from 'vitest';
import { checkPin } from './pin-checks.ts';

const RULES = { minPinLength: 6, allowCommonPatterns: false, extensions: ['51234'] };

const unmet = (pin: string, rules = RULES) =>
  checkPin(pin, rules)
    .filter(({ state }) => state === 'unmet')
    .map(({ rule }) => rule);

describe('the rules of a PIN that is being typed', () => {
  it('say nothing before there is anything', () => {
    expect(checkPin('', RULES).map(({ state }) => state)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
  });

  it.each([
    ['1985848', []],
    ['19858', ['length']],
    ['1'.repeat(25), ['length', 'pattern']],
    ['51234', ['length', 'extension']],
    ['9951234', ['extension']],
    ['34', ['length', 'extension', 'pattern']],
    ['654321', ['pattern']],
    ['12a456', ['digits']],
  ])('are each told apart for %s', (pin, rules) => {
    expect(unmet(pin)).toEqual(rules);
  });

  it('leave patterns out where the policy allows them', () => {
    expect(checkPin('654321', { ...RULES, allowCommonPatterns: true }).map(({ rule }) => rule)).toEqual([
      'digits',
      'length',
      'extension',
    ]);
  });

  it('name the pattern', () => {
    expect(checkPin('147258', RULES).at(-1)).toEqual({ rule: 'pattern', state: 'unmet', pattern: 'keypad-pattern' });
  });
});
