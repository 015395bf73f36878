import { setImmediate as breathe } from 'node:timers/promises';
import type { MailboxId } from '../domain/mailbox.ts';
import { readEntry } from './audit.ts';
import type { AuditFilter, AuditPosition, AuditSearch, ExportedAuditRecord, FoundAuditRecord } from './audit-search.ts';
import type { Page, PageRequest } from './page.ts';
import type { AuditRecord } from './ports/audit-store.ts';
import type { Database, Stores } from './ports/database.ts';

/** Records looked at in one statement: a few milliseconds, for every call waits meanwhile. */
const AMONG = 500;

/** Records of an export that are looked at in one statement. */
const EXPORTED_AMONG = 500;

type Addresses = ReadonlyMap<string, string>;

/** A record without the address of its mailbox. */
export type ReadRecord = Omit<FoundAuditRecord, 'mailbox'>;

/** What a record says; of one that cannot be read, when it was made and which it is. */
export function readRecord({ sequence, at, entry: text }: AuditRecord): ReadRecord {
  const entry = readEntry(text);
  if (entry === undefined) {
    const [actor, source] = [{ kind: 'system' }, { kind: 'service' }] as const;
    return { sequence, at, action: 'unreadable', outcome: 'unreadable', actor, source, reason: undefined, details: {} };
  }
  const { action, outcome, actor, source, reason, details = {} } = entry;
  return { sequence, at, action, outcome, actor, source, reason, details };
}

function foundRecord(record: AuditRecord, addresses: Addresses): FoundAuditRecord {
  const { mailboxId } = record;
  const mailbox =
    mailboxId === undefined ? undefined : { id: mailboxId as MailboxId, address: addresses.get(mailboxId) };
  return { ...readRecord(record), mailbox };
}

async function addressesIn(
  { mailboxes }: Pick<Stores, 'mailboxes'>,
  records: readonly AuditRecord[],
): Promise<Addresses> {
  const ids = new Set(records.flatMap(({ mailboxId }) => mailboxId ?? []));
  const found = await mailboxes.byIds([...ids] as MailboxId[]);
  return new Map(found.map(({ mailbox: { id, address } }) => [id, address]));
}

class StoredAuditSearch implements AuditSearch {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(
    filter: AuditFilter,
    { after, limit }: PageRequest<AuditPosition>,
  ): Promise<Page<FoundAuditRecord, AuditPosition>> {
    const records: AuditRecord[] = [];
    for (let position = after; ; ) {
      // One more than is asked for tells whether there are more.
      const wanted = limit + 1 - records.length;
      const { found, through } = await this.#database.audit.find(filter, position, wanted, AMONG);
      records.push(...found);
      if (records.length > limit || through === undefined) break;
      position = through;
      await breathe();
    }
    const shown = records.slice(0, limit);
    const addresses = await addressesIn(this.#database, shown);
    const last = records.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map((record) => foundRecord(record, addresses)),
      next: last && { at: last.at, sequence: last.sequence },
    };
  }

  async *export(filter: AuditFilter): AsyncGenerator<readonly ExportedAuditRecord[], void> {
    const { audit } = this.#database;
    const last = (await audit.last()) ?? 0;
    for (let first = (await audit.first()) ?? 1; first <= last; first += EXPORTED_AMONG) {
      const records = await audit.range(filter, first, Math.min(first + EXPORTED_AMONG - 1, last));
      const addresses = await addressesIn(this.#database, records);
      if (records.length > 0) yield records.map((record) => exported(record, addresses));
      await breathe();
    }
  }
}

function exported(record: AuditRecord, addresses: Addresses): ExportedAuditRecord {
  const { entry, keyId, mac } = record;
  return { ...foundRecord(record, addresses), sealed: { entry, keyId, mac } };
}

/** Makes what reads the audit trail; nothing of it writes. */
export function createAuditSearch({ database }: { readonly database: Database }): AuditSearch {
  return new StoredAuditSearch(database);
}
