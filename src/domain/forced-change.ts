import type { CredentialState } from './credential.ts';
import type { MailboxPolicySettings } from './mailbox-policy.ts';

/** Why a PIN has to be changed at sign-in, in the order in which they are told (SPEC §3.9). */
export const CHANGE_CAUSES = [
  /** The PIN was reset, or set so that it has to be changed. */
  'pin-expired',
  /** The user signs in for the first time. */
  'first-time',
  /** The PIN has been in use for as long as the policy lets it. */
  'lifetime',
  /** The PIN is shorter than the policy asks by now. */
  'too-short',
] as const;

export type ChangeCause = (typeof CHANGE_CAUSES)[number];

const DAY = 24 * 3_600_000;

/**
 * Every cause for which the PIN that was just signed in with has to be changed; empty when it need not.
 *
 * @param state as it was before the sign-in, which may end the first time.
 * @param pinLength how many digits the PIN has that was signed in with.
 * @param now in milliseconds since 1970.
 */
export function changeCauses(
  state: Pick<CredentialState, 'pinSetAt' | 'pinExpired' | 'firstTime' | 'firstChangeWaived'>,
  policy: Pick<MailboxPolicySettings, 'pinLifetime' | 'minPinLength'>,
  pinLength: number,
  now: number,
): readonly ChangeCause[] {
  const holds: Readonly<Record<ChangeCause, boolean>> = {
    'pin-expired': state.pinExpired,
    'first-time': state.firstTime && !state.firstChangeWaived,
    lifetime: policy.pinLifetime !== 'unlimited' && now >= state.pinSetAt + policy.pinLifetime * DAY,
    'too-short': pinLength < policy.minPinLength,
  };
  return CHANGE_CAUSES.filter((cause) => holds[cause]);
}
