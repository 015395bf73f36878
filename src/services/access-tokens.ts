import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import type { Role } from '../domain/role.ts';
import { normaliseName } from '../domain/setting-text.ts';
import { type AuditAction, audit } from './audit.ts';
import type { Requester } from './pin-administration.ts';
import type { AccessToken, AccessTokenId } from './ports/access-token-store.ts';
import type { AuditSealer } from './ports/audit-sealer.ts';
import type { Database, Stores } from './ports/database.ts';

/** How tokens begin, so that people and scanners for secrets know one when they see it. */
export const TOKEN_PREFIX = 'tt_';

/** Most characters of a token's name. */
export const TOKEN_NAME_MAXIMUM = 64;

/** The name of the token that a service without any makes for itself. */
export const FIRST_TOKEN_NAME = 'first-token';

const TOKEN = new RegExp(`^${TOKEN_PREFIX}[A-Za-z0-9_-]{43}$`);
const DAY = 86_400_000;
/** A use is written down once in this time, in milliseconds. */
const USE_NOTED_EVERY = 60_000;

export interface NewAccessToken {
  readonly name: string;
  readonly role: Role;
  /** From now on; undefined for one that does not expire. */
  readonly expiresInDays: number | undefined;
}

export type TokenCreated =
  | {
      readonly kind: 'created';
      readonly accessToken: AccessToken;
      /** The token itself, which is shown once and not kept; undefined in a rehearsal. */
      readonly secret: string | undefined;
    }
  | { readonly kind: 'not-a-name'; readonly maximum: number }
  | { readonly kind: 'name-taken' };

export type TokenRemoved =
  | { readonly kind: 'removed'; readonly accessToken: AccessToken }
  | { readonly kind: 'no-such-token' }
  /** Nobody could manage tokens any more. */
  | { readonly kind: 'last-way-in' };

export type TokenVerdict =
  | { readonly kind: 'valid'; readonly accessToken: AccessToken }
  | { readonly kind: 'expired'; readonly accessToken: AccessToken }
  /** Never made, removed, or no token at all. */
  | { readonly kind: 'unknown' };

/**
 * The tokens by which administrators and their programs are let in (SPEC §5, "Who may"). Of a token only its SHA-256 is
 * stored: it has 256 random bits, so nothing slower is needed. Every method throws when the database fails.
 */
export interface AccessTokens {
  /** Whose a token is; a use of a valid one is noted, once a minute. */
  check(token: string): Promise<TokenVerdict>;
  /** In the order of their names, those after `after`, at most `limit`. */
  list(after: string | undefined, limit: number): Promise<readonly AccessToken[]>;
  /** @param isRehearsal shows what would happen: nothing is made or stored. */
  create(wanted: NewAccessToken, by: Requester, isRehearsal: boolean): Promise<TokenCreated>;
  /** It is refused from then on. @param isRehearsal shows what would happen: nothing is removed. */
  remove(id: AccessTokenId, by: Requester, isRehearsal: boolean): Promise<TokenRemoved>;
  /**
   * Where no token is valid, makes one of Organization Management that does not expire, and says that it did.
   *
   * @param deliver puts it where whoever runs the service finds it. It is stored only when that is done: after a crash
   *   in between, one that was delivered is worth nothing, and the next start makes another.
   */
  ensureFirst(deliver: (token: string) => Promise<void>): Promise<boolean>;
}

export interface AccessTokenParts {
  readonly database: Database;
  readonly auditSealer: AuditSealer;
  readonly clock: Clock;
  /** Whether administrators are let in by something else, too, so that the last token may go. */
  readonly isOneOfSeveralWays: boolean;
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

const newSecret = (): string => `${TOKEN_PREFIX}${randomBytes(32).toString('base64url')}`;

const BY_SERVICE: Requester = { actor: { kind: 'system' }, source: { kind: 'service' } };

class StoredAccessTokens implements AccessTokens {
  readonly #parts: AccessTokenParts;

  constructor(parts: AccessTokenParts) {
    this.#parts = parts;
  }

