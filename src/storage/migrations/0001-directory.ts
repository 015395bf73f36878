import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DatabaseKind } from '../database-kind.ts';
import { type ColumnTypes, columnTypesOf } from './column-types.ts';

type Any = Kysely<unknown>;

async function createDialPlans(database: Any, { end, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('dial_plan')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('name', text, (column) => column.notNull().unique())
    .addColumn('extension_digits', 'integer', (column) => column.notNull())
    .addColumn('logon_failures_before_disconnect', 'integer', (column) => column.notNull())
    .addColumn('input_failures_before_disconnect', 'integer', (column) => column.notNull())
    .addColumn('max_call_duration', 'integer', (column) => column.notNull())
    .addColumn('default_language', text, (column) => column.notNull())
    .$call(end)
    .execute();
  await database.schema
    .createTable('access_number')
    .addColumn('number', text, (column) => column.primaryKey().notNull())
    .addColumn('dial_plan_id', text, (column) => column.notNull().references('dial_plan.id').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addUniqueConstraint('access_number_position', ['dial_plan_id', 'position'])
    .$call(end)
    .execute();
}

async function createPolicies(database: Any, { end, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('mailbox_policy')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('dial_plan_id', text, (column) => column.notNull().references('dial_plan.id'))
    .addColumn('name', text, (column) => column.notNull().unique())
    .addColumn('min_pin_length', 'integer', (column) => column.notNull())
    .addColumn('pin_history_count', 'integer', (column) => column.notNull())
    .addColumn('allow_common_patterns', 'integer', (column) =>
      column.notNull().check(sql`allow_common_patterns in (0, 1)`),
    )
    .addColumn('allow_subscriber_access', 'integer', (column) =>
      column.notNull().check(sql`allow_subscriber_access in (0, 1)`),
    )
    // What a mailbox refers to, so that its policy is one of its own dial plan.
    .addUniqueConstraint('mailbox_policy_in_dial_plan', ['id', 'dial_plan_id'])
    .$call(end)
    .execute();
}

async function createMailboxes(database: Any, { end, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('mailbox')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('dial_plan_id', text, (column) => column.notNull().references('dial_plan.id'))
    .addColumn('policy_id', text, (column) => column.notNull())
    .addColumn('address', text, (column) => column.notNull())
    .addColumn('display_name', text, (column) => column.notNull())
    .addColumn('language', text, (column) => column.notNull())
    .addColumn('subscriber_access', 'integer', (column) => column.notNull().check(sql`subscriber_access in (0, 1)`))
    .addForeignKeyConstraint('mailbox_policy_of_dial_plan', ['policy_id', 'dial_plan_id'], 'mailbox_policy', [
      'id',
      'dial_plan_id',
    ])
    // What its numbers refer to, so that they are of its own dial plan.
    .addUniqueConstraint('mailbox_in_dial_plan', ['id', 'dial_plan_id'])
    .$call(end)
    .execute();
  await database.schema.createIndex('mailbox_address').on('mailbox').expression(sql`lower(address)`).unique().execute();
}

async function createNumbers(database: Any, table: string, { end, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable(table)
    .addColumn('dial_plan_id', text, (column) => column.notNull())
    .addColumn('number', text, (column) => column.notNull())
    .addColumn('mailbox_id', text, (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint(`${table}_key`, ['dial_plan_id', 'number'])
    .addUniqueConstraint(`${table}_position`, ['mailbox_id', 'position'])
    .addForeignKeyConstraint(
      `${table}_of_mailbox`,
      ['mailbox_id', 'dial_plan_id'],
      'mailbox',
      ['id', 'dial_plan_id'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .$call(end)
    .execute();
}

async function createCredentials(database: Any, { end, moment, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('pin_key')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('check_value', text, (column) => column.notNull())
    .$call(end)
    .execute();
  await database.schema
    .createTable('credential')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('mailbox_id', text, (column) => column.unique().references('mailbox.id').onDelete('cascade'))
    .addColumn('pin_hash', text, (column) => column.notNull())
    .addColumn('pin_key_id', text, (column) => column.notNull().references('pin_key.id'))
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('last_failure_at', moment)
    .addColumn('last_success_at', moment)
    .$call(end)
    .execute();
}

/** Dial plans, policies, mailboxes, and what their PINs are checked against. */
export function directory(kind: DatabaseKind): Migration {
  const types = columnTypesOf(kind);
  return {
    async up(database: Any): Promise<void> {
      await createDialPlans(database, types);
      await createPolicies(database, types);
      await createMailboxes(database, types);
      await createNumbers(database, 'mailbox_extension', types);
      await createNumbers(database, 'registered_number', types);
      await createCredentials(database, types);
    },
  };
}
