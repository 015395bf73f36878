import { setImmediate as breathe } from 'node:timers/promises';
import type { LogFields } from '../domain/log.ts';
import { sealedText } from './audit.ts';
import type { AuditSealer } from './ports/audit-sealer.ts';
import type { AuditRecord, AuditStore } from './ports/audit-store.ts';

/** What is wrong at a place of the audit trail. */
export type AuditBreak =
  /** There is no record of this number, though there are later ones, or the head names one. */
  | 'missing'
  /** The record, or the one before it, is not as it was sealed. */
  | 'altered'
  /** The record names a key that is not in the key file. */
  | 'key-unknown'
  /** The record is there, but the trail's head does not reach it. */
  | 'beyond-head'
  /** It is the last record, and the trail's head has another link of it. */
  | 'head-differs'
  /** There is no record of this number, though a head that was noted elsewhere comes after it: the end was cut off. */
  | 'cut-off'
  /** A head that was noted elsewhere has another link of this record: it was sealed anew, by somebody with the key. */
  | 'noted-differs';

/** A head as it was noted elsewhere, such as in the log. */
export interface NotedHead {
  readonly sequence: number;
  readonly mac: string;
}

/** What came of a verification. */
export type AuditVerdict =
  | { readonly kind: 'intact'; readonly records: number; readonly head: NotedHead | undefined }
  /** The first broken place. */
  | { readonly kind: 'broken'; readonly sequence: number; readonly how: AuditBreak };

/** Records read at a time: few enough for a service that runs meanwhile to get its turn, in this process too. */
const BATCH = 200;

const broken = (sequence: number, how: AuditBreak): AuditVerdict => ({ kind: 'broken', sequence, how });

/** Follows the chain from its beginning, one record after the other. */
class Chain {
  readonly #sealer: AuditSealer;
  readonly #noted: ReadonlyMap<number, ReadonlySet<string>>;
  #last: NotedHead & { readonly keyId: string } = { sequence: 0, keyId: '', mac: '' };

  constructor(sealer: AuditSealer, noted: ReadonlyMap<number, ReadonlySet<string>>) {
    this.#sealer = sealer;
    this.#noted = noted;
  }

  get last(): NotedHead & { readonly keyId: string } {
    return this.#last;
  }

  get next(): number {
    return this.#last.sequence + 1;
  }

  /** Takes the next record; says what is wrong with it. */
  follow(record: AuditRecord): AuditBreak | undefined {
    const { sequence, keyId, mac } = record;
    if (sequence !== this.next) return 'missing';
    if (!this.#sealer.knows(keyId)) return 'key-unknown';
    const text = sealedText(sequence, record.at, record.entry);
    if (!this.#sealer.matches(keyId, this.#last.mac, text, mac)) return 'altered';
    // By this column a mailbox's records are found; it is not sealed, but what it repeats is.
    if (mailboxIn(record.entry) !== record.mailboxId) return 'altered';
    const noted = this.#noted.get(sequence);
    if (noted !== undefined && !(noted.size === 1 && noted.has(mac))) return 'noted-differs';
    this.#last = { sequence, keyId, mac };
    return undefined;
  }
}

/** The mailbox that an entry names; the entry is as it was sealed, so that it is JSON is certain. */
function mailboxIn(entry: string): unknown {
  const { mailboxId } = JSON.parse(entry) as LogFields;
  return mailboxId;
}

/** What is wrong with the trail's end, all of whose records are in order; `more` when some were added meanwhile. */
async function checkEnd(store: AuditStore, { last, next }: Chain): Promise<AuditVerdict | 'more' | undefined> {
  // Read after the records: what is added meanwhile moves the head on, and never back.
  const head = await store.head();
  const reached = head?.sequence ?? 0;
  if (reached < last.sequence) return broken(reached + 1, 'beyond-head');
  if (reached > last.sequence) return (await store.from(next, 1)).length > 0 ? 'more' : broken(next, 'missing');
  const same = head === undefined || (head.mac === last.mac && head.keyId === last.keyId);
  return same ? undefined : broken(last.sequence, 'head-differs');
}

function bySequence(noted: readonly NotedHead[]): ReadonlyMap<number, ReadonlySet<string>> {
  const macs = new Map<number, Set<string>>();
  for (const { sequence, mac } of noted) macs.set(sequence, (macs.get(sequence) ?? new Set()).add(mac));
  return macs;
}

/**
 * Follows the whole audit trail and names the first record that is not as it was sealed (SPEC §5). Records may be added
 * meanwhile. It reads a few hundred records at a time; a million take about half a minute.
 *
 * @param noted heads that were noted elsewhere before this is called. Without them it does not show when the end was
 *   cut off and the head moved back with it, nor when somebody who has the key sealed the trail anew.
 * Throws when the database fails.
 */
export async function verifyAudit(
  { audit: store }: { readonly audit: AuditStore },
  sealer: AuditSealer,
  noted: readonly NotedHead[] = [],
): Promise<AuditVerdict> {
  const chain = new Chain(sealer, bySequence(noted));
  // None is ever sealed under such a number, and whoever lists the records of a mailbox would see it.
  const first = await store.first();
  if (first !== undefined && first < chain.next) return broken(first, 'altered');
  for (;;) {
    const batch = await store.from(chain.next, BATCH);
    for (const record of batch) {
      const how = chain.follow(record);
      if (how !== undefined) return broken(chain.next, how);
    }
    if (batch.length > 0) {
      await breathe();
      continue;
    }
    const end = await checkEnd(store, chain);
    if (end === 'more') continue;
    if (end !== undefined) return end;
    const { sequence, mac } = chain.last;
    if (noted.some((head) => head.sequence > sequence)) return broken(sequence + 1, 'cut-off');
    return { kind: 'intact', records: sequence, head: sequence === 0 ? undefined : { sequence, mac } };
  }
}
