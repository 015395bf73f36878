import { type Kysely, sql } from 'kysely';
import type { KeyUse, PinKeyCheck, PinKeyStore } from '../services/ports/pin-key-store.ts';
import type { Schema } from './schema.ts';

/** What the keys outside are known by, in table `pin_key`. */
export class SqlPinKeyStore implements PinKeyStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async all(): Promise<readonly PinKeyCheck[]> {
    const rows = await this.#database.selectFrom('pin_key').selectAll().orderBy('id').execute();
    return rows.map((row) => ({ keyId: row.id, check: row.check_value }));
  }

  async insert(key: PinKeyCheck): Promise<void> {
    await this.#database
      .insertInto('pin_key')
      .values({ id: key.keyId, check_value: key.check })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
  }

  async update(key: PinKeyCheck): Promise<void> {
    await this.#database
      .updateTable('pin_key')
      .set({ check_value: key.check })
      .where('id', '=', key.keyId)
      .executeTakeFirst();
  }

  async remove(keyId: string): Promise<void> {
    await this.#database.deleteFrom('pin_key').where('id', '=', keyId).executeTakeFirst();
  }

  async uses(): Promise<readonly KeyUse[]> {
    const rows = await sql<KeyUse>`
      select
        key_id as "keyId",
        sum(what = 'mailbox') as "mailboxes"
      from (
        ...
    `.execute(this.#database);
    return rows.rows;
  }
}
