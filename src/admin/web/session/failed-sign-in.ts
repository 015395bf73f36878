import { useTranslations } from 'use-intl';
import { enUs } from '../texts/en-us.ts';

type Reason = keyof typeof enUs.signInFailures;

const isReason = (reason: string): reason is Reason => Object.hasOwn(enUs.signInFailures, reason);

/** Why the identity provider's sign-in has come to nothing, in words; undefined when it has not. */
export function useFailedSignIn(reason: string | null): string | undefined {
  const t = useTranslations('signInFailures');
  if (reason === null) return undefined;
  return t(isReason(reason) ? reason : 'refused');
}
