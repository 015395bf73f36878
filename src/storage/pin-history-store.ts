import { type Kysely, sql } from 'kysely';
import type { CredentialId, PinHash } from '../domain/credential.ts';
import type { PinHistoryStore } from '../services/ports/pin-history-store.ts';
import { atomically } from './atomically.ts';
import type { Schema } from './schema.ts';

/**
 * The last PINs in table `pin_history`, numbered for each credential from 1 on; the highest is the current one. Table
 * `pin_history_refusal` has when administrators were told of a match.
 */
export class SqlPinHistoryStore implements PinHistoryStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async last(credential: CredentialId, count: number): Promise<readonly PinHash[]> {
    const rows = await this.#database
      .selectFrom('pin_history')
      .select(['pin_hash', 'pin_key_id'])
      .where('credential_id', '=', credential)
      .orderBy('sequence', 'desc')
      .limit(count)
      .execute();
    return rows.map((row) => ({ encoded: row.pin_hash, keyId: row.pin_key_id }));
  }

  async add(credential: CredentialId, pin: PinHash, at: number, keep: number): Promise<void> {
    await atomically(this.#database, async (database) => {
      const { sequence } = await database
        .insertInto('pin_history')
        .values({
          credential_id: credential,
          sequence: sql`${newest(database, credential)} + 1`,
          pin_hash: pin.encoded,
          pin_key_id: pin.keyId,
          set_at: at,
        })
        .returning('sequence')
        .executeTakeFirstOrThrow();
      await database
        .deleteFrom('pin_history')
        .where('credential_id', '=', credential)
        .where('sequence', '<=', sequence - keep)
        .execute();
    });
  }

  async rehash(credential: CredentialId, pin: PinHash): Promise<void> {
    await this.#database
      .updateTable('pin_history')
      .set({ pin_hash: pin.encoded, pin_key_id: pin.keyId })
      .where('credential_id', '=', credential)
      .where('sequence', '=', newest(this.#database, credential))
      .execute();
  }

  async refusals(credential: CredentialId, since: number): Promise<number> {
    const { count } = await this.#database
      .selectFrom('pin_history_refusal')
      .select((row) => row.fn.countAll().as('count'))
      .where('credential_id', '=', credential)
      .where('refused_at', '>', since)
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  async addRefusal(credential: CredentialId, at: number, since: number): Promise<void> {
    await atomically(this.#database, async (database) => {
      await database
        .deleteFrom('pin_history_refusal')
        .where('credential_id', '=', credential)
        .where('refused_at', '<=', since)
        .execute();
      await database.insertInto('pin_history_refusal').values({ credential_id: credential, refused_at: at }).execute();
    });
  }
}

/** The number of the current PIN, 0 where there is none. */
function newest(database: Kysely<Schema>, credential: CredentialId) {
  return database
    .selectFrom('pin_history')
    .select((row) => row.fn.coalesce(row.fn.max('sequence'), row.lit(0)).as('sequence'))
    .where('credential_id', '=', credential);
}
