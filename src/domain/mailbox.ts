import type { DialPlanId } from './dial-plan.ts';
import type { MailboxPolicyId } from './mailbox-policy.ts';

/** Names one mailbox in the database. */
export type MailboxId = string & { readonly __brand: 'MailboxId' };

/** A UM-enabled user (SPEC §1). */
export interface Mailbox {
  readonly id: MailboxId;
  readonly dialPlanId: DialPlanId;
  readonly policyId: MailboxPolicyId;
  /** Primary SMTP address, the user id. */
  readonly address: string;
  readonly displayName: string;
  /** The first is the primary one; each is unique in the dial plan and exactly as long as the plan says. */
  readonly extensions: readonly [string, ...string[]];
  /** Numbers other than extensions that the mailbox is recognised by (SPEC §3.1), as `normaliseNumber` gives them. */
  readonly registeredNumbers: readonly string[];
  /** BCP 47 tag of the language in which the mailbox speaks to its user, such as `en-US`. */
  readonly language: string;
  /** Whether its user may sign in by phone; the policy may forbid it for all its mailboxes. */
  readonly subscriberAccess: boolean;
}