  async check(token: string): Promise<TokenVerdict> {
    const { database, clock } = this.#parts;
    if (!TOKEN.test(token)) return { kind: 'unknown' };
    const accessToken = await database.accessTokens.byHash(hashOf(token));
    if (accessToken === undefined) return { kind: 'unknown' };
    const now = clock.now();
    const { id, expiresAt, lastUsedAt } = accessToken;
    if (expiresAt !== undefined && expiresAt <= now) return { kind: 'expired', accessToken };
    if (lastUsedAt === undefined || Math.abs(now - lastUsedAt) >= USE_NOTED_EVERY) {
      await database.accessTokens.used(id, now);
    }
    return { kind: 'valid', accessToken };
  }

  list(after: string | undefined, limit: number): Promise<readonly AccessToken[]> {
    return this.#parts.database.accessTokens.list(after, limit);
  }

  create(wanted: NewAccessToken, by: Requester, isRehearsal: boolean): Promise<TokenCreated> {
    const secret = newSecret();
    return this.#parts.database.transact(async (stores) => {
      const name = normaliseName(wanted.name, TOKEN_NAME_MAXIMUM);
      if (name === undefined) return { kind: 'not-a-name', maximum: TOKEN_NAME_MAXIMUM };
      if ((await stores.accessTokens.byName(name)) !== undefined) return { kind: 'name-taken' };
      const accessToken = this.#made({ ...wanted, name }, by);
      if (isRehearsal) return { kind: 'created', accessToken, secret: undefined };
      await this.#insert(stores, accessToken, secret, by);
      return { kind: 'created', accessToken, secret };
    });
  }

  remove(id: AccessTokenId, by: Requester, isRehearsal: boolean): Promise<TokenRemoved> {
    const { database, clock, isOneOfSeveralWays } = this.#parts;
    return database.transact(async (stores) => {
      const accessToken = await stores.accessTokens.byId(id);
      if (accessToken === undefined) return { kind: 'no-such-token' };
      const now = clock.now();
      const canSpare =
        isOneOfSeveralWays ||
        accessToken.role !== 'organization-management' ||
        (await stores.accessTokens.hasValid('organization-management', now, id));
      if (!canSpare) return { kind: 'last-way-in' };
      if (isRehearsal) return { kind: 'removed', accessToken };
      await stores.accessTokens.remove(id);
      await this.#audit(stores, 'token-removed', accessToken, by);
      return { kind: 'removed', accessToken };
    });
  }

  async ensureFirst(deliver: (token: string) => Promise<void>): Promise<boolean> {
    const { database, clock } = this.#parts;
    if (await database.accessTokens.hasValid(undefined, clock.now())) return false;
    const secret = newSecret();
    return database.transact(async (stores) => {
      // Of several instances that start at once, one makes it.
      if (await stores.accessTokens.hasValid(undefined, clock.now())) return false;
      await deliver(secret);
      const name = await freeName(stores);
      const wanted = { name, role: 'organization-management', expiresInDays: undefined } as const;
      await this.#insert(stores, this.#made(wanted, BY_SERVICE), secret, BY_SERVICE);
      return true;
    });
  }

  #made({ name, role, expiresInDays }: NewAccessToken, { actor }: Requester): AccessToken {
    const now = this.#parts.clock.now();
    return {
      id: randomUUID() as AccessTokenId,
      name,
      role,
      createdAt: now,
      createdBy: actor.kind === 'administrator' ? actor.name : actor.kind,
      expiresAt: expiresInDays === undefined ? undefined : now + expiresInDays * DAY,
      lastUsedAt: undefined,
    };
  }

  async #insert(stores: Stores, accessToken: AccessToken, secret: string, by: Requester): Promise<void> {
    await stores.accessTokens.insert(accessToken, hashOf(secret));
    await this.#audit(stores, 'token-created', accessToken, by);
  }

  #audit(stores: Stores, action: AuditAction, accessToken: AccessToken, by: Requester): Promise<void> {
    const { id, name, role, expiresAt = null } = accessToken;
    const details = { tokenId: id, name, role, expiresAt };
    const { auditSealer, clock } = this.#parts;
    return audit(stores, auditSealer, clock.now(), { action, outcome: 'done', ...by, details });
  }
}

/** One from before may have expired, and has its name still. */
async function freeName({ accessTokens }: Stores): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? FIRST_TOKEN_NAME : `${FIRST_TOKEN_NAME}-${number}`;
    if ((await accessTokens.byName(name)) === undefined) return name;
  }
}

/** Makes the access tokens over the database. */
export function createAccessTokens(parts: AccessTokenParts): AccessTokens {
  return new StoredAccessTokens(parts);
}
