import type { MailboxId } from '../../domain/mailbox.ts';
import type { Role } from '../../domain/role.ts';
import type { AccessTokenId } from './access-token-store.ts';

/** Somebody who has signed in with a browser: everything but the secret. Moments are milliseconds since 1970. */
export interface WebSession {
  /** The same in all sessions of one person, and in no one else's. */
  readonly person: string;
  /** As the audit trail has an administrator; of a user, the address of the mailbox. */
  readonly name: string;
  /** Of a user, none. */
  readonly roles: readonly Role[];
  readonly signedInBy: 'token' | 'oidc' | 'link';
  /** The access token that it was begun by; it ends with that. */
  readonly tokenId: AccessTokenId | undefined;
  /** In the session of a user, whose it is; it ends with that. Undefined in that of an administrator. */
  readonly mailboxId: MailboxId | undefined;
  readonly createdAt: number;
  /** To within a minute. */
  readonly lastUsedAt: number;
  /** It ends then, however much it is used. */
  readonly until: number;
}

/** How many browsers are signed in, by whose they are. */
export interface OpenSessions {
  readonly administrator: number;
  readonly user: number;
}

/** Sessions of browsers, found by a digest of their secret. Every method throws when the database fails. */
export interface WebSessionStore {
  insert(session: WebSession, digest: string): Promise<void>;
  /** The one that has one of these digests, and the digest that it has. */
  byDigest(digests: readonly string[]): Promise<{ readonly session: WebSession; readonly digest: string } | undefined>;
  used(digest: string, at: number): Promise<void>;
  /** False when there was none. */
  remove(digest: string): Promise<boolean>;
  /** Removes all of a person; says how many. */
  removeOf(person: string): Promise<number>;
  /** Removes those of a person that were begun first, so that no more than `most` are left. */
  keepNewest(person: string, most: number): Promise<void>;
  /** How many end after `now` and were last used after `usedBefore`, of administrators and of users. */
  countOpen(now: number, usedBefore: number): Promise<OpenSessions>;
  /** Removes those that were to end before `now`, or were last used before `usedBefore`. */
  prune(now: number, usedBefore: number): Promise<void>;
}
