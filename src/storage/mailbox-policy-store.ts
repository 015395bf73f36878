import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import type { DialPlanId } from '../domain/dial-plan.ts';
import type { MailboxPolicy, MailboxPolicyId } from '../domain/mailbox-policy.ts';
import type { MailboxPolicyStore } from '../services/ports/mailbox-policy-store.ts';
import { asciiLower } from './ascii-lower.ts';
import type { MailboxPolicyTable, Schema } from './schema.ts';

/** Mailbox policies in table `mailbox_policy`. */
export class SqlMailboxPolicyStore implements MailboxPolicyStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async byId(id: MailboxPolicyId): Promise<MailboxPolicy | undefined> {
    const row = await this.#database.selectFrom('mailbox_policy').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : toPolicy(row);
  }

  async revisionOf(id: MailboxPolicyId): Promise<number | undefined> {
    const row = await this.#database
      .selectFrom('mailbox_policy')
      .select('revision')
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.revision;
  }

  async all(): Promise<readonly MailboxPolicy[]> {
    const rows = await this.#database.selectFrom('mailbox_policy').selectAll().orderBy('name').execute();
    return rows.map(toPolicy);
  }

  async ofDialPlan(dialPlan: DialPlanId): Promise<readonly MailboxPolicy[]> {
    const rows = await this.#database
      .selectFrom('mailbox_policy')
      .selectAll()
      .where('dial_plan_id', '=', dialPlan)
      .orderBy('name')
      .execute();
    return rows.map(toPolicy);
  }

  async byName(name: string): Promise<MailboxPolicy | undefined> {
    const row = await this.#database
      .selectFrom('mailbox_policy')
      .selectAll()
      .where(sql<string>`lower(name)`, '=', asciiLower(name))
      .executeTakeFirst();
    return row === undefined ? undefined : toPolicy(row);
  }

  async insert(policy: MailboxPolicy): Promise<void> {
    await this.#database
      .insertInto('mailbox_policy')
      .values({ id: policy.id, dial_plan_id: policy.dialPlanId, revision: 1, ...toColumns(policy) })
      .execute();
  }

  async update(policy: MailboxPolicy): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('mailbox_policy')
      .set((row) => ({ ...toColumns(policy), revision: row('revision', '+', 1) }))
      .where('id', '=', policy.id)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  async remove(id: MailboxPolicyId): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('mailbox_policy')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return numDeletedRows === 1n;
  }

  async isInUse(id: MailboxPolicyId): Promise<boolean> {
    const row = await this.#database
      .selectFrom('mailbox')
      .select('id')
      .where('policy_id', '=', id)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }
}

type Limit = number | 'unlimited';

const toColumn = (limit: Limit): number | null => (limit === 'unlimited' ? null : limit);
const toLimit = (column: number | null): Limit => column ?? 'unlimited';

/** Everything that may change of a policy. */
function toColumns(policy: MailboxPolicy): Omit<Insertable<MailboxPolicyTable>, 'id' | 'dial_plan_id' | 'revision'> {
  return {
    name: policy.name,
    min_pin_length: policy.minPinLength,
    pin_lifetime: toColumn(policy.pinLifetime),
    pin_history_count: policy.pinHistoryCount,
    allow_common_patterns: policy.allowCommonPatterns ? 1 : 0,
    logon_failures_before_pin_reset: toColumn(policy.logonFailuresBeforePinReset),
    max_logon_attempts: policy.maxLogonAttempts,
    lockout_duration: toColumn(policy.lockoutDuration),
    owner_line: policy.ownerLine ? 1 : 0,
    reset_pin_text: policy.resetPinText,
    um_enabled_text: policy.umEnabledText,
    voice_mail_text: policy.voiceMailText,
    max_greeting_duration: policy.maxGreetingDuration,
    allow_subscriber_access: policy.allowSubscriberAccess ? 1 : 0,
    allow_pinless_voice_mail_access: policy.allowPinlessVoiceMailAccess ? 1 : 0,
  };
}

function toPolicy(row: Selectable<MailboxPolicyTable>): MailboxPolicy {
  return {
    id: row.id as MailboxPolicyId,
    dialPlanId: row.dial_plan_id as DialPlanId,
    name: row.name,
    minPinLength: row.min_pin_length,
    pinLifetime: toLimit(row.pin_lifetime),
    pinHistoryCount: row.pin_history_count,
    allowCommonPatterns: row.allow_common_patterns === 1,
    logonFailuresBeforePinReset: toLimit(row.logon_failures_before_pin_reset),
    maxLogonAttempts: row.max_logon_attempts,
    lockoutDuration: toLimit(row.lockout_duration),
    ownerLine: row.owner_line === 1,
    resetPinText: row.reset_pin_text,
    umEnabledText: row.um_enabled_text,
    voiceMailText: row.voice_mail_text,
    maxGreetingDuration: row.max_greeting_duration,
    allowSubscriberAccess: row.allow_subscriber_access === 1,
    allowPinlessVoiceMailAccess: row.allow_pinless_voice_mail_access === 1,
  };
}
