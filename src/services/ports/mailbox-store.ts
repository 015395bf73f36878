import type { DialPlanId } from '../../domain/dial-plan.ts';
import type { Mailbox, MailboxId } from '../../domain/mailbox.ts';
import type { MailboxPolicyId } from '../../domain/mailbox-policy.ts';

/** A mailbox with how often its settings were changed: from 1, advanced by every {@link MailboxStore.update}. */
export interface StoredMailbox {
  readonly mailbox: Mailbox;
  readonly revision: number;
}

/** Which mailboxes are looked for: those that are everything that is given. */
export interface MailboxCriteria {
  /** In milliseconds since 1970: by then a timed lock has run out, or a PIN was in use for too long, or not. */
  readonly now: number;
  /** Part of the display name, address or alias, or the beginning of an extension. */
  readonly search?: string;
  /** A lock counts until its policy lets it run out. */
  readonly locked?: boolean;
  /** The PIN is marked so, or has been in use for as long as its policy lets it. */
  readonly pinExpired?: boolean;
  readonly firstTime?: boolean;
  /** A mail was refused, or waits although it was tried, or is the newest and has expired. */
  readonly mailProblem?: boolean;
  readonly policy?: MailboxPolicyId;
  readonly dialPlan?: DialPlanId;
}

/** What was found among the mailboxes that were looked at. */
export interface FoundMailboxes {
  /** In the order of their addresses; `position` is where each is in it. */
  readonly found: readonly { readonly id: MailboxId; readonly position: string }[];
  /** The position of the last one that was looked at; undefined when that was the last there is. */
  readonly through: string | undefined;
}

/** Mailboxes with their extensions and registered numbers. Every method throws when the database fails. */
export interface MailboxStore {
  byId(id: MailboxId): Promise<Mailbox | undefined>;
  /** By primary SMTP address, upper and lower case being the same. */
  byAddress(address: string): Promise<Mailbox | undefined>;
  /** By alias, upper and lower case being the same. */
  byAlias(alias: string): Promise<Mailbox | undefined>;
  /** By exactly one of its extensions or registered numbers; the number as `normaliseNumber` gives it. */
  byNumber(dialPlan: DialPlanId, number: string): Promise<Mailbox | undefined>;
  /** Those with this extension, in every dial plan. */
  byExtension(extension: string): Promise<readonly Mailbox[]>;
  /** In no order; those that there are. */
  byIds(ids: readonly MailboxId[]): Promise<readonly StoredMailbox[]>;
  /**
   * Looks at the next `among` mailboxes behind a position, whatever `limit` says of those that are found: so many are
   * looked at in a few milliseconds, and the rest another time.
   */
  find(criteria: MailboxCriteria, after: string | undefined, limit: number, among: number): Promise<FoundMailboxes>;
  /** How many are locked at `now`, in milliseconds since 1970; a lock counts until its policy lets it run out. */
  countLocked(now: number): Promise<number>;
  /** Replaces everything but its id and dial plan; false when there is no such mailbox. Throws as {@link insert} does. */
  update(mailbox: Mailbox): Promise<boolean>;
  /** Removes it with its numbers, its credential and the history of that; mails and audit records stay. */
  remove(id: MailboxId): Promise<boolean>;
  /** Throws when its address, or one of its numbers in the dial plan, is another's. */
  insert(mailbox: Mailbox): Promise<void>;
}
