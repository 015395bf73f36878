import type { MailboxId } from '../../domain/mailbox.ts';
import type { Letter, LetterKind } from './letter.ts';
import type { SealedPin } from './pin-sealer.ts';

/** Names one mail of the outbox; its Message-ID is made of it, so that a duplicate is recognised. */
export type OutboxId = string & { readonly __brand: 'OutboxId' };

/** What became of a mail. */
export type OutboxState =
  /** To be delivered at `nextAttemptAt`. */
  | 'waiting'
  | 'delivered'
  /** It was withdrawn: a newer PIN, or the same to another address, was mailed in its place (SPEC §5). */
  | 'superseded'
  /** The other side will not take it; it is parked, and an administrator may try again. */
  | 'refused'
  /** It could not be delivered in seven days. */
  | 'expired';

/** A mail to be queued. */
export interface NewOutboxMail {
  readonly id: OutboxId;
  readonly mailboxId: MailboxId;
  readonly letter: Letter;
  /** Present exactly in letters that tell a PIN. */
  readonly pin: SealedPin | undefined;
  /** In milliseconds since 1970. */
  readonly queuedAt: number;
}

/** A mail as it is kept. */
export interface OutboxMail extends NewOutboxMail {
  readonly state: OutboxState;
  /** How often it was tried, one under way included. */
  readonly attempts: number;
  /** Before this nobody tries it again; while it is being tried, until when it is claimed. Milliseconds since 1970. */
  readonly nextAttemptAt: number;
  readonly settledAt: number | undefined;
  /** Why the last attempt failed, in words without addresses and digits of a PIN. */
  readonly lastError: string | undefined;
}

/** The mails that are not delivered yet. */
export interface MailBacklog {
  readonly waiting: number;
  /** Parked until an administrator looks at them, or they expire; links to sign in by are not counted, nobody looks at those. */
  readonly refused: number;
  /** When the one that has waited longest was queued, and when the next one is due; milliseconds since 1970. */
  readonly oldestQueuedAt: number | undefined;
  readonly nextDueAt: number | undefined;
}

/** Where a mail is among those of its mailbox: the moment of queuing in milliseconds since 1970, and its number. */
export interface MailPlace {
  readonly at: number;
  readonly sequence: number;
}

export interface PlacedMail {
  readonly place: MailPlace;
  readonly mail: OutboxMail;
}

/** Mails waiting for their delivery, and what became of them. Every method throws when the database fails. */
export interface OutboxStore {
  /** Queues a mail; it belongs in the transaction of the change that it tells of. */
  insert(mail: NewOutboxMail): Promise<void>;
  /** Withdraws the undelivered mails of these kinds to a mailbox, and erases their PINs (SPEC §5). Says how many. */
  supersede(mailbox: MailboxId, kinds: readonly LetterKind[], at: number): Promise<number>;
  /**
   * Takes the mail that has waited longest, nobody else gets it before `until`; one attempt is counted. Undefined when
   * none is due at `now`.
   */
  claim(now: number, until: number): Promise<OutboxMail | undefined>;
  /** Settles a claimed mail and erases its PIN. False when it is not waiting any more, as when it was superseded meanwhile. */
  delivered(id: OutboxId, at: number): Promise<boolean>;
  /** Lets a claimed mail wait until `nextAttemptAt`. */
  postpone(id: OutboxId, nextAttemptAt: number, error: string): Promise<void>;
  /**
   * Parks a claimed mail. Its PIN stays, sealed, until it expires: an administrator may try it again. False when it is
   * not waiting any more.
   */
  refuse(id: OutboxId, at: number, error: string): Promise<boolean>;
  /** Lets no mail wait beyond this moment: what does was given its time by a clock that was ahead. */
  hasten(latestAttemptAt: number): Promise<void>;
  /** Settles as expired, PINs erased, what was queued before and is waiting or refused. Says which, as they are now. */
  expire(queuedBefore: number, at: number): Promise<readonly OutboxMail[]>;
  /** When the next waiting mail is due, in milliseconds since 1970; undefined when none waits. */
  nextDue(): Promise<number | undefined>;
  /** What there is to be delivered. */
  backlog(): Promise<MailBacklog>;
  /** The newest to each of these mailboxes but for links to sign in by; of those that have had any. */
  newestOf(mailboxes: readonly MailboxId[]): Promise<readonly OutboxMail[]>;
  /** The newest first, by the moment and then by the number; those before a place. */
  page(mailbox: MailboxId, before: MailPlace | undefined, limit: number): Promise<readonly PlacedMail[]>;
  byId(id: OutboxId): Promise<OutboxMail | undefined>;
  /**
   * Lets a refused or waiting mail be tried at `at`; one that is being tried for the first time is left to that. Undefined
   * for any other; what it is now otherwise.
   */
  retry(id: OutboxId, at: number): Promise<OutboxMail | undefined>;
  /** The newest of these kinds; undefined when there has been none. */
  newest(mailbox: MailboxId, kinds: readonly LetterKind[]): Promise<OutboxMail | undefined>;
  /** The newest first. */
  ofMailbox(mailbox: MailboxId, limit: number): Promise<readonly OutboxMail[]>;
}
