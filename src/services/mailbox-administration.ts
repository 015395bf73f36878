import type { DialPlanId } from '../domain/dial-plan.ts';
import type { Mailbox, MailboxId } from '../domain/mailbox.ts';
import type { MailboxPolicyId } from '../domain/mailbox-policy.ts';
import type { Actor, AuditAction, AuditDetails, AuditSource } from './audit.ts';
import type { AuditPosition } from './audit-search.ts';
import type { MailboxSettingRefusal } from './mailbox-settings.ts';
import type { Page, PageRequest } from './page.ts';
import type { Requester } from './pin-administration.ts';
import type { LetterKind } from './ports/letter.ts';
import type { OutboxId, OutboxState } from './ports/outbox-store.ts';

/** Which mailbox an identity names (SPEC §1): an id, an address, an alias or an extension. */
export type MailboxResolved =
  | { readonly kind: 'found'; readonly id: MailboxId }
  | { readonly kind: 'no-such-mailbox' }
  /** An extension of several dial plans, or of one mailbox and the alias of another; their addresses, in order. */
  | { readonly kind: 'ambiguous-identity'; readonly candidates: readonly string[] };

/** A mailbox with what its administrators ask first. Moments are milliseconds since 1970. */
export interface MailboxDetails {
  readonly mailbox: Mailbox;
  readonly dialPlan: { readonly id: DialPlanId; readonly name: string };
  readonly policy: { readonly id: MailboxPolicyId; readonly name: string };
  /** It has to be changed at the next sign-in because it was reset, set so, or has been in use too long. */
  readonly pinExpired: boolean;
  readonly firstTimeUser: boolean;
  /** A timed lock that has run out is none any more. */
  readonly lockedOut: boolean;
  /** The newest mail to the mailbox but for links to sign in by. */
  readonly mail: Pick<MailView, 'id' | 'kind' | 'state' | 'queuedAt'> | undefined;
  /** From 1; advanced by every change of the mailbox's settings, and by nothing else. */
  readonly revision: number;
}

/** Which mailboxes are listed: those that are everything that is given. */
export interface MailboxFilter {
  /** Part of the display name, address or alias, whatever its case and accents, or the beginning of an extension. */
  readonly search?: string;
  readonly locked?: boolean;
  /** As {@link MailboxDetails.pinExpired}. */
  readonly pinExpired?: boolean;
  readonly firstTime?: boolean;
  /**
   * A mail to it was refused, waits although it has been tried, or is the newest and was given up. Mails that were
   * superseded are no problem, nor is what becomes of links to sign in by.
   */
  readonly mailProblem?: boolean;
  readonly policy?: MailboxPolicyId;
  readonly dialPlan?: DialPlanId;
}

/** What is not given stays as it is. */
export type MailboxChanges = Partial<Omit<Mailbox, 'id' | 'dialPlanId'>>;

export type MailboxChanged =
  | {
      readonly kind: 'changed';
      readonly details: MailboxDetails;
      /** The names of the settings that are not as they were; without any, nothing was stored. */
      readonly settings: readonly string[];
    }
  | { readonly kind: 'no-such-mailbox' }
  /** It has been changed since whoever asks has read it; `revision` is what it has now. */
  | { readonly kind: 'revision-differs'; readonly revision: number }
  /** A mailbox stays in its dial plan. */
  | { readonly kind: 'policy-of-another-dial-plan' }
  | MailboxSettingRefusal;

export type MailboxDisabled =
  | {
      readonly kind: 'disabled';
      readonly mailbox: Mailbox;
      /** How many mails with a PIN were withdrawn that had not been delivered. */
      readonly withdrawn: number;
    }
  | { readonly kind: 'no-such-mailbox' }
  | { readonly kind: 'revision-differs'; readonly revision: number };

