import type { MailboxPolicy, MailboxPolicyId } from '../../domain/mailbox-policy.ts';

/** Mailbox policies. Every method throws when the database fails. */
export interface MailboxPolicyStore {
  byId(id: MailboxPolicyId): Promise<MailboxPolicy | undefined>;
  insert(policy: MailboxPolicy): Promise<void>;
}
