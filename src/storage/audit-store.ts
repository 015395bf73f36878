import { type ExpressionBuilder, type Kysely, type Selectable, sql } from 'kysely';
import type {
  AuditCriteria,
  AuditHead,
  AuditPlace,
  AuditRecord,
  AuditStore,
  FoundRecords,
} from '../services/ports/audit-store.ts';
import { atomically, consistently } from './atomically.ts';
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

  async last(): Promise<number | undefined> {
    const row = await this.#database
      .selectFrom('audit_record')
      .select('sequence')
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.sequence;
  }

  async find(
    criteria: AuditCriteria,
    before: AuditPlace | undefined,
    limit: number,
    among: number,
  ): Promise<FoundRecords> {
    return await consistently(this.#database, async (database) => {
      const through = await newestFirst(recordsBy(database, indexedOf(criteria)), before)
        .select(['at', 'sequence'])
        .limit(1)
        .offset(among - 1)
        .executeTakeFirst();
      const rows = await newestFirst(recordsBy(database, criteria), before)
        .selectAll()
        .$if(through !== undefined, (query) => query.where((from) => isPlaced(from, '>=', through ?? NOWHERE)))
        .limit(limit)
        .execute();
      return { found: rows.map(toRecord), through };
    });
  }

  async countSince(action: string, outcome: string, from: number): Promise<number> {
    const { records } = await recordsBy(this.#database, { action, outcome, from })
      .select((record) => record.fn.countAll<number | string>().as('records'))
      .executeTakeFirstOrThrow();
    return Number(records);
  }

  async range(criteria: AuditCriteria, first: number, last: number): Promise<readonly AuditRecord[]> {
    const rows = await recordsBy(this.#database, criteria)
      .selectAll()
      .where('sequence', '>=', first)
      .where('sequence', '<=', last)
      .orderBy('sequence')
      .execute();
    return rows.map(toRecord);
  }
}

type From = ExpressionBuilder<Schema, 'audit_record'>;

const NOWHERE: AuditPlace = { at: 0, sequence: 0 };

/** Whether a record is before a place, or there and behind it, in the order of moments and numbers. */
function isPlaced({ refTuple, tuple, eb }: From, how: '<' | '>=', { at, sequence }: AuditPlace) {
  return eb(refTuple('at', 'sequence'), how, tuple(at, sequence));
}

/** What nearly all records are of; the index of actions is without them. */
const COMMON_ACTION = 'sign-in';

/** What of criteria there is an index for, with the moments: at most one of them. The others are looked at one by one. */
function indexedOf({ from, to, mailbox, actor, action }: AuditCriteria): AuditCriteria {
  const moments = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  if (mailbox !== undefined) return { ...moments, mailbox };
  if (actor !== undefined) return { ...moments, actor };
  return action === undefined || action === COMMON_ACTION ? moments : { ...moments, action };
}

function recordsBy(database: Kysely<Schema>, { from, to, mailbox, actor, action, outcome }: AuditCriteria) {
  return (
    database
      .selectFrom('audit_record')
      .$if(from !== undefined, (query) => query.where('at', '>=', from ?? 0))
      .$if(to !== undefined, (query) => query.where('at', '<', to ?? 0))
      .$if(mailbox !== undefined, (query) => query.where('mailbox_id', '=', mailbox ?? ''))
      .$if(actor !== undefined, (query) => query.where('actor_name', '=', actor ?? ''))
      .$if(action !== undefined, (query) => query.where('action', '=', action ?? ''))
      // What the index is of has to be said as it is said there, or the database does not see that it may be used.
      .$if(action !== undefined && action !== COMMON_ACTION, (query) =>
        query.where('action', '<>', sql.lit(COMMON_ACTION)),
      )
      .$if(outcome !== undefined, (query) => query.where('outcome', '=', outcome ?? ''))
  );
}

function newestFirst(query: ReturnType<typeof recordsBy>, before: AuditPlace | undefined) {
  return query
    .$if(before !== undefined, (records) => records.where((from) => isPlaced(from, '<', before ?? NOWHERE)))
    .orderBy('at', 'desc')
    .orderBy('sequence', 'desc');
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
