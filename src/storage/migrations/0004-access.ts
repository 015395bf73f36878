import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DatabaseKind } from '../database-kind.ts';
import { type ColumnTypes, columnTypesOf } from './column-types.ts';

type Any = Kysely<unknown>;

async function createAccessTokens(database: Any, { end, moment, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('access_token')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('role', text, (column) =>
      column.notNull().check(sql`role in ('organization-management', 'um-management', 'help-desk', 'view-only')`),
    )
    .addColumn('token_hash', text, (column) => column.notNull().unique())
    .addColumn('created_at', moment, (column) => column.notNull())
    .addColumn('created_by', text, (column) => column.notNull())
    .addColumn('expires_at', moment)
    .addColumn('last_used_at', moment)
    .$call(end)
    .execute();
  await database.schema
    .createIndex('access_token_name')
    .on('access_token')
    .expression(sql`lower(name)`)
    .unique()
    .execute();
}

async function createIdempotencyKeys(database: Any, { end, moment, text }: ColumnTypes): Promise<void> {
  await database.schema
    .createTable('idempotency_key')
    .addColumn('requester', text, (column) => column.notNull())
    .addColumn('key', text, (column) => column.notNull())
    .addColumn('digest', text, (column) => column.notNull())
    .addColumn('put_at', moment, (column) => column.notNull())
    .addColumn('attempt', text)
    .addColumn('until', moment)
    .addColumn('answer', text)
    .addPrimaryKeyConstraint('idempotency_key_key', ['requester', 'key'])
    .addCheckConstraint('idempotency_key_attempt', sql`(attempt is null) = (until is null)`)
    .addCheckConstraint('idempotency_key_answer', sql`attempt is null or answer is null`)
    .$call(end)
    .execute();
  await database.schema.createIndex('idempotency_key_by_age').on('idempotency_key').column('put_at').execute();
}

/** What administrators need to be let in: access tokens, and what is kept of requests that may be sent again. */
export function access(kind: DatabaseKind): Migration {
  const types = columnTypesOf(kind);
  return {
    async up(database: Any): Promise<void> {
      await createAccessTokens(database, types);
      await createIdempotencyKeys(database, types);
    },
  };
}
