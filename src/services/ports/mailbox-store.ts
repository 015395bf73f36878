import type { DialPlanId } from '../../domain/dial-plan.ts';
import type { Mailbox, MailboxId } from '../../domain/mailbox.ts';

/** Mailboxes with their extensions and registered numbers. Every method throws when the database fails. */
export interface MailboxStore {
  byId(id: MailboxId): Promise<Mailbox | undefined>;
  /** By primary SMTP address, upper and lower case being the same. */
  byAddress(address: string): Promise<Mailbox | undefined>;
  /** By alias, upper and lower case being the same. */
  byAlias(alias: string): Promise<Mailbox | undefined>;
  /** By exactly one of its extensions or registered numbers; the number as `normaliseNumber` gives it. */
  byNumber(dialPlan: DialPlanId, number: string): Promise<Mailbox | undefined>;
  /** Throws when its address, or one of its numbers in the dial plan, is another's. */
  insert(mailbox: Mailbox): Promise<void>;
}
