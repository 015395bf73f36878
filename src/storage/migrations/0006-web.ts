import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DatabaseKind } from '../database-kind.ts';
import { type ColumnTypes, columnTypesOf } from './column-types.ts';

type Any = Kysely<unknown>;

/** A session ends with the token, the mailbox, or the terms of the identity provider, that it was begun by. */
async function createSessions(database: Any, { end, moment, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('web_session')
    .addColumn('secret_digest', text, (column) => column.primaryKey().notNull())
    .addColumn('person', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('roles', text, (column) => column.notNull())
    .addColumn('signed_in_by', text, (column) => column.notNull().check(sql`signed_in_by in ('token', 'oidc', 'link')`))
    .addColumn('token_id', text, (column) => column.references('access_token.id').onDelete('cascade'))
    .addColumn('mailbox_id', text, (column) => column.references('mailbox.id').onDelete('cascade'))
    .addColumn('terms', text)
    .addColumn('address', text, (column) => column.notNull())
    .addColumn('created_at', moment, (column) => column.notNull())
    .addColumn('last_used_at', moment, (column) => column.notNull())
    .addColumn('until', moment, (column) => column.notNull())
    .addCheckConstraint('web_session_token', sql`(signed_in_by = 'token') = (token_id is not null)`)
    .addCheckConstraint('web_session_terms', sql`(signed_in_by = 'oidc') = (terms is not null)`)
    // A mailbox is its user's session, whose roles are none.
    .addCheckConstraint('web_session_mailbox', sql`mailbox_id is null or (token_id is null and roles = '')`)
    .$call(end)
    .execute();
  const index = (name: string, columns: string[]) =>
    database.schema.createIndex(name).on('web_session').columns(columns);
  await index('web_session_of_person', ['person', 'created_at']).execute();
  await index('web_session_of_token', ['token_id']).execute();
  await index('web_session_of_mailbox', ['mailbox_id']).execute();
  await index('web_session_until', ['until']).execute();
  await index('web_session_last_used', ['last_used_at']).execute();
}

/** When persons have begun sessions lately; they outlive those, so that nobody begins and ends them without end. */
async function createSignIns(database: Any, { end, moment, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('web_sign_in')
    .addColumn('secret_digest', text, (column) => column.primaryKey().notNull())
    .addColumn('person', text, (column) => column.notNull())
    .addColumn('at', moment, (column) => column.notNull())
    .$call(end)
    .execute();
  await database.schema.createIndex('web_sign_in_of_person').on('web_sign_in').columns(['person', 'at']).execute();
  await database.schema.createIndex('web_sign_in_by_age').on('web_sign_in').column('at').execute();
}

/** Asked for, whether or not there is such a mailbox, so that as much is written either way. */
async function createLinks(database: Any, { end, moment, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('sign_in_link')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('address_digest', text, (column) => column.notNull())
    .addColumn('mailbox_id', text, (column) => column.references('mailbox.id').onDelete('cascade'))
    .addColumn('asked_at', moment, (column) => column.notNull())
    .addColumn('expires_at', moment, (column) => column.notNull())
    .addColumn('used_at', moment)
    .$call(end)
    .execute();
  const index = (name: string, columns: string[]) =>
    database.schema.createIndex(name).on('sign_in_link').columns(columns);
  await index('sign_in_link_of_address', ['address_digest', 'asked_at']).execute();
  await index('sign_in_link_of_mailbox', ['mailbox_id']).execute();
  await index('sign_in_link_by_age', ['asked_at']).execute();
}

/** Few mailboxes are locked, and those are counted again and again. */
async function indexLocks(database: Any): Promise<void> {
  await database.schema
    .createIndex('credential_locked')
    .on('credential')
    .column('mailbox_id')
    .where(sql.ref('lock_reason'), 'is not', null)
    .execute();
}

/** What the pages need: sessions, and the links by which users prove who they are. */
export function web(kind: DatabaseKind): Migration {
  const types = columnTypesOf(kind);
  return {
    async up(database: Any): Promise<void> {
      await createSessions(database, types);
      await createSignIns(database, types);
      await createLinks(database, types);
      await indexLocks(database);
    },
  };
}
