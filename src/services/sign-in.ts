import type { DialPlanId } from '../domain/dial-plan.ts';

/** Where an attempt came from (SPEC §3.11): the asserted number, else the peer's address. */
export interface SignInSource {
  readonly callId: string;
  readonly assertedNumber?: string;
  readonly peer: string;
}

/** A mailbox recognised by the number that a trusted peer asserts; the PIN is still asked. */
export interface RecognisedCaller {
  readonly extension: string;
}

/** The mailbox that a caller has signed in to. */
export interface SignedInMailbox {
  readonly id: string;
  readonly displayName: string;
  readonly extension: string;
  readonly language: string;
}

/** What an attempt came to. An unknown extension, phone access off and a wrong PIN are all `failed` (SPEC §3.3). */
export type SignInVerdict =
  | { readonly kind: 'signed-in'; readonly mailbox: SignedInMailbox }
  | { readonly kind: 'failed' };

/** Sign-in by telephone (SPEC §3): the same for every way a caller gets here. */
export interface SignIn {
  /** The mailbox whose extension (or registered number) the asserted number is; undefined when there is none. */
  recognise(dialPlan: DialPlanId, assertedNumber: string): Promise<RecognisedCaller | undefined>;
  /**
   * Counts the attempt in one atomic statement, then checks the PIN (SPEC §3.5); what was decided is stored before
   * this resolves. Takes the same time whether the extension exists or not. A hang-up does not cancel it.
   * Throws when the database fails, and when too many attempts wait for their check: the attempt then was counted or
   * was not checked.
   */
  attempt(dialPlan: DialPlanId, extension: string, pin: string, source: SignInSource): Promise<SignInVerdict>;
}