/** A mail without what is in it. Moments are milliseconds since 1970. */
export interface MailView {
  readonly id: OutboxId;
  readonly kind: LetterKind;
  /** The address that it goes to. */
  readonly to: string;
  readonly state: OutboxState;
  /** Whether there is a PIN in it. */
  readonly tellsPin: boolean;
  /** How often it was tried, one under way included. */
  readonly attempts: number;
  readonly queuedAt: number;
  /** Undefined unless it waits. */
  readonly nextAttemptAt: number | undefined;
  readonly settledAt: number | undefined;
  /** Why the last attempt failed. */
  readonly lastError: string | undefined;
}

export type MailRetried =
  | { readonly kind: 'retried'; readonly mail: MailView }
  | { readonly kind: 'no-such-mailbox' }
  | { readonly kind: 'no-such-mail' }
  /** It was delivered, superseded or given up. */
  | { readonly kind: 'not-retriable'; readonly state: OutboxState };

/** One thing that happened to a mailbox: what the audit trail has of it, or a mail that was queued. */
export interface TimelineEntry {
  /** In milliseconds since 1970. */
  readonly at: number;
  /** `unreadable` for a record that somebody has changed beyond reading. */
  readonly kind: AuditAction | 'mail-queued' | 'unreadable';
  readonly outcome: string;
  readonly actor: Actor;
  readonly source: AuditSource;
  readonly reason: string | undefined;
  /** Of a mail, its id (`mail`), kind (`letter`), address (`to`), and whether there is a PIN in it (`tellsPin`). */
  readonly details: AuditDetails;
  /** The number of the audit record; undefined for a mail that was queued. */
  readonly sequence: number | undefined;
}

/** Where a list of mails, newest first, was left: the moment of queuing, and which it was of that moment. */
export interface MailPosition {
  readonly at: number;
  readonly sequence: number;
}

/** How far a timeline has been read: only records and mails before these places are still to be shown. */
export interface TimelinePosition {
  readonly record: AuditPosition;
  readonly mail: MailPosition;
}

/**
 * What administrators do with mailboxes once there are some; they are made by the directory. Every method throws when the
 * database fails, and nothing is stored then; every change is stored together with its audit record.
 */
export interface MailboxAdministration {
  /** Upper and lower case being the same but for ids. An id that is another mailbox's alias is the id. */
  resolve(identity: string): Promise<MailboxResolved>;
  /**
   * In the order of their addresses. A part goes on behind the address that the one before ended with, whatever has come
   * and gone meanwhile. The event loop gets its turn again and again, however many there are.
   */
  list(filter: MailboxFilter, part: PageRequest<string>): Promise<Page<MailboxDetails, string>>;
  get(mailbox: MailboxId): Promise<MailboxDetails | undefined>;
  /**
   * Holds at once. Switching subscriber access off ends its signed-in calls and attempts under way (SPEC §3.12). What its
   * PIN may not be is asked of the next one. Mails that are queued go where they were going.
   */
  change(
    mailbox: MailboxId,
    changes: MailboxChanges,
    by: Requester,
    expectedRevision?: number,
  ): Promise<MailboxChanged>;
  /**
   * Removes the mailbox with its PIN and the history of it, ends its signed-in calls, and withdraws undelivered mails that
   * tell a PIN. What the audit trail has of it stays.
   */
  disable(mailbox: MailboxId, by: Requester, expectedRevision?: number): Promise<MailboxDisabled>;
  /** Everything that happened to the mailbox, newest first; undefined when there is none. */
  timeline(
    mailbox: MailboxId,
    part: PageRequest<TimelinePosition>,
  ): Promise<Page<TimelineEntry, TimelinePosition> | undefined>;
  /** The mails to the mailbox, newest first; undefined when there is no mailbox. */
  mails(mailbox: MailboxId, part: PageRequest<MailPosition>): Promise<Page<MailView, MailPosition> | undefined>;
  /** Has a mail that was refused, or waits, tried again now. One that is being tried may arrive twice. */
  retryMail(mailbox: MailboxId, mail: OutboxId, by: Requester): Promise<MailRetried>;
}
