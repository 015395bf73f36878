import { useTranslations } from 'use-intl';
import { enUs } from '../texts/en-us.ts';

type Reason = keyof typeof enUs.signInFailures;

const isReason = (reason: string): reason is Reason => Object.hasOwn(enUs.signInFailures, reason);

/** The minutes of so many seconds, one at least. */
const minutesOf = (seconds: string | null): number => Math.max(1, Math.ceil(Number(seconds) / 60) || 1);

/**
 * Why the identity provider's sign-in has come to nothing, in words; undefined when it has not.
 *
 * @param search the query of the address that the service has sent the browser to.
 */
export function useFailedSignIn(search: URLSearchParams): string | undefined {
  const t = useTranslations('signInFailures');
  const reason = search.get('failed');
  if (reason === null) return undefined;
  return t(isReason(reason) ? reason : 'refused', { minutes: minutesOf(search.get('wait')) });
}
