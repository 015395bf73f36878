import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DatabaseKind } from '../database-kind.ts';
import { searchTextOf } from '../search-text.ts';
import { type ColumnTypes, columnTypesOf } from './column-types.ts';

type Any = Kysely<unknown>;

/** Mailboxes read at a time. */
const BATCH = 1_000;

interface NamedMailbox {
  readonly id: string;
  readonly address: string;
  readonly alias: string;
  readonly displayName: string;
}

/** Nothing has been changed since it was made, as far as anybody knows who could have read a revision. */
async function addRevisions(database: Any): Promise<void> {
  for (const table of ['dial_plan', 'mailbox_policy', 'mailbox']) {
    await database.schema
      .alterTable(table)
      .addColumn('revision', 'integer', (column) => column.notNull().defaultTo(1))
      .execute();
  }
}

async function addSearchTexts(database: Any, { text }: ColumnTypes): Promise<void> {
  await database.schema
    .alterTable('mailbox')
    .addColumn('search_text', text, (column) => column.notNull().defaultTo(''))
    .execute();
  for (let after = ''; ; ) {
    const { rows } = await sql<NamedMailbox>`
      select id, address, alias, display_name as "displayName"
      from mailbox where id > ${after} order by id limit ${sql.lit(BATCH)}`.execute(database);
    for (const row of rows) {
      await sql`update mailbox set search_text = ${searchTextOf(row)} where id = ${row.id}`.execute(database);
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

/** What mailboxes are found by without their dial plan, and by what becomes of their mails. */
async function indexMailboxes(database: Any): Promise<void> {
  await database.schema.createIndex('mailbox_extension_number').on('mailbox_extension').column('number').execute();
  await database.schema
    .createIndex('outbox_state_of_mailbox')
    .on('outbox')
    .columns(['mailbox_id', 'state', 'sequence'])
    .execute();
}

/**
 * What audit records are found by. Nearly all are of sign-ins, which write to no index that others are found by: whoever
 * looks for what is no sign-in has to say so, too.
 */
async function indexAudit(database: Any, { fromJson, prepareFromJson, text }: ColumnTypes): Promise<void> {
  await prepareFromJson(database);
  const add = (column: string, path: readonly string[]): Promise<void> =>
    database.schema.alterTable('audit_record').addColumn(column, text, fromJson('entry', path)).execute();
  await add('action', ['action']);
  await add('outcome', ['outcome']);
  await add('actor_name', ['actor', 'name']);
  const index = (name: string, columns: string[]) =>
    database.schema.createIndex(name).on('audit_record').columns(columns);
  await index('audit_record_at', ['at', 'sequence']).execute();
  await index('audit_record_of_action', ['action', 'at', 'sequence'])
    .where('action', '<>', sql.lit('sign-in'))
    .execute();
  await index('audit_record_of_actor', ['actor_name', 'at', 'sequence']).where('actor_name', 'is not', null).execute();
  await database.schema.dropIndex('audit_record_of_mailbox').execute();
  await index('audit_record_of_mailbox', ['mailbox_id', 'at', 'sequence']).execute();
}

/** What administration needs: revisions, by which changes do not overwrite each other, and what things are found by. */
export function administration(kind: DatabaseKind): Migration {
  const types = columnTypesOf(kind);
  return {
    async up(database: Any): Promise<void> {
      await addRevisions(database);
      await addSearchTexts(database, types);
      await indexMailboxes(database);
      await indexAudit(database, types);
    },
  };
}
