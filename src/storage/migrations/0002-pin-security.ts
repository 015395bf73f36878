import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Clock } from '../../domain/clock.ts';
import type { DatabaseKind } from '../database-kind.ts';
import { type ColumnTypes, columnTypesOf } from './column-types.ts';
import { distinctNames, type Named } from './distinct-names.ts';

type Any = Kysely<unknown>;
type Type = 'integer' | ColumnTypes['text'];
type Define = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;

/** Columns of rows that are there already have the value of a plan or policy that nobody has changed (SPEC §1). */
const setting =
  (value: number | string): Define =>
  (column) =>
    column.notNull().defaultTo(value);

/** A limit; null is unlimited. */
const limit =
  (value: number | null): Define =>
  (column) =>
    value === null ? column : column.defaultTo(value);

const isFlag = (name: string) => sql`${sql.ref(name)} in (0, 1)`;

const flag =
  (name: string, value: 0 | 1): Define =>
  (column) =>
    column.notNull().defaultTo(value).check(isFlag(name));

async function addColumn(database: Any, table: string, name: string, type: Type, define: Define) {
  await database.schema.alterTable(table).addColumn(name, type, define).execute();
}

/** Lets no two rows have the same name from now on, upper and lower case being the same. */
async function makeUnique(database: Any, table: string, column: string): Promise<void> {
  const index = `${table}_${column}`;
  await database.schema
    .createIndex(index)
    .on(table)
    .expression(sql`lower(${sql.ref(column)})`)
    .unique()
    .execute();
}

