import type { Kysely, Selectable } from 'kysely';
import type { MailboxId } from '../domain/mailbox.ts';
import { ROLES } from '../domain/role.ts';
import type { AccessTokenId } from '../services/ports/access-token-store.ts';
import type { OpenSessions, WebSession, WebSessionStore } from '../services/ports/web-session-store.ts';
import type { Schema, WebSessionTable } from './schema.ts';

/** Sessions of browsers in table `web_session`. */
export class SqlWebSessionStore implements WebSessionStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async insert(session: WebSession, digest: string): Promise<void> {
    await this.#database
      .insertInto('web_session')
      .values({
        secret_digest: digest,
        person: session.person,
        name: session.name,
        roles: session.roles.join(' '),
        signed_in_by: session.signedInBy,
        token_id: session.tokenId ?? null,
        mailbox_id: session.mailboxId ?? null,
        created_at: session.createdAt,
        last_used_at: session.lastUsedAt,
        until: session.until,
      })
      .execute();
  }

  async byDigest(
    digests: readonly string[],
  ): Promise<{ readonly session: WebSession; readonly digest: string } | undefined> {
    const row = await this.#database
      .selectFrom('web_session')
      .selectAll()
      .where('secret_digest', 'in', digests)
      .executeTakeFirst();
    return row && { session: toSession(row), digest: row.secret_digest };
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

  async countOpen(now: number, usedBefore: number): Promise<OpenSessions> {
    const { sessions, users } = await this.#database
      .selectFrom('web_session')
      .select(({ fn }) => [
        fn.countAll<number | string>().as('sessions'),
        fn.count<number | string>('mailbox_id').as('users'),
      ])
      .where('until', '>', now)
      .where('last_used_at', '>', usedBefore)
      .executeTakeFirstOrThrow();
    return { administrator: Number(sessions) - Number(users), user: Number(users) };
  }

  async prune(now: number, usedBefore: number): Promise<void> {
    await this.#database
      .deleteFrom('web_session')
      .where((where) => where.or([where('until', '<=', now), where('last_used_at', '<=', usedBefore)]))
      .execute();
  }
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
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    until: row.until,
  };
}
