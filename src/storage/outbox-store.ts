import { type ExpressionBuilder, type Kysely, type Selectable, sql } from 'kysely';
import type { MailboxId } from '../domain/mailbox.ts';
import { type Letter, type LetterKind, LINK_LETTERS } from '../services/ports/letter.ts';
import type {
  MailBacklog,
  MailPlace,
  NewOutboxMail,
  OutboxId,
  OutboxMail,
  OutboxState,
  OutboxStore,
  PlacedMail,
} from '../services/ports/outbox-store.ts';
import type { SealedPin } from '../services/ports/pin-sealer.ts';
import type { OutboxTable, Schema } from './schema.ts';

/** Longest description of a failed attempt that is kept, in UTF-16 units: mail servers may say as much as they like. */
const ERROR_LENGTH = 500;

/** What is undelivered and may still be withdrawn or run out of time. */
const UNDELIVERED: readonly OutboxState[] = ['waiting', 'refused'];

/** Set together with every state that no attempt can follow. */
const PIN_ERASED = { sealed_pin: null, sealed_pin_key_id: null };

/** Mails in table `outbox`. They outlive their mailbox: what was changed is told even if it is gone by then. */
export class SqlOutboxStore implements OutboxStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async insert({ id, mailboxId, letter, pin, queuedAt }: NewOutboxMail): Promise<void> {
    await this.#database
      .insertInto('outbox')
      .values((from) => ({
        id,
        sequence: sql`${from
          .selectFrom('outbox')
          .select((row) => row.fn.coalesce(row.fn.max('sequence'), row.lit(0)).as('sequence'))} + 1`,
        mailbox_id: mailboxId,
        kind: letter.kind,
        letter: JSON.stringify(letter),
        sealed_pin: pin?.sealed ?? null,
        sealed_pin_key_id: pin?.keyId ?? null,
        queued_at: queuedAt,
        state: 'waiting',
        attempts: 0,
        next_attempt_at: queuedAt,
        settled_at: null,
        last_error: null,
      }))
      .execute();
  }

  async supersede(mailbox: MailboxId, kinds: readonly LetterKind[], at: number): Promise<number> {
    const { numUpdatedRows } = await this.#database
      .updateTable('outbox')
      .set({ state: 'superseded', settled_at: at, ...PIN_ERASED })
      .where('mailbox_id', '=', mailbox)
      .where('kind', 'in', kinds)
      .where('state', 'in', UNDELIVERED)
      .executeTakeFirstOrThrow();
    return Number(numUpdatedRows);
  }

  async claim(now: number, until: number): Promise<OutboxMail | undefined> {
    for (;;) {
      const row = await this.#claimNext(now, until);
      if (row !== undefined) return toMail(row);
      // Another process may have taken the one that this one had chosen, and more may be due.
      const due = await this.nextDue();
      if (due === undefined || due > now) return undefined;
    }
  }

  #claimNext(now: number, until: number): Promise<Selectable<OutboxTable> | undefined> {
    return (
      this.#database
        .updateTable('outbox')
        .set((row) => ({ attempts: row('attempts', '+', 1), next_attempt_at: until }))
        .where('id', '=', (from) =>
          from
            .selectFrom('outbox as due')
            .select('due.id')
            .where('due.state', '=', 'waiting')
            .where('due.next_attempt_at', '<=', now)
            .orderBy('due.next_attempt_at')
            .orderBy('due.sequence')
            .limit(1),
        )
        // Said again: a database with several writers looks at the chosen row anew once it has it.
        .where('state', '=', 'waiting')
        .where('next_attempt_at', '<=', now)
        .returningAll()
        .executeTakeFirst()
    );
  }

  async delivered(id: OutboxId, at: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('outbox')
      .set({ state: 'delivered', settled_at: at, last_error: null, ...PIN_ERASED })
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  async postpone(id: OutboxId, nextAttemptAt: number, error: string): Promise<void> {
    await this.#database
      .updateTable('outbox')
      .set({ next_attempt_at: nextAttemptAt, last_error: bounded(error) })
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .execute();
  }

  async refuse(id: OutboxId, at: number, error: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('outbox')
      .set({ state: 'refused', settled_at: at, last_error: bounded(error) })
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  async hasten(latestAttemptAt: number): Promise<void> {
    await this.#database
      .updateTable('outbox')
      .set({ next_attempt_at: latestAttemptAt })
      .where('state', '=', 'waiting')
      .where('next_attempt_at', '>', latestAttemptAt)
      .execute();
  }

  async expire(queuedBefore: number, at: number): Promise<readonly OutboxMail[]> {
    const rows = await this.#database
      .updateTable('outbox')
      .set({ state: 'expired', settled_at: at, ...PIN_ERASED })
      .where('state', 'in', UNDELIVERED)
      .where('queued_at', '<', queuedBefore)
      .returningAll()
      .execute();
    return rows.map(toMail);
  }

  async nextDue(): Promise<number | undefined> {
    const row = await this.#database
      .selectFrom('outbox')
      .select('next_attempt_at')
      .where('state', '=', 'waiting')
      .orderBy('next_attempt_at')
      .limit(1)
      .executeTakeFirst();
    return row?.next_attempt_at;
  }

  async backlog(): Promise<MailBacklog> {
    const rows = await this.#database
      .selectFrom('outbox')
      .select(({ fn }) => [
        'state',
        fn.countAll<number | string>().as('mails'),
        fn.min('queued_at').as('oldest_queued_at'),
        fn.min('next_attempt_at').as('next_due_at'),
      ])
      .where('state', 'in', UNDELIVERED)
      .where((where) => where.or([where('state', '=', 'waiting'), where('kind', 'not in', LINK_LETTERS)]))
      .groupBy('state')
      .execute();
    const waiting = rows.find(({ state }) => state === 'waiting');
    return {
      waiting: Number(waiting?.mails ?? 0),
      refused: Number(rows.find(({ state }) => state === 'refused')?.mails ?? 0),
      oldestQueuedAt: waiting?.oldest_queued_at,
      nextDueAt: waiting?.next_due_at,
    };
  }

  async newestOf(mailboxes: readonly MailboxId[]): Promise<readonly OutboxMail[]> {
    if (mailboxes.length === 0) return [];
    const rows = await this.#database
      .selectFrom('outbox')
      .selectAll()
      .where('mailbox_id', 'in', mailboxes)
      .where('sequence', '=', (from) =>
        from
          .selectFrom('outbox as newest')
          .select((row) => row.fn.max('newest.sequence').as('sequence'))
          .whereRef('newest.mailbox_id', '=', 'outbox.mailbox_id')
          .where('newest.kind', 'not in', LINK_LETTERS),
      )
      .execute();
    return rows.map(toMail);
  }

  async page(mailbox: MailboxId, before: MailPlace | undefined, limit: number): Promise<readonly PlacedMail[]> {
    const rows = await this.#database
      .selectFrom('outbox')
      .selectAll()
      .where('mailbox_id', '=', mailbox)
      .$if(before !== undefined, (query) => query.where((from) => isBefore(from, before ?? NOWHERE)))
      .orderBy('queued_at', 'desc')
      .orderBy('sequence', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => ({ place: { at: row.queued_at, sequence: row.sequence }, mail: toMail(row) }));
  }

  async byId(id: OutboxId): Promise<OutboxMail | undefined> {
    const row = await this.#database.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : toMail(row);
  }

  async retry(id: OutboxId, at: number): Promise<OutboxMail | undefined> {
    const row = await this.#database
      .updateTable('outbox')
      .set((from) => ({
        state: 'waiting' as const,
        settled_at: null,
        next_attempt_at: from
          .case()
          .when(from.and([from('state', '=', 'waiting'), from('attempts', '>', 0), from('last_error', 'is', null)]))
          .then(from.ref('next_attempt_at'))
          .else(at)
          .end(),
      }))
      .where('id', '=', id)
      .where('state', 'in', UNDELIVERED)
      .returningAll()
      .executeTakeFirst();
    return row === undefined ? undefined : toMail(row);
  }

  async newest(mailbox: MailboxId, kinds: readonly LetterKind[]): Promise<OutboxMail | undefined> {
    const row = await this.#database
      .selectFrom('outbox')
      .selectAll()
      .where('mailbox_id', '=', mailbox)
      .where('kind', 'in', kinds)
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? undefined : toMail(row);
  }

  async ofMailbox(mailbox: MailboxId, limit: number): Promise<readonly OutboxMail[]> {
    const rows = await this.#database
      .selectFrom('outbox')
      .selectAll()
      .where('mailbox_id', '=', mailbox)
      .orderBy('sequence', 'desc')
      .limit(limit)
      .execute();
    return rows.map(toMail);
  }
}

const NOWHERE: MailPlace = { at: 0, sequence: 0 };

function isBefore({ eb, refTuple, tuple }: ExpressionBuilder<Schema, 'outbox'>, { at, sequence }: MailPlace) {
  return eb(refTuple('queued_at', 'sequence'), '<', tuple(at, sequence));
}

/** Short enough to be kept, and text for every database: none stores a half of a surrogate pair or a NUL. */
function bounded(error: string): string {
  return error.slice(0, ERROR_LENGTH).replaceAll('\0', ' ').toWellFormed();
}

function pinOf({ sealed_pin, sealed_pin_key_id }: Selectable<OutboxTable>): SealedPin | undefined {
  if (sealed_pin === null || sealed_pin_key_id === null) return undefined;
  return { keyId: sealed_pin_key_id, sealed: sealed_pin };
}

function toMail(row: Selectable<OutboxTable>): OutboxMail {
  return {
    id: row.id as OutboxId,
    mailboxId: row.mailbox_id as MailboxId,
    letter: JSON.parse(row.letter) as Letter,
    pin: pinOf(row),
    queuedAt: row.queued_at,
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    settledAt: row.settled_at ?? undefined,
    lastError: row.last_error ?? undefined,
  };
}
