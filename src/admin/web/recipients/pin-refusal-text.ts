import { useCallback } from 'react';
import { useTranslations } from 'use-intl';
import { Refused } from '../api/failure.ts';
import type { Problem } from '../api/operations.ts';
import { enUs } from '../texts/en-us.ts';

type Pattern = keyof typeof enUs.pin.pattern;

const isPattern = (pattern: string): pattern is Pattern => Object.hasOwn(enUs.pin.pattern, pattern);

/** Why the service refuses a PIN, and what would do, in words. */
export function usePinRefusalText(): (problem: Problem) => string {
  const t = useTranslations('pin');
  return useCallback(
    (problem) => {
      const { rule, pattern, lastPins, minimum, maximum } = problem;
      switch (rule) {
        case 'used-before':
          return t('refused.usedBefore', { count: lastPins ?? 1 });
        case 'too-short':
          return t('refused.tooShort', { minimum: minimum ?? 4 });
        case 'too-long':
          return t('refused.tooLong', { maximum: maximum ?? 24 });
        case 'common-pattern':
          return pattern !== undefined && isPattern(pattern) ? t(`pattern.${pattern}`) : t('refused.pattern');
        case 'not-digits':
          return t('rule.digits');
        case 'extension-suffix':
        case 'contains-extension':
          return t('refused.extension');
        default:
          return problem.detail ?? problem.title;
      }
    },
    [t],
  );
}

/** The refusal of a PIN that was typed; undefined when something else went wrong. */
export function pinRefusalOf(error: unknown): Refused | undefined {
  const names = ['pin-refused', 'history-attempts-used-up'];
  return error instanceof Refused && names.includes(error.name) ? error : undefined;
}
