import { useCallback } from 'react';
import { useTranslations } from 'use-intl';
import { Refused, SignedOut, Unreachable } from '../api/failure.ts';
import { enUs } from '../texts/en-us.ts';

type KnownProblem = keyof typeof enUs.problems;

const isKnown = (name: string): name is KnownProblem => Object.hasOwn(enUs.problems, name);

/** What went wrong and what to do next, in words. */
export function useFailureText(): (error: unknown) => string {
  const t = useTranslations('failures');
  const problems = useTranslations('problems');
  return useCallback(
    (error) => {
      if (error instanceof SignedOut) return t('signedOut');
      if (error instanceof Unreachable) return t('unreachable');
      if (!(error instanceof Refused)) return t('unexpected');
      const { name, problem, retryAfter } = error;
      if (problem.status === 429 || problem.status === 503) return t('wait', { seconds: retryAfter ?? 30 });
      if (problem.status >= 500) return t('fault', { id: problem.instance?.split(':').at(-1) ?? '–' });
      const about = problem.detail ?? problem.title;
      return isKnown(name) ? problems(name, { about }) : t('refused', { about });
    },
    [t, problems],
  );
}
