import type { MailboxId } from '../domain/mailbox.ts';
import type { Actor, AuditAction, AuditDetails, AuditSource } from './audit.ts';
import type { Page, PageRequest } from './page.ts';
import type { AuditRecord } from './ports/audit-store.ts';

/** Which audit records are asked for: those that are everything that is given. Moments are milliseconds since 1970. */
export interface AuditFilter {
  /** This moment and later. */
  readonly from?: number;
  /** Before this moment. */
  readonly to?: number;
  readonly action?: AuditAction;
  readonly outcome?: string;
  /** The name of an administrator, exactly. */
  readonly actor?: string;
  readonly mailbox?: MailboxId;
}

/** An audit record as it is read. */
export interface FoundAuditRecord {
  readonly sequence: number;
  /** In milliseconds since 1970. */
  readonly at: number;
  /** `unreadable` for a record that somebody has changed beyond reading; its other fields say nothing then. */
  readonly action: AuditAction | 'unreadable';
  readonly outcome: string;
  readonly actor: Actor;
  readonly source: AuditSource;
  /** The address is undefined when the mailbox is gone. */
  readonly mailbox: { readonly id: MailboxId; readonly address: string | undefined } | undefined;
  readonly reason: string | undefined;
  readonly details: AuditDetails;
}

/** An audit record as it leaves the service: with the text that was sealed, and its link. */
export interface ExportedAuditRecord extends FoundAuditRecord {
  readonly sealed: Pick<AuditRecord, 'entry' | 'keyId' | 'mac'>;
}

/** Where a list of audit records, newest first, was left. */
export interface AuditPosition {
  readonly at: number;
  readonly sequence: number;
}

/**
 * Reading the audit trail (SPEC §5); it is followed by `verifyAudit`. However long the trail is, the event loop gets its
 * turn again and again. Every method throws when the database fails.
 */
export interface AuditSearch {
  /** Newest first: by the moment, and of the same moment by the number. */
  find(filter: AuditFilter, part: PageRequest<AuditPosition>): Promise<Page<FoundAuditRecord, AuditPosition>>;
  /**
   * In the order of their numbers, a few hundred at a time: what there is when this is called, not what is added
   * meanwhile. No transaction is open between two parts, so that whoever is slow to take them holds up nobody.
   */
  export(filter: AuditFilter): AsyncIterable<readonly ExportedAuditRecord[]>;
}
