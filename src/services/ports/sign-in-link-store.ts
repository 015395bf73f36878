import type { MailboxId } from '../../domain/mailbox.ts';

/** A link that somebody has asked for. Moments are milliseconds since 1970. */
export interface SignInLink {
  readonly id: string;
  /** What was asked for, as a keyed digest: it may be anything. */
  readonly addressDigest: string;
  /** Undefined where no mailbox has the address; such a link is mailed to nobody. */
  readonly mailboxId: MailboxId | undefined;
  readonly askedAt: number;
  readonly expiresAt: number;
}

/** The links by which users prove who they are. Every method throws when the database fails. */
export interface SignInLinkStore {
  insert(link: SignInLink): Promise<void>;
  /** How many were asked for an address since a moment, `digests` being all that it may have. */
  countSince(digests: readonly string[], since: number): Promise<number>;
  /**
   * Uses a link up, in one statement, so that of several at once one gets its mailbox. Undefined when there is none of this
   * id, when it was used, when it is too old, or when it is nobody's.
   */
  use(id: string, now: number): Promise<MailboxId | undefined>;
  /** Removes those that were asked for before. */
  prune(before: number): Promise<void>;
}
