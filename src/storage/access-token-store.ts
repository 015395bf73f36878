import { type Kysely, type Selectable, sql } from 'kysely';
import type { Role } from '../domain/role.ts';
import type { AccessToken, AccessTokenId, AccessTokenStore } from '../services/ports/access-token-store.ts';
import { asciiLower } from './ascii-lower.ts';
import type { AccessTokenTable, Schema } from './schema.ts';

/** Access tokens in table `access_token`. */
export class SqlAccessTokenStore implements AccessTokenStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async byHash(hash: string): Promise<AccessToken | undefined> {
    const row = await this.#database
      .selectFrom('access_token')
      .selectAll()
      .where('token_hash', '=', hash)
      .executeTakeFirst();
    return row && toToken(row);
  }

  async byId(id: AccessTokenId): Promise<AccessToken | undefined> {
    const row = await this.#database.selectFrom('access_token').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toToken(row);
  }

  async byName(name: string): Promise<AccessToken | undefined> {
    const row = await this.#database
      .selectFrom('access_token')
      .selectAll()
      .where(sql<string>`lower(name)`, '=', asciiLower(name))
      .executeTakeFirst();
    return row && toToken(row);
  }

  async list(after: string | undefined, limit: number): Promise<readonly AccessToken[]> {
    const rows = await this.#database
      .selectFrom('access_token')
      .selectAll()
      .$if(after !== undefined, (query) => query.where(sql<string>`lower(name)`, '>', asciiLower(after ?? '')))
      .orderBy(sql`lower(name)`)
      .limit(limit)
      .execute();
    return rows.map(toToken);
  }

  async hasValid(role: Role | undefined, now: number, except?: AccessTokenId): Promise<boolean> {
    let query = this.#database
      .selectFrom('access_token')
      .select('id')
      .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]));
    if (role !== undefined) query = query.where('role', '=', role);
    if (except !== undefined) query = query.where('id', '!=', except);
    const row = await query.limit(1).executeTakeFirst();
    return row !== undefined;
  }

  async insert(token: AccessToken, hash: string): Promise<void> {
    await this.#database
      .insertInto('access_token')
      .values({
        id: token.id,
        name: token.name,
        role: token.role,
        token_hash: hash,
        created_at: token.createdAt,
        created_by: token.createdBy,
        expires_at: token.expiresAt ?? null,
        last_used_at: token.lastUsedAt ?? null,
      })
      .execute();
  }

  async remove(id: AccessTokenId): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('access_token')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return numDeletedRows === 1n;
  }

  async used(id: AccessTokenId, at: number): Promise<void> {
    await this.#database.updateTable('access_token').set({ last_used_at: at }).where('id', '=', id).execute();
  }
}

function toToken(row: Selectable<AccessTokenTable>): AccessToken {
  return {
    id: row.id as AccessTokenId,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
  };
}
