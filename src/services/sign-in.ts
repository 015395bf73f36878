import type { DialPlanId } from '../domain/dial-plan.ts';
import type { ChangeCause } from '../domain/forced-change.ts';
import type { Mailbox } from '../domain/mailbox.ts';

/** Where an attempt came from (SPEC §3.11): the asserted number, else the peer's address. */
export interface SignInSource {
  readonly callId: string;
  /** Present only where a trusted peer asserts it. */
  readonly assertedNumber?: string;
  /** The IP address that the call came from. */
  readonly peer: string;
  /** Whether that is a PBX or trunk that many callers share. */
  readonly peerIsTrusted: boolean;
}

/** A mailbox recognised by the number that a trusted peer asserts; the PIN is still asked. */
export interface RecognisedCaller {
  readonly extension: string;
}

/** The mailbox that a caller has signed in to. */
export interface SignedInMailbox extends Pick<Mailbox, 'id' | 'displayName' | 'language' | 'timeZone' | 'clock'> {
  /** The primary one. */
  readonly extension: string;
}

/** Why a call that is signed in may not go on (SPEC §3.12): what happened to its mailbox meanwhile. */
export type SessionEnd = 'pin-reset' | 'pin-changed' | 'locked' | 'disabled';

/** One call that is signed in to a mailbox, from the verdict to the end of the call. */
export interface SignInSession {
  readonly mailbox: SignedInMailbox;
  /** Why the PIN has to be changed before anything else is reachable (SPEC §3.9); empty when it need not. */
  readonly changeCauses: readonly ChangeCause[];
  /** The failed sign-ins since the last success (SPEC §3.8); undefined when there was none. */
  readonly failures: { readonly count: number; readonly lastAt: number } | undefined;
  /** The caller got in by the own telephone while the mailbox is locked for everybody else (SPEC §3.11). */
  readonly lockedElsewhere: boolean;
  /** Calls back once when the session may not go on; at once when that has happened already. Not after {@link close}. */
  onEnd(listener: (why: SessionEnd) => void): void;
  /** To be called when the call is over, however it ended; calling it again does nothing. */
  close(): void;
}

/** What an attempt came to. An unknown extension, phone access off and a wrong PIN are all `failed` (SPEC §3.3). */
export type SignInVerdict =
  | { readonly kind: 'signed-in'; readonly session: SignInSession }
  | { readonly kind: 'failed' }
  /** It failed, and with it the PIN was replaced; the new one is mailed (SPEC §3.6). */
  | { readonly kind: 'pin-reset' }
  /** The mailbox is locked for this caller, by this failure or since before; whatever PIN was keyed (SPEC §3.7). */
  | { readonly kind: 'locked'; readonly opensByItself: boolean }
  /** Too many failures came from this source; the PIN was not looked at (SPEC §3.11). */
  | { readonly kind: 'source-refused' }
  /** Too many attempts wait to be checked; this one was not looked at and does not count. */
  | { readonly kind: 'overloaded' };

/** Sign-in by telephone (SPEC §3): the same for every way a caller gets here. */
export interface SignIn {
  /** The mailbox whose extension (or registered number) the asserted number is; undefined when there is none. */
  recognise(dialPlan: DialPlanId, assertedNumber: string): Promise<RecognisedCaller | undefined>;
  /**
   * Counts the attempt in one transaction, then checks the PIN (SPEC §3.5); what was decided is stored before this
   * resolves. Takes the same time whether the extension exists or not. A source that has failed often waits for some
   * seconds first. While another attempt at the mailbox is undecided, this one waits for its turn. A hang-up does not
   * cancel it.
   * Throws when the database or the hasher fails: the attempt then was counted or was not checked.
   */
  attempt(dialPlan: DialPlanId, extension: string, pin: string, source: SignInSource): Promise<SignInVerdict>;
}
