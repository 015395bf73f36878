import { type Kysely, sql, type TableMetadata } from 'kysely';
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from 'kysely/migration';
import type { Log } from '../domain/log.ts';
import { DatabaseRefused } from './database-refused.ts';
import type { Schema } from './schema.ts';

type Migrations = Readonly<Record<string, Migration>>;

/** Names of the migrations that the database has been through; none when it is new. */
async function namesIn(database: Kysely<Schema>): Promise<readonly string[]> {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true });
  const found = tables.filter((table) => table.name === DEFAULT_MIGRATION_TABLE);
  if (!found.some(({ schema }) => schema === undefined) && !(await isOneOfOurs(database, found))) return [];
  const rows = await sql<{ name: string }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(database);
  return rows.rows.map((row) => row.name);
}

/** Whether one of these tables is in the schema that ours are in, where a database has several. */
async function isOneOfOurs(database: Kysely<Schema>, tables: readonly TableMetadata[]): Promise<boolean> {
  if (tables.length === 0) return false;
  const { rows } = await sql<{ name: string | null }>`select current_schema() as name`.execute(database);
  return tables.some(({ schema }) => schema === rows[0]?.name);
}

function requireKnown(names: readonly string[], migrations: Migrations, file: string): void {
  const unknown = names.filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0) throw new DatabaseRefused('newer', file, undefined, `migration ${unknown.join(', ')}`);
}

/**
 * Makes sure that the tables are up to date, and changes nothing.
 *
 * @throws DatabaseRefused for a database of a newer version, and for one that this version has not brought up to date.
 */
export async function requireMigrated(database: Kysely<Schema>, migrations: Migrations, file: string): Promise<void> {
  const names = await namesIn(database);
  requireKnown(names, migrations, file);
  if (Object.keys(migrations).some((name) => !names.includes(name))) throw new DatabaseRefused('older', file);
}

/**
 * Brings the tables up to date, all in one transaction.
 *
 * @throws DatabaseRefused for a database with migrations that this version does not know, before anything is changed.
 */
export async function migrate(database: Kysely<Schema>, migrations: Migrations, file: string, log: Log): Promise<void> {
  requireKnown(await namesIn(database), migrations, file);
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  const done = (results ?? []).filter((result) => result.status === 'Success').map((result) => result.migrationName);
  if (done.length > 0) log.info({ migrations: done }, 'The database has been brought up to date');
}
