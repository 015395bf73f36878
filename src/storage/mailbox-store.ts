import { type Kysely, type Selectable, sql } from 'kysely';
import type { DialPlanId } from '../domain/dial-plan.ts';
import type { Mailbox, MailboxId } from '../domain/mailbox.ts';
import type { MailboxPolicyId } from '../domain/mailbox-policy.ts';
import type { MailboxStore } from '../services/ports/mailbox-store.ts';
import { atomically } from './atomically.ts';
import type { MailboxTable, Schema } from './schema.ts';
import { searchTextOf } from './search-text.ts';

type NumberTable = 'mailbox_extension' | 'registered_number';

/** Mailboxes in tables `mailbox`, `mailbox_extension` and `registered_number`. */
export class SqlMailboxStore implements MailboxStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async byId(id: MailboxId): Promise<Mailbox | undefined> {
    return this.#read(await this.#database.selectFrom('mailbox').selectAll().where('id', '=', id).executeTakeFirst());
  }

  async byAddress(address: string): Promise<Mailbox | undefined> {
    return this.#read(
      await this.#database
        .selectFrom('mailbox')
        .selectAll()
        .where(sql`lower(address)`, '=', sql`lower(${address})`)
        .executeTakeFirst(),
    );
  }

  async byAlias(alias: string): Promise<Mailbox | undefined> {
    return this.#read(
      await this.#database
        .selectFrom('mailbox')
        .selectAll()
        .where(sql`lower(alias)`, '=', sql`lower(${alias})`)
        .executeTakeFirst(),
    );
  }

  async byNumber(dialPlan: DialPlanId, number: string): Promise<Mailbox | undefined> {
    const owners = (table: NumberTable) =>
      this.#database
        .selectFrom(table)
        .select('mailbox_id')
        .where('dial_plan_id', '=', dialPlan)
        .where('number', '=', number);
    return this.#read(
      await this.#database
        .selectFrom('mailbox')
        .selectAll()
        .where('id', 'in', owners('mailbox_extension').unionAll(owners('registered_number')))
        .executeTakeFirst(),
    );
  }

  async insert(mailbox: Mailbox): Promise<void> {
    await atomically(this.#database, async (database) => {
      await database
        .insertInto('mailbox')
        .values({
          id: mailbox.id,
          dial_plan_id: mailbox.dialPlanId,
          policy_id: mailbox.policyId,
          address: mailbox.address,
          alias: mailbox.alias,
          display_name: mailbox.displayName,
          language: mailbox.language,
          time_zone: mailbox.timeZone,
          clock: mailbox.clock,
          subscriber_access: mailbox.subscriberAccess ? 1 : 0,
          pinless_access: mailbox.pinlessAccess ? 1 : 0,
          revision: 1,
          search_text: searchTextOf(mailbox),
        })
        .execute();
      await insertNumbers(database, 'mailbox_extension', mailbox, mailbox.extensions);
      await insertNumbers(database, 'registered_number', mailbox, mailbox.registeredNumbers);
    });
  }

  async #numbersIn(table: NumberTable, mailbox: string): Promise<string[]> {
    const rows = await this.#database
      .selectFrom(table)
      .select('number')
      .where('mailbox_id', '=', mailbox)
      .orderBy('position')
      .execute();
    return rows.map((row) => row.number);
  }

  async #read(row: Selectable<MailboxTable> | undefined): Promise<Mailbox | undefined> {
    if (row === undefined) return undefined;
    const [primary, ...others] = await this.#numbersIn('mailbox_extension', row.id);
    if (primary === undefined) throw new Error(`Mailbox ${row.id} has no extension`);
    return {
      id: row.id as MailboxId,
      dialPlanId: row.dial_plan_id as DialPlanId,
      policyId: row.policy_id as MailboxPolicyId,
      address: row.address,
      alias: row.alias,
      displayName: row.display_name,
      extensions: [primary, ...others],
      registeredNumbers: await this.#numbersIn('registered_number', row.id),
      language: row.language,
      timeZone: row.time_zone,
      clock: row.clock,
      subscriberAccess: row.subscriber_access === 1,
      pinlessAccess: row.pinless_access === 1,
    };
  }
}

async function insertNumbers(
  database: Kysely<Schema>,
  table: NumberTable,
  mailbox: Mailbox,
  numbers: readonly string[],
): Promise<void> {
  if (numbers.length === 0) return;
  const { id, dialPlanId } = mailbox;
  await database
    .insertInto(table)
    .values(numbers.map((number, position) => ({ dial_plan_id: dialPlanId, number, mailbox_id: id, position })))
    .execute();
}
