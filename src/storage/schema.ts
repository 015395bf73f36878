import type { GeneratedAlways } from 'kysely';
import type { AttemptLine, MailboxLock } from '../domain/credential.ts';
import type { VoipSecurity } from '../domain/dial-plan.ts';
import type { Mailbox } from '../domain/mailbox.ts';
import type { Role } from '../domain/role.ts';
import type { LetterKind } from '../services/ports/letter.ts';
import type { OutboxState } from '../services/ports/outbox-store.ts';

/**
 * The tables as the last migration leaves them. Booleans are 0 or 1; moments are milliseconds since 1970; a limit that
 * is null is unlimited; what is binary is text in base64.
 */
export interface Schema {
  readonly dial_plan: DialPlanTable;
  readonly access_number: AccessNumberTable;
  readonly mailbox_policy: MailboxPolicyTable;
  readonly mailbox: MailboxTable;
  readonly mailbox_extension: MailboxNumberTable;
  readonly registered_number: MailboxNumberTable;
  readonly pin_key: PinKeyTable;
  readonly credential: CredentialTable;
  readonly pin_history: PinHistoryTable;
  readonly pin_history_refusal: PinHistoryRefusalTable;
  readonly source_failure: SourceFailureTable;
  readonly outbox: OutboxTable;
  readonly audit_record: AuditRecordTable;
  readonly audit_head: AuditHeadTable;
  readonly access_token: AccessTokenTable;
  readonly idempotency_key: IdempotencyKeyTable;
  readonly web_session: WebSessionTable;
  readonly web_sign_in: WebSignInTable;
  readonly sign_in_link: SignInLinkTable;
}

export interface DialPlanTable {
  readonly id: string;
  readonly name: string;
  readonly extension_digits: number;
  readonly logon_failures_before_disconnect: number;
  readonly input_failures_before_disconnect: number;
  readonly max_call_duration: number;
  readonly max_recording_duration: number;
  readonly recording_idle_timeout: number;
  readonly operator_extension: string | null;
  readonly default_language: string;
  readonly voip_security: VoipSecurity;
  /** From 1; advanced by every write. So it is with policies and mailboxes. */
  readonly revision: number;
}

export interface AccessNumberTable {
  readonly number: string;
  readonly dial_plan_id: string;
  readonly position: number;
}

export interface MailboxPolicyTable {
  readonly id: string;
  readonly dial_plan_id: string;
  readonly name: string;
  readonly min_pin_length: number;
  readonly pin_lifetime: number | null;
  readonly pin_history_count: number;
  readonly allow_common_patterns: number;
  readonly logon_failures_before_pin_reset: number | null;
  readonly max_logon_attempts: number;
  readonly lockout_duration: number | null;
  readonly owner_line: number;
  readonly reset_pin_text: string;
  readonly um_enabled_text: string;
  readonly voice_mail_text: string;
  readonly max_greeting_duration: number;
  readonly allow_subscriber_access: number;
  readonly allow_pinless_voice_mail_access: number;
  readonly revision: number;
}

export interface MailboxTable {
  readonly id: string;
  readonly dial_plan_id: string;
  readonly policy_id: string;
  readonly address: string;
  readonly alias: string;
  readonly display_name: string;
  readonly language: string;
  readonly time_zone: string;
  readonly clock: Mailbox['clock'];
  readonly subscriber_access: number;
  readonly pinless_access: number;
  readonly revision: number;
  /** What mailboxes are searched for in: display name, address and alias without case and accents, one a line. */
  readonly search_text: string;
}

export interface MailboxNumberTable {
  readonly dial_plan_id: string;
  readonly number: string;
  readonly mailbox_id: string;
  readonly position: number;
}

export interface PinKeyTable {
  readonly id: string;
  readonly check_value: string;
}

