import type { PinRefusal } from '../domain/pin-policy.ts';
import type { SignInSession, SignInSource } from './sign-in.ts';

/** What a confirmed new PIN came to. */
export type PinChanged =
  | { readonly kind: 'changed' }
  | { readonly kind: 'refused'; readonly refusal: PinRefusal }
  /** The mailbox was reset, locked or changed since the sign-in; nothing was stored (SPEC §3.12). */
  | { readonly kind: 'session-over' };

/** A user choosing another PIN by telephone (SPEC §3.9, §4). Every method throws when the database or the hasher fails. */
export interface PinChanges {
  /** How many digits the new PIN needs at least, by the policy as it is now. */
  minimumLength(session: SignInSession): Promise<number>;
  /** The rule of SPEC §2 that refuses a PIN, the history included; undefined when all let it pass. Nothing is stored. */
  judge(session: SignInSession, pin: string): Promise<PinRefusal | undefined>;
  /**
   * Stores a PIN that was keyed twice, judged by the policy as it is now, under the version that was signed in with.
   * It is on the disk when this resolves; a hang-up does not cancel it. The session goes on under the new version, and
   * all others of the mailbox end.
   */
  change(session: SignInSession, pin: string, source: SignInSource): Promise<PinChanged>;
}
