import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** How secure the calls of a dial plan must be; those that there are stay as they were, unsecured. */
export function voipSecurity(): Migration {
  return {
    async up(database: Kysely<unknown>): Promise<void> {
      await database.schema
        .alterTable('dial_plan')
        .addColumn('voip_security', 'text', (column) =>
          column.notNull().defaultTo('unsecured').check(sql`voip_security in ('unsecured', 'sip-secured', 'secured')`),
        )
        .execute();
    },
  };
}
