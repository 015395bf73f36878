import type { Kysely } from 'kysely';
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
    const credentials = await this.#database
      .selectFrom('credential')
      .select((row) => ['pin_key_id as key', row.fn.countAll().as('all'), row.fn.count('mailbox_id').as('mailboxes')])
      .groupBy('pin_key_id')
      .execute();
    const history = await this.#database
      .selectFrom('pin_history')
      .select((row) => ['pin_key_id as key', row.fn.countAll().as('all')])
      .groupBy('pin_key_id')
      .execute();
    const sealed = await this.#database
      .selectFrom('outbox')
      .select((row) => ['sealed_pin_key_id as key', row.fn.countAll().as('all')])
      .where('sealed_pin_key_id', 'is not', null)
      .groupBy('sealed_pin_key_id')
      .execute();
    const audit = await this.#database
      .selectFrom('audit_record')
      .select((row) => ['key_id as key', row.fn.countAll().as('all')])
      .groupBy('key_id')
      .execute();
    const keys = new Set([...credentials, ...history, ...sealed, ...audit].flatMap(({ key }) => key ?? []));
    return [...keys].sort().map((keyId) => {
      const of = (rows: readonly Counted[]): number => Number(rows.find(({ key }) => key === keyId)?.all ?? 0);
      const mailboxes = Number(credentials.find(({ key }) => key === keyId)?.mailboxes ?? 0);
      const decoys = of(credentials) - mailboxes;
      return { keyId, mailboxes, decoys, history: of(history), sealedPins: of(sealed), auditRecords: of(audit) };
    });
  }
}

/** How many rows of a table name a key; databases give counts in types of their own. */
interface Counted {
  readonly key: string | null;
  readonly all: string | number | bigint;
}
