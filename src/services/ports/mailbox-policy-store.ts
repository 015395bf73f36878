import type { DialPlanId } from '../../domain/dial-plan.ts';
import type { MailboxPolicy, MailboxPolicyId } from '../../domain/mailbox-policy.ts';

/** Mailbox policies. Every method throws when the database fails. */
export interface MailboxPolicyStore {
  byId(id: MailboxPolicyId): Promise<MailboxPolicy | undefined>;
  /** From 1, advanced by every {@link update}; undefined when there is no such policy. */
  revisionOf(id: MailboxPolicyId): Promise<number | undefined>;
  /** In the order of their names. */
  all(): Promise<readonly MailboxPolicy[]>;
  /** In the order of their names. */
  ofDialPlan(dialPlan: DialPlanId): Promise<readonly MailboxPolicy[]>;
  /** Upper and lower case being the same; no two have the same name. */
  byName(name: string): Promise<MailboxPolicy | undefined>;
  /** Throws when the name is another's. */
  insert(policy: MailboxPolicy): Promise<void>;
  /** Replaces name and settings; false when there is no such policy. The dial plan of a policy never changes. */
  update(policy: MailboxPolicy): Promise<boolean>;
  /** Removes it; throws when a mailbox has it. False when there was none. */
  remove(id: MailboxPolicyId): Promise<boolean>;
  /** Whether any mailbox has it. */
  isInUse(id: MailboxPolicyId): Promise<boolean>;
}