export interface CredentialTable {
  readonly id: string;
  /** Null for a decoy. */
  readonly mailbox_id: string | null;
  readonly pin_hash: string;
  readonly pin_key_id: string;
  /** Advanced by whatever makes an attempt under way no longer count: a verdict is committed under it. */
  readonly version: number;
  /** Advanced by every write: one that was decided on what has changed since is not stored. */
  readonly revision: number;
  /** The two budgets of failures, each with how many of them thresholds have been carried out for. */
  readonly elsewhere_failures: number;
  readonly elsewhere_settled: number;
  readonly own_failures: number;
  readonly own_settled: number;
  /** The undecided attempt; all three are null when there is none. */
  readonly attempt_id: string | null;
  readonly attempt_line: AttemptLine | null;
  readonly attempt_opened_at: number | null;
  /** The lock; all three are null when there is none. */
  readonly lock_reason: MailboxLock['reason'] | null;
  readonly lock_scope: MailboxLock['scope'] | null;
  readonly locked_at: number | null;
  readonly failures_since_success: number;
  readonly last_failure_at: number | null;
  readonly last_success_at: number | null;
  readonly pin_set_at: number;
  readonly pin_expired: number;
  readonly first_time: number;
  readonly first_change_waived: number;
}

export interface PinHistoryTable {
  readonly credential_id: string;
  /** From 1 for each credential; the highest is the current PIN. */
  readonly sequence: number;
  readonly pin_hash: string;
  readonly pin_key_id: string;
  readonly set_at: number;
}

export interface PinHistoryRefusalTable {
  readonly credential_id: string;
  readonly refused_at: number;
}

export interface SourceFailureTable {
  readonly source: string;
  /** Minutes since 1970. */
  readonly minute: number;
  readonly failures: number;
}

export interface OutboxTable {
  readonly id: string;
  /** In the order of queuing, for mails that were queued in the same millisecond. */
  readonly sequence: number;
  readonly mailbox_id: string;
  /** The kind of the letter; also in `letter`. */
  readonly kind: LetterKind;
  /** As JSON. */
  readonly letter: string;
  /** Null in letters without a PIN, and once it is erased; so is the id of its key. */
  readonly sealed_pin: string | null;
  readonly sealed_pin_key_id: string | null;
  readonly queued_at: number;
  readonly state: OutboxState;
  readonly attempts: number;
  readonly next_attempt_at: number;
  readonly settled_at: number | null;
  readonly last_error: string | null;
}

export interface AuditRecordTable {
  readonly sequence: number;
  readonly at: number;
  readonly entry: string;
  readonly mailbox_id: string | null;
  readonly key_id: string;
  readonly mac: string;
  /** What the entry says; made of it by the database, so that neither is without the other. Null if it cannot be read. */
  readonly action: GeneratedAlways<string | null>;
  readonly outcome: GeneratedAlways<string | null>;
  /** The name of an administrator. */
  readonly actor_name: GeneratedAlways<string | null>;
}

export interface AuditHeadTable {
  /** Always 1: the table has one row. */
  readonly id: number;
  /** 0 while there is no record. */
  readonly sequence: number;
  readonly key_id: string;
  readonly mac: string;
}

export interface AccessTokenTable {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly token_hash: string;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
}

export interface IdempotencyKeyTable {
  readonly requester: string;
  readonly key: string;
  readonly digest: string;
  readonly put_at: number;
  /** The attempt that carries it out and until when it says so; both are null when it is over. */
  readonly attempt: string | null;
  readonly until: number | null;
  /** As JSON; null while it is under way, and for good when it held a secret. */
  readonly answer: string | null;
}

export interface WebSessionTable {
  readonly secret_digest: string;
  readonly person: string;
  readonly name: string;
  /** With a space between any two; none in the session of a user. */
  readonly roles: string;
  readonly signed_in_by: 'token' | 'oidc' | 'link';
  /** Present in a session that was begun by an access token. */
  readonly token_id: string | null;
  /** Present in the session of a user. */
  readonly mailbox_id: string | null;
  /** Present in a session that was begun at the identity provider. */
  readonly terms: string | null;
  readonly address: string;
  readonly created_at: number;
  readonly last_used_at: number;
  readonly until: number;
}

export interface WebSignInTable {
  readonly secret_digest: string;
  readonly person: string;
  readonly at: number;
}

export interface SignInLinkTable {
  readonly id: string;
  readonly address_digest: string;
  /** Null where no mailbox has the address. */
  readonly mailbox_id: string | null;
  readonly asked_at: number;
  readonly expires_at: number;
  readonly used_at: number | null;
}
