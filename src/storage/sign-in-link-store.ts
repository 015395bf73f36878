import type { Kysely } from 'kysely';
import type { MailboxId } from '../domain/mailbox.ts';
import type { SignInLink, SignInLinkStore } from '../services/ports/sign-in-link-store.ts';
import type { Schema } from './schema.ts';

/** Links by which users prove who they are, in table `sign_in_link`. */
export class SqlSignInLinkStore implements SignInLinkStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async insert({ id, addressDigest, mailboxId, askedAt, expiresAt }: SignInLink): Promise<void> {
    await this.#database
      .insertInto('sign_in_link')
      .values({
        id,
        address_digest: addressDigest,
        mailbox_id: mailboxId ?? null,
        asked_at: askedAt,
        expires_at: expiresAt,
        used_at: null,
      })
      .execute();
  }

  async countSince(digests: readonly string[], since: number): Promise<number> {
    const { links } = await this.#database
      .selectFrom('sign_in_link')
      .select((from) => from.fn.countAll<number | string>().as('links'))
      .where('address_digest', 'in', digests)
      .where('asked_at', '>', since)
      .executeTakeFirstOrThrow();
    return Number(links);
  }

  async use(id: string, now: number): Promise<MailboxId | undefined> {
    const row = await this.#database
      .updateTable('sign_in_link')
      .set({ used_at: now })
      .where('id', '=', id)
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .where('mailbox_id', 'is not', null)
      .returning('mailbox_id')
      .executeTakeFirst();
    return (row?.mailbox_id as MailboxId | null | undefined) ?? undefined;
  }

  async prune(before: number): Promise<void> {
    await this.#database.deleteFrom('sign_in_link').where('asked_at', '<=', before).execute();
  }
}
