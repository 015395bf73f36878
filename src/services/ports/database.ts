import type { AccessTokenStore } from './access-token-store.ts';
import type { AuditStore } from './audit-store.ts';
import type { CredentialStore } from './credential-store.ts';
import type { DialPlanStore } from './dial-plan-store.ts';
import type { IdempotencyStore } from './idempotency-store.ts';
import type { MailboxPolicyStore } from './mailbox-policy-store.ts';
import type { MailboxStore } from './mailbox-store.ts';
import type { OutboxStore } from './outbox-store.ts';
import type { PinHistoryStore } from './pin-history-store.ts';
import type { PinKeyStore } from './pin-key-store.ts';
import type { SignInLinkStore } from './sign-in-link-store.ts';
import type { SourceFailureStore } from './source-failure-store.ts';
import type { WebSessionStore } from './web-session-store.ts';

/** One store per aggregate. */
export interface Stores {
  readonly dialPlans: DialPlanStore;
  readonly policies: MailboxPolicyStore;
  readonly mailboxes: MailboxStore;
  readonly credentials: CredentialStore;
  readonly pinHistory: PinHistoryStore;
  readonly sourceFailures: SourceFailureStore;
  readonly outbox: OutboxStore;
  readonly audit: AuditStore;
  readonly pinKeys: PinKeyStore;
  readonly accessTokens: AccessTokenStore;
  readonly idempotency: IdempotencyStore;
  readonly webSessions: WebSessionStore;
  readonly signInLinks: SignInLinkStore;
}

/** The database: each method of a store is a transaction of its own, {@link transact} makes one of several. */
export interface Database extends Stores {
  /**
   * Runs `work` in one transaction on the stores it is handed, and on no others: with SQLite, the database's own would
   * wait for it to end. It is committed, and durable, when this resolves; nothing of it is stored when `work` throws.
   * Everyone else may be waiting meanwhile: no prompt, no hash and no mail belongs inside. Transactions follow one another,
   * in all processes on the database together. `work` is run again, from its beginning, when the database has undone it
   * for a reason that passes: what it changes besides the stores has to bear that.
   */
  transact<T>(work: (stores: Stores) => Promise<T>): Promise<T>;
  /** Runs `work`, which only reads, on stores that see one moment. Who changes something need not be waited for. */
  look<T>(work: (stores: Stores) => Promise<T>): Promise<T>;
  /**
   * The time by the one clock that all processes on the database can see, in milliseconds since 1970; undefined where
   * that is this machine's own.
   */
  serverTime(): Promise<number | undefined>;
  /**
   * Goes the whole way of a change, to the disk and to the standbys that are waited for, and stores nothing. Throws when
   * nothing can be stored now, within seconds.
   */
  tryStoring(): Promise<void>;
  /** Lets what has begun end, then closes. Everything called afterwards throws; calling it again does nothing. */
  close(): Promise<void>;
}
