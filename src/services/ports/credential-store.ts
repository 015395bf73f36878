import type { CredentialId, CredentialState, PinHash } from '../../domain/credential.ts';
import type { DialPlanId } from '../../domain/dial-plan.ts';
import type { MailboxId } from '../../domain/mailbox.ts';
import type { MailboxPolicyId } from '../../domain/mailbox-policy.ts';

/** A credential as it was read; a change is stored only while nobody else has changed it since. */
export interface StoredCredential {
  readonly id: CredentialId;
  /** Undefined for a decoy, which belongs to no mailbox and no PIN is right for. */
  readonly mailboxId: MailboxId | undefined;
  readonly pin: PinHash;
  readonly state: CredentialState;
  /** Advanced by every write; it tells this reading from all others. */
  readonly revision: number;
}

/** What an attempt to sign in is made at. */
export interface SignInCredential extends StoredCredential {
  /** Undefined for a decoy. */
  readonly policyId: MailboxPolicyId | undefined;
  /** Whether the calling number is one of the mailbox's extensions or registered numbers; never for a decoy. */
  readonly isOwnNumber: boolean;
}

/** What attempts are looked up by. */
export interface SignInKey {
  readonly dialPlan: DialPlanId;
  /** What was keyed as an extension. It is looked for and never recorded (SPEC §3.3). */
  readonly extension: string;
  /** The number that a trusted peer asserts, as `normaliseNumber` gives it. */
  readonly assertedNumber: string | undefined;
  /** The decoy that stands in where no mailbox has the extension. */
  readonly decoy: CredentialId;
}

/** What PINs are checked against, and how attempts went. Every method throws when the database fails. */
export interface CredentialStore {
  /**
   * The credential of the mailbox with this extension; where there is none, or it may not sign in by phone, the decoy's.
   * One statement, the same either way (SPEC §3.3). Throws when there is no such decoy.
   */
  forSignIn(key: SignInKey): Promise<SignInCredential>;
  byMailbox(mailbox: MailboxId): Promise<StoredCredential | undefined>;
  /** In no order; of those mailboxes that there are. */
  ofMailboxes(mailboxes: readonly MailboxId[]): Promise<readonly StoredCredential[]>;
  /**
   * Replaces the state, and the hash where one is given, in one atomic statement, if the credential is as it was read;
   * says false and stores nothing when somebody else has changed it since. What it now is, with its new revision, when it
   * was stored.
   */
  replace(read: StoredCredential, state: CredentialState, pin?: PinHash): Promise<StoredCredential | false>;
  insert(id: CredentialId, mailbox: MailboxId, pin: PinHash, state: CredentialState): Promise<void>;
  /** Hashes of every cost that there is, few of each: the decoys' and those of mailboxes. Reads all of them. */
  hashesOfEachCost(): Promise<readonly PinHash[]>;
  /** What the decoys are checked against; undefined when not all of these are there with one hash. */
  decoys(ids: readonly CredentialId[]): Promise<PinHash | undefined>;
  /** Makes the decoys, or gives all of them another hash; their states are kept. */
  putDecoys(ids: readonly CredentialId[], pin: PinHash, state: CredentialState): Promise<void>;
}
