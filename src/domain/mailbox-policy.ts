import type { DialPlanId } from './dial-plan.ts';

/** Names one mailbox policy in the database. */
export type MailboxPolicyId = string & { readonly __brand: 'MailboxPolicyId' };

/** The settings of a mailbox policy (SPEC §1) that are in effect. */
export interface MailboxPolicySettings {
  /** Fewest digits of a PIN, 4–24; also how many a generated one has. */
  readonly minPinLength: number;
  /** How many of the last PINs, the current one included, a new one may not equal, 1–20. */
  readonly pinHistoryCount: number;
  /** Whether PINs that many people would guess first are let pass (SPEC §2). */
  readonly allowCommonPatterns: boolean;
  /** Whether the policy's users may sign in by phone at all. */
  readonly allowSubscriberAccess: boolean;
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
  pinHistoryCount: 5,
  allowCommonPatterns: false,
  allowSubscriberAccess: true,
};

/** The name of the policy that is made together with a dial plan. */
export function defaultPolicyName(dialPlanName: string): string {
  return `${dialPlanName} Default Policy`;
}
