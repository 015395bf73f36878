import type { Kysely } from 'kysely';
import type { DialPlanId } from '../domain/dial-plan.ts';
import type { MailboxPolicy, MailboxPolicyId } from '../domain/mailbox-policy.ts';
import type { MailboxPolicyStore } from '../services/ports/mailbox-policy-store.ts';
import type { Schema } from './schema.ts';

/** Mailbox policies in table `mailbox_policy`. */
export class SqlMailboxPolicyStore implements MailboxPolicyStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async byId(id: MailboxPolicyId): Promise<MailboxPolicy | undefined> {
    const row = await this.#database.selectFrom('mailbox_policy').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) return undefined;
    return {
      id,
      dialPlanId: row.dial_plan_id as DialPlanId,
      name: row.name,
      minPinLength: row.min_pin_length,
      pinHistoryCount: row.pin_history_count,
      allowCommonPatterns: row.allow_common_patterns === 1,
      allowSubscriberAccess: row.allow_subscriber_access === 1,
    };
  }

  async insert(policy: MailboxPolicy): Promise<void> {
    await this.#database
      .insertInto('mailbox_policy')
      .values({
        id: policy.id,
        dial_plan_id: policy.dialPlanId,
        name: policy.name,
        min_pin_length: policy.minPinLength,
        pin_history_count: policy.pinHistoryCount,
        allow_common_patterns: policy.allowCommonPatterns ? 1 : 0,
        allow_subscriber_access: policy.allowSubscriberAccess ? 1 : 0,
      })
      .execute();
  }
}
