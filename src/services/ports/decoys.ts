import type { CredentialId } from '../../domain/credential.ts';
import type { DialPlanId } from '../../domain/dial-plan.ts';

/**
 * The credentials that stand in for mailboxes that do not exist (SPEC §3.3). There are many, so that callers who key
 * different extensions do not wait for one another, as they would not at mailboxes either; the same extension always
 * has the same one, whichever process is asked.
 */
export interface Decoys {
  readonly ids: readonly CredentialId[];
  /** Chosen by a keyed hash, so that the database does not tell what was keyed. */
  for(dialPlan: DialPlanId, extension: string): CredentialId;
}
