import type { DialPlanId } from './dial-plan.ts';

/** Names one mailbox policy in the database. */
export type MailboxPolicyId = string & { readonly __brand: 'MailboxPolicyId' };

/** The settings of a mailbox policy (SPEC §1). They hold from the next sign-in on. */
export interface MailboxPolicySettings {
  /** Fewest digits of a PIN, 4–24; also how many a generated one has. */
  readonly minPinLength: number;
  /** Days after which a PIN has to be changed, 1–999; counted from when it was set. */
  readonly pinLifetime: number | 'unlimited';
  /** How many of the last PINs, the current one included, a new one may not equal, 1–20. */
  readonly pinHistoryCount: number;
  /** Whether PINs that many people would guess first are let pass (SPEC §2). */
  readonly allowCommonPatterns: boolean;
  /** At each multiple of so many failed sign-ins the PIN is replaced, 1–998 and below `maxLogonAttempts`. */
  readonly logonFailuresBeforePinReset: number | 'unlimited';
  /** So many failed sign-ins lock the mailbox, 1–999. */
  readonly maxLogonAttempts: number;
  /** Minutes after which a lock that failures caused opens by itself, 1–525,600. */
  readonly lockoutDuration: number | 'unlimited';
  /** Whether the mailbox's own number has a budget of failures of its own (SPEC §3.11). */
  readonly ownerLine: boolean;
  /** Simple HTML added to the mails, at most 512 characters each. */
  readonly resetPinText: string;
  readonly umEnabledText: string;
  readonly voiceMailText: string;
  /** Longest greeting in minutes, 1–10. */
  readonly maxGreetingDuration: number;
  /** Whether the policy's users may sign in by phone at all. */
  readonly allowSubscriberAccess: boolean;
  /** Whether they may reach voice mail without a PIN, where their mailbox has it switched on, too (SPEC §3.10). */
  readonly allowPinlessVoiceMailAccess: boolean;
}

/** A UM mailbox policy: belongs to one dial plan; every mailbox has exactly one. */
export interface MailboxPolicy extends MailboxPolicySettings {
  readonly id: MailboxPolicyId;
  readonly dialPlanId: DialPlanId;
  readonly name: string;
}

/** What a policy has that nobody has changed (SPEC §1). */
export const MAILBOX_POLICY_DEFAULTS: MailboxPolicySettings = {
  minPinLength: 6,
  pinLifetime: 60,
  pinHistoryCount: 5,
  allowCommonPatterns: false,
  logonFailuresBeforePinReset: 5,
  maxLogonAttempts: 15,
  lockoutDuration: 'unlimited',
  ownerLine: true,
  resetPinText: '',
  umEnabledText: '',
  voiceMailText: '',
  maxGreetingDuration: 5,
  allowSubscriberAccess: true,
  allowPinlessVoiceMailAccess: false,
};

/** The name of the policy that is made together with a dial plan. */
export function defaultPolicyName(dialPlanName: string): string {
  return `${dialPlanName} Default Policy`;
}