/** Gives rows from before the names that they can keep. */
async function rename(database: Any, table: string, column: string, names: ReadonlyMap<string, string>): Promise<void> {
  for (const [id, name] of names) {
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${name} where id = ${id}`.execute(database);
  }
}

async function namesIn(database: Any, table: string): Promise<readonly Named[]> {
  return (await sql<Named>`select id, name from ${sql.table(table)} order by id`.execute(database)).rows;
}

async function extendDialPlans(database: Any, { text }: ColumnTypes): Promise<void> {
  await addColumn(database, 'dial_plan', 'max_recording_duration', 'integer', setting(20));
  await addColumn(database, 'dial_plan', 'recording_idle_timeout', 'integer', setting(5));
  await addColumn(database, 'dial_plan', 'operator_extension', text, (column) => column);
  await rename(database, 'dial_plan', 'name', distinctNames(await namesIn(database, 'dial_plan'), ' '));
  await makeUnique(database, 'dial_plan', 'name');
}

async function extendPolicies(database: Any, { text }: ColumnTypes): Promise<void> {
  const add = (name: string, type: Type, define: Define) => addColumn(database, 'mailbox_policy', name, type, define);
  await add('pin_lifetime', 'integer', limit(60));
  await add('logon_failures_before_pin_reset', 'integer', limit(5));
  await add('max_logon_attempts', 'integer', setting(15));
  await add('lockout_duration', 'integer', limit(null));
  await add('owner_line', 'integer', flag('owner_line', 1));
  await add('reset_pin_text', text, setting(''));
  await add('um_enabled_text', text, setting(''));
  await add('voice_mail_text', text, setting(''));
  await add('max_greeting_duration', 'integer', setting(5));
  await add('allow_pinless_voice_mail_access', 'integer', flag('allow_pinless_voice_mail_access', 0));
  await rename(database, 'mailbox_policy', 'name', distinctNames(await namesIn(database, 'mailbox_policy'), ' '));
  await makeUnique(database, 'mailbox_policy', 'name');
  await database.schema
    .createIndex('mailbox_policy_of_dial_plan')
    .on('mailbox_policy')
    .column('dial_plan_id')
    .execute();
}

async function extendMailboxes(database: Any, { text }: ColumnTypes): Promise<void> {
  await addColumn(database, 'mailbox', 'alias', text, setting(''));
  await addColumn(database, 'mailbox', 'time_zone', text, setting('Etc/UTC'));
  await addColumn(database, 'mailbox', 'clock', text, (column) =>
    column.notNull().defaultTo('12-hour').check(sql`clock in ('12-hour', '24-hour')`),
  );
  await addColumn(database, 'mailbox', 'pinless_access', 'integer', flag('pinless_access', 0));
  // What is before the "@" of the address; a mailbox from before had no alias.
  const mailboxes = await sql<{ id: string; address: string }>`select id, address from mailbox order by id`.execute(
    database,
  );
  const localParts = mailboxes.rows.map(({ id, address }) => ({
    id,
    name: address.slice(0, address.lastIndexOf('@')),
  }));
  await rename(database, 'mailbox', 'alias', distinctNames(localParts, ''));
  await makeUnique(database, 'mailbox', 'alias');
  // By these, whether a policy or a dial plan is in use is found.
  await database.schema.createIndex('mailbox_of_policy').on('mailbox').column('policy_id').execute();
  await database.schema.createIndex('mailbox_of_dial_plan').on('mailbox').column('dial_plan_id').execute();
}

async function createCredentials(database: Any, { end, moment, text }: ColumnTypes): Promise<void> {
  const counter: Define = (column) => column.notNull();
  await database.schema
    .createTable('new_credential')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('mailbox_id', text, (column) => column.unique().references('mailbox.id').onDelete('cascade'))
    .addColumn('pin_hash', text, (column) => column.notNull())
    .addColumn('pin_key_id', text, (column) => column.notNull().references('pin_key.id'))
    .addColumn('version', 'integer', counter)
    .addColumn('revision', 'integer', counter)
    .addColumn('elsewhere_failures', 'integer', counter)
    .addColumn('elsewhere_settled', 'integer', counter)
    .addColumn('own_failures', 'integer', counter)
    .addColumn('own_settled', 'integer', counter)
    .addColumn('attempt_id', text)
    .addColumn('attempt_line', text, (column) => column.check(sql`attempt_line in ('own', 'elsewhere')`))
    .addColumn('attempt_opened_at', moment)
    .addColumn('lock_reason', text, (column) => column.check(sql`lock_reason in ('failures', 'administrator')`))
    .addColumn('lock_scope', text, (column) => column.check(sql`lock_scope in ('elsewhere', 'everywhere')`))
    .addColumn('locked_at', moment)
    .addColumn('failures_since_success', 'integer', counter)
    .addColumn('last_failure_at', moment)
    .addColumn('last_success_at', moment)
    .addColumn('pin_set_at', moment, (column) => column.notNull())
    .addColumn('pin_expired', 'integer', (column) => column.notNull().check(isFlag('pin_expired')))
    .addColumn('first_time', 'integer', (column) => column.notNull().check(isFlag('first_time')))
    .addColumn('first_change_waived', 'integer', (column) => column.notNull().check(isFlag('first_change_waived')))
    .addCheckConstraint(
      'credential_attempt',
      sql`(attempt_id is null) = (attempt_line is null) and (attempt_id is null) = (attempt_opened_at is null)`,
    )
    .addCheckConstraint(
      'credential_lock',
      sql`(lock_reason is null) = (lock_scope is null) and (lock_reason is null) = (locked_at is null)`,
    )
    .$call(end)
    .execute();
}

/**
 * What is not known of PINs from before is decided in favour of their users: their lifetime begins now, none has
 * expired, and no threshold is carried out for failures that were counted before there were any. Two things follow
 * from SPEC as they would for a new mailbox: a user who has never signed in has to choose a PIN at the first sign-in,
 * and a mailbox that has as many failures as lock it is locked at the next attempt.
 * The one decoy that there was goes: there are many now, made at the start of the service.
 */
async function moveCredentials(database: Any, now: number): Promise<void> {
  const at = sql.lit(now);
  await sql`
    insert into new_credential (
      id, mailbox_id, pin_hash, pin_key_id, version, revision,
      elsewhere_failures, elsewhere_settled, own_failures, own_settled,
      failures_since_success, last_failure_at, last_success_at,
      pin_set_at, pin_expired, first_time, first_change_waived
    )
    select
      id, mailbox_id, pin_hash, pin_key_id, version, 1,
      failures, failures, 0, 0,
      failures, case when failures > 0 then coalesce(last_failure_at, ${at}) else last_failure_at end, last_success_at,
      ${at}, 0, case when last_success_at is null then 1 else 0 end, 0
    from credential
    where mailbox_id is not null`.execute(database);
  await database.schema.dropTable('credential').execute();
  await database.schema.alterTable('new_credential').renameTo('credential').execute();
}

async function createHistory(database: Any, { end, moment, text }: ColumnTypes, now: number): Promise<void> {
  await database.schema
    .createTable('pin_history')
    .addColumn('credential_id', text, (column) => column.notNull().references('credential.id').onDelete('cascade'))
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('pin_hash', text, (column) => column.notNull())
    .addColumn('pin_key_id', text, (column) => column.notNull().references('pin_key.id'))
    .addColumn('set_at', moment, (column) => column.notNull())
    .addPrimaryKeyConstraint('pin_history_key', ['credential_id', 'sequence'])
    .$call(end)
    .execute();
  await sql`
    insert into pin_history (credential_id, sequence, pin_hash, pin_key_id, set_at)
    select id, 1, pin_hash, pin_key_id, ${sql.lit(now)} from credential`.execute(database);
}

async function createHistoryRefusals(database: Any, { end, moment, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('pin_history_refusal')
    .addColumn('credential_id', text, (column) => column.notNull().references('credential.id').onDelete('cascade'))
    .addColumn('refused_at', moment, (column) => column.notNull())
    .$call(end)
    .execute();
  await database.schema
    .createIndex('pin_history_refusal_of_credential')
    .on('pin_history_refusal')
    .columns(['credential_id', 'refused_at'])
    .execute();
}

async function createSourceFailures(database: Any, { end, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('source_failure')
    .addColumn('source', text, (column) => column.notNull())
    .addColumn('minute', 'integer', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('source_failure_key', ['source', 'minute'])
    .$call(end)
    .execute();
  await database.schema.createIndex('source_failure_by_minute').on('source_failure').column('minute').execute();
}

async function createOutbox(database: Any, { end, moment, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('outbox')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('sequence', moment, (column) => column.notNull())
    .addColumn('mailbox_id', text, (column) => column.notNull())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('letter', text, (column) => column.notNull())
    .addColumn('sealed_pin', text)
    .addColumn('sealed_pin_key_id', text)
    .addColumn('queued_at', moment, (column) => column.notNull())
    .addColumn('state', text, (column) =>
      column.notNull().check(sql`state in ('waiting', 'delivered', 'superseded', 'refused', 'expired')`),
    )
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('next_attempt_at', moment, (column) => column.notNull())
    .addColumn('settled_at', moment)
    .addColumn('last_error', text)
    .addCheckConstraint('outbox_pin', sql`(sealed_pin is null) = (sealed_pin_key_id is null)`)
    // A PIN is kept only while its mail may still be delivered (SPEC §5).
    .addCheckConstraint('outbox_pin_erased', sql`sealed_pin is null or state in ('waiting', 'refused')`)
    .$call(end)
    .execute();
  await database.schema.createIndex('outbox_sequence').on('outbox').column('sequence').execute();
  await database.schema
    .createIndex('outbox_due')
    .on('outbox')
    .columns(['state', 'next_attempt_at', 'sequence'])
    .execute();
  await database.schema.createIndex('outbox_of_mailbox').on('outbox').columns(['mailbox_id', 'sequence']).execute();
}

async function createAudit(database: Any, { end, moment, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('audit_record')
    .addColumn('sequence', moment, (column) => column.primaryKey().notNull())
    .addColumn('at', moment, (column) => column.notNull())
    .addColumn('entry', text, (column) => column.notNull())
    .addColumn('mailbox_id', text)
    .addColumn('key_id', text, (column) => column.notNull())
    .addColumn('mac', text, (column) => column.notNull())
    .$call(end)
    .execute();
  await database.schema
    .createIndex('audit_record_of_mailbox')
    .on('audit_record')
    .columns(['mailbox_id', 'sequence'])
    .execute();
  await database.schema
    .createTable('audit_head')
    .addColumn('id', 'integer', (column) => column.primaryKey().notNull().check(sql`id = 1`))
    .addColumn('sequence', moment, (column) => column.notNull())
    .addColumn('key_id', text, (column) => column.notNull())
    .addColumn('mac', text, (column) => column.notNull())
    .$call(end)
    .execute();
  await sql`insert into audit_head (id, sequence, key_id, mac) values (1, 0, '', '')`.execute(database);
}

/**
 * What the security of PINs needs: all settings, the state of a credential, the history of its PINs, failures by
 * source, the outbox and the audit trail.
 *
 * @param clock says from when on the PINs that are there are taken to be in use.
 */
export function pinSecurity(kind: DatabaseKind, clock: Pick<Clock, 'now'>): Migration {
  const types = columnTypesOf(kind);
  return {
    async up(database: Any): Promise<void> {
      const now = clock.now();
      await extendDialPlans(database, types);
      await extendPolicies(database, types);
      await extendMailboxes(database, types);
      await createCredentials(database, types);
      await moveCredentials(database, now);
      await createHistory(database, types, now);
      await createHistoryRefusals(database, types);
      await createSourceFailures(database, types);
      await createOutbox(database, types);
      await createAudit(database, types);
    },
  };
}
