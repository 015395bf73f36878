import type { Kysely, Selectable } from 'kysely';
import type { MailboxId } from '../domain/mailbox.ts';
import { ROLES } from '../domain/role.ts';
import type { AccessTokenId } from '../services/ports/access-token-store.ts';
import type {
  OpenSessions,
  StillOpen,
  StoredSession,
  WebSession,
  WebSessionStore,
} from '../services/ports/web-session-store.ts';
import { atomically } from './atomically.ts';
import type { Schema, WebSessionTable } from './schema.ts';

/** Sessions of browsers in table `web_session`. */
export class SqlWebSessionStore implements WebSessionStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  insert(session: WebSession, digest: string): Promise<void> {
    return atomically(this.#database, async (database) => {
      await insertSession(database, session, digest);
      const { person, createdAt: at } = session;
      await database.insertInto('web_sign_in').values({ secret_digest: digest, person, at }).execute();
    });
  }

  async begunAt(person: string, nth: number): Promise<number | undefined> {
    const row = await this.#database
      .selectFrom('web_sign_in')
      .select('at')
      .where('person', '=', person)
      .orderBy('at', 'desc')
      .limit(1)
      .offset(nth - 1)
      .executeTakeFirst();
    return row?.at;
  }

  async byDigest(digests: readonly string[]): Promise<StoredSession | undefined> {
    const row = await this.#database
      .selectFrom('web_session')
      .selectAll()
      .where('secret_digest', 'in', digests)
      .executeTakeFirst();
    return row && toStored(row);
  }

  async used(digest: string, at: number): Promise<void> {
    await this.#database
      .updateTable('web_session')
      .set({ last_used_at: at })
      .where('secret_digest', '=', digest)
      .execute();
  }

  async remove(digest: string): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('web_session')
      .where('secret_digest', '=', digest)
      .executeTakeFirstOrThrow();
    return numDeletedRows === 1n;
  }

  async removeOf(person: string): Promise<number> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('web_session')
      .where('person', '=', person)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  async removeOfMailbox(mailbox: MailboxId): Promise<number> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('web_session')
      .where('mailbox_id', '=', mailbox)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  async keepNewest(person: string, most: number): Promise<void> {
    await this.#database
      .deleteFrom('web_session')
      .where('person', '=', person)
      .where('secret_digest', 'not in', (from) =>
        from
          .selectFrom('web_session as newest')
          .select('newest.secret_digest')
          .where('newest.person', '=', person)
          .orderBy('newest.created_at', 'desc')
          .orderBy('newest.secret_digest')
          .limit(most),
      )
      .execute();
  }

  async countOpen(open: StillOpen): Promise<OpenSessions> {
    const { sessions, users } = await this.#open(open)
      .select(({ fn }) => [
        fn.countAll<number | string>().as('sessions'),
        fn.count<number | string>('mailbox_id').as('users'),
      ])
      .executeTakeFirstOrThrow();
    return { administrator: Number(sessions) - Number(users), user: Number(users) };
  }

  async listOpen(open: StillOpen, after: string | undefined, limit: number): Promise<readonly StoredSession[]> {
    const persons = this.#open(open)
      .select('person')
      .distinct()
      .where('person', '>', after ?? '')
      .orderBy('person')
      .limit(limit);
    const rows = await this.#open(open)
      .selectAll()
      .where('person', 'in', persons)
      .orderBy('person')
      .orderBy('created_at', 'desc')
      .execute();
    return rows.map(toStored);
  }

  async ofPerson(person: string): Promise<readonly StoredSession[]> {
    const rows = await this.#database
      .selectFrom('web_session')
      .selectAll()
      .where('person', '=', person)
      .orderBy('created_at', 'desc')
      .execute();
    return rows.map(toStored);
  }

  #open({ now, usedBefore, terms }: StillOpen) {
    return this.#database
      .selectFrom('web_session')
      .where('until', '>', now)
      .where('last_used_at', '>', usedBefore)
      .where((where) => where.or([where('terms', 'is', null), where('terms', '=', terms ?? '')]));
  }

  async prune(now: number, usedBefore: number, begunBefore: number): Promise<void> {
    await this.#database
      .deleteFrom('web_session')
      .where((where) => where.or([where('until', '<=', now), where('last_used_at', '<=', usedBefore)]))
      .execute();
    await this.#database.deleteFrom('web_sign_in').where('at', '<=', begunBefore).execute();
  }
}

async function insertSession(database: Kysely<Schema>, session: WebSession, digest: string): Promise<void> {
  await database
    .insertInto('web_session')
    .values({
      secret_digest: digest,
      person: session.person,
      name: session.name,
      roles: session.roles.join(' '),
      signed_in_by: session.signedInBy,
      token_id: session.tokenId ?? null,
      mailbox_id: session.mailboxId ?? null,
      terms: session.terms ?? null,
      address: session.address,
      created_at: session.createdAt,
      last_used_at: session.lastUsedAt,
      until: session.until,
    })
    .execute();
}

function toStored(row: Selectable<WebSessionTable>): StoredSession {
  return { session: toSession(row), digest: row.secret_digest };
}

function toSession(row: Selectable<WebSessionTable>): WebSession {
  const roles = row.roles.split(' ');
  return {
    person: row.person,
    name: row.name,
    roles: ROLES.filter((role) => roles.includes(role)),
    signedInBy: row.signed_in_by,
    tokenId: (row.token_id as AccessTokenId | null) ?? undefined,
    mailboxId: (row.mailbox_id as MailboxId | null) ?? undefined,
    terms: row.terms ?? undefined,
    address: row.address,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    until: row.until,
  };
}
