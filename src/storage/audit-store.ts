import type { Kysely, Selectable } from 'kysely';
import type { AuditHead, AuditRecord, AuditStore } from '../services/ports/audit-store.ts';
import { atomically } from './atomically.ts';
import type { AuditHeadTable, AuditRecordTable, Schema } from './schema.ts';

/** The id of the one row of table `audit_head`. */
const HEAD = 1;

/** The audit trail in tables `audit_record` and `audit_head`, whose one row is there from the beginning with sequence 0. */
export class SqlAuditStore implements AuditStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async head(): Promise<AuditHead | undefined> {
    const row = this.#database.isTransaction ? await this.#lockHead() : await this.#readHead();
    return row === undefined || row.sequence === 0
      ? undefined
      : { sequence: row.sequence, keyId: row.key_id, mac: row.mac };
  }

  /** Undefined where somebody has removed it: whoever verifies the trail is to be told, and no record can be added. */
  #readHead(): Promise<Selectable<AuditHeadTable> | undefined> {
    return this.#database.selectFrom('audit_head').selectAll().where('id', '=', HEAD).executeTakeFirst();
  }

  /** Changes nothing, and keeps everybody else from it to the end of the transaction, on every database. */
  #lockHead(): Promise<Selectable<AuditHeadTable>> {
    return this.#database
      .updateTable('audit_head')
      .set((row) => ({ sequence: row.ref('sequence') }))
      .where('id', '=', HEAD)
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  async append({ sequence, at, entry, mailboxId, keyId, mac }: AuditRecord): Promise<void> {
    await atomically(this.#database, async (database) => {
      const { numUpdatedRows } = await database
        .updateTable('audit_head')
        .set({ sequence, key_id: keyId, mac })
        .where('id', '=', HEAD)
        .where('sequence', '=', sequence - 1)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw new Error(`Audit record ${sequence} does not follow the last one`);
      await database
        .insertInto('audit_record')
        .values({ sequence, at, entry, mailbox_id: mailboxId ?? null, key_id: keyId, mac })
        .execute();
    });
  }

  async first(): Promise<number | undefined> {
    const row = await this.#database
      .selectFrom('audit_record')
      .select('sequence')
      .orderBy('sequence')
      .limit(1)
      .executeTakeFirst();
    return row?.sequence;
  }

  async from(sequence: number, limit: number): Promise<readonly AuditRecord[]> {
    const rows = await this.#database
      .selectFrom('audit_record')
      .selectAll()
      .where('sequence', '>=', sequence)
      .orderBy('sequence')
      .limit(limit)
      .execute();
    return rows.map(toRecord);
  }

  async ofMailbox(mailbox: string, limit: number): Promise<readonly AuditRecord[]> {
    const rows = await this.#database
      .selectFrom('audit_record')
      .selectAll()
      .where('mailbox_id', '=', mailbox)
      .orderBy('sequence', 'desc')
      .limit(limit)
      .execute();
    return rows.map(toRecord);
  }
}

function toRecord(row: Selectable<AuditRecordTable>): AuditRecord {
  return {
    sequence: row.sequence,
    at: row.at,
    entry: row.entry,
    mailboxId: row.mailbox_id ?? undefined,
    keyId: row.key_id,
    mac: row.mac,
  };
}
