import type { MailboxPolicy, MailboxPolicySettings } from './mailbox-policy.ts';
import { outOfRange, type SettingRange } from './setting-range.ts';
import type { SettingRefusal } from './setting-refusal.ts';
import { isText, normaliseName } from './setting-text.ts';

/** What names a policy and what it says, apart from where it belongs. */
export type NamedPolicySettings = Omit<MailboxPolicy, 'id' | 'dialPlanId'>;

/** Ranges of the settings that are numbers, both ends included, in the units of {@link MailboxPolicySettings} (SPEC §1). */
export const MAILBOX_POLICY_RANGES = {
  minPinLength: { minimum: 4, maximum: 24 },
  pinLifetime: { minimum: 1, maximum: 999, orUnlimited: true },
  pinHistoryCount: { minimum: 1, maximum: 20 },
  logonFailuresBeforePinReset: { minimum: 1, maximum: 998, orUnlimited: true },
  maxLogonAttempts: { minimum: 1, maximum: 999 },
  lockoutDuration: { minimum: 1, maximum: 525_600, orUnlimited: true },
  maxGreetingDuration: { minimum: 1, maximum: 10 },
} as const satisfies Readonly<Record<string, SettingRange>>;

/** The settings that are added to mails. */
export const POLICY_TEXTS = [
  'resetPinText',
  'umEnabledText',
  'voiceMailText',
] as const satisfies readonly (keyof MailboxPolicySettings)[];

/** Most characters of each of {@link POLICY_TEXTS} (SPEC §1). */
export const POLICY_TEXT_MAXIMUM = 512;

/** Most characters of a policy's name. */
export const POLICY_NAME_MAXIMUM = 64;

const zeroIsUnlimited = (value: number | 'unlimited'): number | 'unlimited' => (value === 0 ? 'unlimited' : value);

/**
 * A policy as it is stored: of the settings that 0 switches off (SPEC §6), `unlimited` stands for both, and the name is
 * written the one way. What no rule lets pass is left as it is.
 */
export function normalisePolicy<T extends NamedPolicySettings>(policy: T): T {
  return {
    ...policy,
    name: normaliseName(policy.name, POLICY_NAME_MAXIMUM) ?? policy.name,
    pinLifetime: zeroIsUnlimited(policy.pinLifetime),
    logonFailuresBeforePinReset: zeroIsUnlimited(policy.logonFailuresBeforePinReset),
  };
}

/** The first rule of SPEC §1 that refuses a policy as {@link normalisePolicy} gives it; undefined when all let it pass. */
export function refusePolicy(policy: NamedPolicySettings): SettingRefusal | undefined {
  if (normaliseName(policy.name, POLICY_NAME_MAXIMUM) === undefined) {
    return { kind: 'not-a-name', setting: 'name', maximum: POLICY_NAME_MAXIMUM };
  }
  const refusal = outOfRange(policy, MAILBOX_POLICY_RANGES);
  if (refusal !== undefined) return refusal;
  const { logonFailuresBeforePinReset, maxLogonAttempts } = policy;
  if (logonFailuresBeforePinReset !== 'unlimited' && logonFailuresBeforePinReset >= maxLogonAttempts) {
    const setting = 'logonFailuresBeforePinReset';
    return { kind: 'exceeds-setting', setting, limit: 'maxLogonAttempts', maximum: maxLogonAttempts - 1 };
  }
  const text = POLICY_TEXTS.find((one) => !isText(policy[one], POLICY_TEXT_MAXIMUM));
  return text === undefined ? undefined : { kind: 'not-a-text', setting: text, maximum: POLICY_TEXT_MAXIMUM };
}
