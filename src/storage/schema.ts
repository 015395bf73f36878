/** The tables as the last migration leaves them. Booleans are 0 or 1; moments are milliseconds since 1970. */
export interface Schema {
  readonly dial_plan: DialPlanTable;
  readonly access_number: AccessNumberTable;
  readonly mailbox_policy: MailboxPolicyTable;
  readonly mailbox: MailboxTable;
  readonly mailbox_extension: MailboxNumberTable;
  readonly registered_number: MailboxNumberTable;
  readonly pin_key: PinKeyTable;
  readonly credential: CredentialTable;
}

export interface DialPlanTable {
  readonly id: string;
  readonly name: string;
  readonly extension_digits: number;
  readonly logon_failures_before_disconnect: number;
  readonly input_failures_before_disconnect: number;
  readonly max_call_duration: number;
  readonly default_language: string;
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
  readonly pin_history_count: number;
  readonly allow_common_patterns: number;
  readonly allow_subscriber_access: number;
}

export interface MailboxTable {
  readonly id: string;
  readonly dial_plan_id: string;
  readonly policy_id: string;
  readonly address: string;
  readonly display_name: string;
  readonly language: string;
  readonly subscriber_access: number;
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
  /** Null for the decoy. */
  readonly mailbox_id: string | null;
  readonly pin_hash: string;
  readonly pin_key_id: string;
  /** Advanced by whatever makes an attempt under way no longer count: a verdict is committed under it. */
  readonly version: number;
  /** Failures since the last success, an attempt under way included. */
  readonly failures: number;
  readonly last_failure_at: number | null;
  readonly last_success_at: number | null;
}
