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
  /**
   * In a session that was begun at the identity provider, a digest of which one that was and of the roles that its groups
   * had here; it ends when those are others. Undefined in any other session.
   */
  readonly terms: string | undefined;
  /** The IP address that it was begun from. */
  readonly address: string;
  readonly createdAt: number;
  /** To within a minute. */
  readonly lastUsedAt: number;
  /** It ends then, however much it is used. */
  readonly until: number;
}

/** A session, and the digest of its secret that it is found by. */
export interface StoredSession {
  readonly session: WebSession;
  readonly digest: string;
}

/** Which sessions have not ended. */
export interface StillOpen {
  /** They end after this, in milliseconds since 1970. */
  readonly now: number;
  /** They were last used after this. */
  readonly usedBefore: number;
  /** Of those that were begun at the identity provider, the ones with these terms. */
  readonly terms: string | undefined;
}

/** How many browsers are signed in, by whose they are. */
export interface OpenSessions {
  readonly administrator: number;
  readonly user: number;
}

/** Sessions of browsers, found by a digest of their secret. Every method throws when the database fails. */
export interface WebSessionStore {
  insert(session: WebSession, digest: string): Promise<void>;
  /** When a person began the session that is the `nth` of theirs, from the newest, which is 1; undefined if there are fewer. */
  begunAt(person: string, nth: number): Promise<number | undefined>;
  /** The one that has one of these digests, and the digest that it has. */
  byDigest(digests: readonly string[]): Promise<StoredSession | undefined>;
  used(digest: string, at: number): Promise<void>;
  /** False when there was none. */
  remove(digest: string): Promise<boolean>;
  /** Removes all of a person; says how many. */
  removeOf(person: string): Promise<number>;
  /** Removes all of the user of a mailbox; says how many. */
  removeOfMailbox(mailbox: MailboxId): Promise<number>;
  /** Removes those of a person that were begun first, so that no more than `most` are left. */
  keepNewest(person: string, most: number): Promise<void>;
  /** How many are open, of administrators and of users. */
  countOpen(open: StillOpen): Promise<OpenSessions>;
  /** The open ones of the next `limit` persons behind `after`, in the order of persons; of a person, the newest first. */
  listOpen(open: StillOpen, after: string | undefined, limit: number): Promise<readonly StoredSession[]>;
  /** All of a person, the newest first, open or not. */
  ofPerson(person: string): Promise<readonly StoredSession[]>;
  /**
   * Removes those that were to end before `now`, or were last used before `usedBefore`; and forgets when those were begun
   * that were before `begunBefore`.
   */
  prune(now: number, usedBefore: number, begunBefore: number): Promise<void>;
}
