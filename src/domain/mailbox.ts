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
  /** Another name for the mailbox, unique like the address. */
  readonly alias: string;
  readonly displayName: string;
  /** The first is the primary one; each is unique in the dial plan and exactly as long as the plan says. */
  readonly extensions: readonly [string, ...string[]];
  /** Numbers other than extensions that the mailbox is recognised by (SPEC §3.1), as `normaliseNumber` gives them. */
  readonly registeredNumbers: readonly string[];
  /** BCP 47 tag of the language in which the mailbox speaks to its user, such as `en-US`. */
  readonly language: string;
  /** IANA name of the zone that its user lives in, such as `America/Los_Angeles`; times are spoken in it. */
  readonly timeZone: string;
  /** Whether times are spoken on a clock of 12 hours or of 24. */
  readonly clock: '12-hour' | '24-hour';
  /** Whether its user may sign in by phone; the policy may forbid it for all its mailboxes. */
  readonly subscriberAccess: boolean;
  /** Whether its user may reach voice mail without a PIN, where the policy lets them (SPEC §3.10). */
  readonly pinlessAccess: boolean;
}
