import type { CredentialId, PinHash } from '../../domain/credential.ts';
import type { DialPlanId } from '../../domain/dial-plan.ts';
import type { MailboxId } from '../../domain/mailbox.ts';

/** An attempt that has been counted and whose PIN is still to be checked. */
export interface OpenedAttempt {
  readonly credentialId: CredentialId;
  /** Absent for the decoy: there is no such extension, or it may not sign in by phone. */
  readonly mailboxId: MailboxId | undefined;
  readonly pin: PinHash;
  /** The verdict is committed only while the credential still has this version. */
  readonly version: number;
}

/** What PINs are checked against, and how attempts went. Every method throws when the database fails. */
export interface CredentialStore {
  /**
   * Counts a failure for the mailbox with this extension in one atomic statement, and says what to check
   * (SPEC §3.5). Where no mailbox has the extension, or it may not sign in by phone, the same statement counts it for
   * the decoy (SPEC §3.3). The extension is looked for and never recorded.
   */
  openAttempt(dialPlan: DialPlanId, extension: string): Promise<OpenedAttempt>;
  /** Stores when an attempt failed; `at` is in milliseconds since 1970. The failure itself is counted already. */
  commitFailure(credential: CredentialId, at: number): Promise<void>;
  /**
   * Sets the failures to 0 and stores when it was, unless the credential has changed since the attempt was opened:
   * then it stores nothing and says false. `rehashed` replaces the hash of the same PIN.
   */
  commitSuccess(attempt: OpenedAttempt, at: number, rehashed: PinHash | undefined): Promise<boolean>;
  insert(id: CredentialId, mailbox: MailboxId, pin: PinHash): Promise<void>;
  /** Hashes of every cost that there is, few of each: the decoy's and those of mailboxes. Reads all of them. */
  hashesOfEachCost(): Promise<readonly PinHash[]>;
  /** What the decoy is checked against; undefined in a new database. */
  decoy(): Promise<PinHash | undefined>;
  /** Makes the decoy, or gives it another hash. */
  putDecoy(pin: PinHash): Promise<void>;
}

/** The credential that belongs to no mailbox and no PIN is right for. */
export const DECOY = 'decoy' as CredentialId;
