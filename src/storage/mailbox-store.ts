import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import type { DialPlanId } from '../domain/dial-plan.ts';
import type { Mailbox, MailboxId } from '../domain/mailbox.ts';
import type { MailboxPolicyId } from '../domain/mailbox-policy.ts';
import type { FoundMailboxes, MailboxCriteria, MailboxStore, StoredMailbox } from '../services/ports/mailbox-store.ts';
import { asciiLower } from './ascii-lower.ts';
import { atomically, consistently } from './atomically.ts';
import { countLocked, mailboxesLike, POSITION } from './mailbox-search.ts';
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
        .where(sql<string>`lower(address)`, '=', asciiLower(address))
        .executeTakeFirst(),
    );
  }

  async byAlias(alias: string): Promise<Mailbox | undefined> {
    return this.#read(
      await this.#database
        .selectFrom('mailbox')
        .selectAll()
        .where(sql<string>`lower(alias)`, '=', asciiLower(alias))
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

  async byExtension(extension: string): Promise<readonly Mailbox[]> {
    const rows = await this.#database
      .selectFrom('mailbox_extension')
      .select('mailbox_id')
      .where('number', '=', extension)
      .execute();
    const found = await this.byIds(rows.map((row) => row.mailbox_id as MailboxId));
    return found.map(({ mailbox }) => mailbox);
  }

  async byIds(ids: readonly MailboxId[]): Promise<readonly StoredMailbox[]> {
    if (ids.length === 0) return [];
    return await consistently(this.#database, async (database) => {
      const rows = await database.selectFrom('mailbox').selectAll().where('id', 'in', ids).execute();
      const extensions = await numbersOf(database, 'mailbox_extension', ids);
      const registered = await numbersOf(database, 'registered_number', ids);
      return rows.map((row) => ({
        mailbox: toMailbox(row, extensions.get(row.id) ?? [], registered.get(row.id) ?? []),
        revision: row.revision,
      }));
    });
  }

  countLocked(now: number): Promise<number> {
    return countLocked(this.#database, now);
  }

  async find(
    criteria: MailboxCriteria,
    after: string | undefined,
    limit: number,
    among: number,
  ): Promise<FoundMailboxes> {
    return await consistently(this.#database, async (database) => {
      const through = await lastOf(database, after, among);
      const found = await mailboxesLike(database, criteria)
        .select(['mailbox.id', POSITION.as('position')])
        .$if(after !== undefined, (query) => query.where(POSITION, '>', after ?? ''))
        .$if(through !== undefined, (query) => query.where(POSITION, '<=', through ?? ''))
        .orderBy(POSITION)
        .limit(limit)
        .execute();
      return { found: found.map(({ id, position }) => ({ id: id as MailboxId, position })), through };
    });
  }

  async update(mailbox: Mailbox): Promise<boolean> {
    return await atomically(this.#database, async (database) => {
      const { numUpdatedRows } = await database
        .updateTable('mailbox')
        .set((row) => ({ ...toColumns(mailbox), revision: row('revision', '+', 1) }))
        .where('id', '=', mailbox.id)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return false;
      for (const table of ['mailbox_extension', 'registered_number'] as const) {
        await database.deleteFrom(table).where('mailbox_id', '=', mailbox.id).execute();
      }
      await insertNumbers(database, 'mailbox_extension', mailbox, mailbox.extensions);
      await insertNumbers(database, 'registered_number', mailbox, mailbox.registeredNumbers);
      return true;
    });
  }

  async remove(id: MailboxId): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('mailbox')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return numDeletedRows === 1n;
  }

  async insert(mailbox: Mailbox): Promise<void> {
    await atomically(this.#database, async (database) => {
      await database
        .insertInto('mailbox')
        .values({ id: mailbox.id, dial_plan_id: mailbox.dialPlanId, revision: 1, ...toColumns(mailbox) })
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
    const extensions = await this.#numbersIn('mailbox_extension', row.id);
    return toMailbox(row, extensions, await this.#numbersIn('registered_number', row.id));
  }
}

/** The position of the last of so many mailboxes behind another position; undefined when there are not so many. */
async function lastOf(database: Kysely<Schema>, after: string | undefined, among: number): Promise<string | undefined> {
  const row = await database
    .selectFrom('mailbox')
    .select(POSITION.as('position'))
    .$if(after !== undefined, (query) => query.where(POSITION, '>', after ?? ''))
    .orderBy(POSITION)
    .limit(1)
    .offset(among - 1)
    .executeTakeFirst();
  return row?.position;
}

/** The numbers of several mailboxes, each one's in order. */
async function numbersOf(
  database: Kysely<Schema>,
  table: NumberTable,
  mailboxes: readonly MailboxId[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await database
    .selectFrom(table)
    .select(['mailbox_id', 'number'])
    .where('mailbox_id', 'in', mailboxes)
    .orderBy('mailbox_id')
    .orderBy('position')
    .execute();
  const numbers = new Map<string, string[]>();
  for (const { mailbox_id, number } of rows) numbers.set(mailbox_id, [...(numbers.get(mailbox_id) ?? []), number]);
  return numbers;
}

/** Everything that may change of a mailbox in its own table. */
function toColumns(mailbox: Mailbox): Omit<Insertable<MailboxTable>, 'id' | 'dial_plan_id' | 'revision'> {
  return {
    policy_id: mailbox.policyId,
    address: mailbox.address,
    alias: mailbox.alias,
    display_name: mailbox.displayName,
    language: mailbox.language,
    time_zone: mailbox.timeZone,
    clock: mailbox.clock,
    subscriber_access: mailbox.subscriberAccess ? 1 : 0,
    pinless_access: mailbox.pinlessAccess ? 1 : 0,
    search_text: searchTextOf(mailbox),
  };
}

function toMailbox(
  row: Selectable<MailboxTable>,
  extensions: readonly string[],
  registeredNumbers: readonly string[],
): Mailbox {
  const [primary, ...others] = extensions;
  if (primary === undefined) throw new Error(`Mailbox ${row.id} has no extension`);
  return {
    id: row.id as MailboxId,
    dialPlanId: row.dial_plan_id as DialPlanId,
    policyId: row.policy_id as MailboxPolicyId,
    address: row.address,
    alias: row.alias,
    displayName: row.display_name,
    extensions: [primary, ...others],
    registeredNumbers,
    language: row.language,
    timeZone: row.time_zone,
    clock: row.clock,
    subscriberAccess: row.subscriber_access === 1,
    pinlessAccess: row.pinless_access === 1,
  };
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
