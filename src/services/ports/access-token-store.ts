import type { Role } from '../../domain/role.ts';

export type AccessTokenId = string & { readonly __brand: 'AccessTokenId' };

/** What is kept of an access token: everything but the token. Moments are milliseconds since 1970. */
export interface AccessToken {
  readonly id: AccessTokenId;
  /** Unique, upper and lower case being the same: the audit trail knows who has it by this. */
  readonly name: string;
  readonly role: Role;
  readonly createdAt: number;
  /** Who made it. */
  readonly createdBy: string;
  /** From then on it is refused; undefined for one that does not expire. */
  readonly expiresAt: number | undefined;
  /** To within a minute. */
  readonly lastUsedAt: number | undefined;
}

/** Access tokens. Every method throws when the database fails. */
export interface AccessTokenStore {
  /** By the hash that it was inserted with. */
  byHash(hash: string): Promise<AccessToken | undefined>;
  byId(id: AccessTokenId): Promise<AccessToken | undefined>;
  byName(name: string): Promise<AccessToken | undefined>;
  /** In the order of their names, those after the name `after` (all when undefined), at most `limit`. */
  list(after: string | undefined, limit: number): Promise<readonly AccessToken[]>;
  /** Whether there is one with the role, or any role when undefined, that has not expired at `now`; `except` one is not looked at. */
  hasValid(role: Role | undefined, now: number, except?: AccessTokenId): Promise<boolean>;
  /** Throws when the name is another's. */
  insert(token: AccessToken, hash: string): Promise<void>;
  /** False when there was none. */
  remove(id: AccessTokenId): Promise<boolean>;
  /** Notes that it was used. */
  used(id: AccessTokenId, at: number): Promise<void>;
}
