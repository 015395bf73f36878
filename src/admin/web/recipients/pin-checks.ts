import { type CommonPattern, commonPatternOf } from '../../../domain/common-patterns.ts';
import { type PinRules, refusePin } from '../../../domain/pin-policy.ts';

/** How a rule stands for what has been typed so far. */
export type PinCheckState = 'unknown' | 'met' | 'unmet';

export type PinCheck =
  | { readonly rule: 'digits'; readonly state: PinCheckState }
  | { readonly rule: 'length'; readonly state: PinCheckState; readonly minimum: number }
  | { readonly rule: 'extension'; readonly state: PinCheckState }
  | { readonly rule: 'pattern'; readonly state: PinCheckState; readonly pattern: CommonPattern | undefined };

const met = (isMet: boolean): PinCheckState => (isMet ? 'met' : 'unmet');

/** Every rule that can be checked here, one by one; which PINs were used before, only the service knows. */
export function checkPin(pin: string, rules: PinRules): readonly PinCheck[] {
  const minimum = rules.minPinLength;
  const isPatternRefused = !rules.allowCommonPatterns;
  if (pin === '') {
    return [
      { rule: 'digits', state: 'unknown' },
      { rule: 'length', state: 'unknown', minimum },
      { rule: 'extension', state: 'unknown' },
      ...(isPatternRefused ? [{ rule: 'pattern', state: 'unknown', pattern: undefined } as const] : []),
    ];
  }
  const lengthRefusal = refusePin(pin, { minPinLength: minimum, allowCommonPatterns: true, extensions: [] });
  const extensionRefusal = refusePin(pin, { ...rules, minPinLength: 0, allowCommonPatterns: true });
  const isDigits = extensionRefusal?.kind !== 'not-digits';
  const pattern = isDigits ? commonPatternOf(pin, rules.extensions) : undefined;
  const isExtension = extensionRefusal?.kind === 'extension-suffix' || extensionRefusal?.kind === 'contains-extension';
  return [
    { rule: 'digits', state: met(isDigits) },
    { rule: 'length', state: isDigits ? met(lengthRefusal === undefined) : 'unknown', minimum },
    { rule: 'extension', state: isDigits ? met(!isExtension) : 'unknown' },
    ...(isPatternRefused
      ? [{ rule: 'pattern', state: isDigits ? met(pattern === undefined) : 'unknown', pattern } as const]
      : []),
  ];
}
