import type { PinChanges } from '../services/pin-changes.ts';
import type { SignInSession } from '../services/sign-in.ts';
import type { CallFacts } from './conversation.ts';
import type { Dialogue } from './dialogue.ts';
import type { FailureCount } from './failure-count.ts';
import type { Audio } from './line.ts';

/** What the screens behind the sign-in work with, for one call. */
export interface MailboxScreens {
  /** In the mailbox's language. */
  readonly dialogue: Dialogue;
  readonly call: CallFacts;
  readonly session: SignInSession;
  readonly pinChanges: PinChanges;
  /** The call's input failures in a row; they end the call wherever they happen (SPEC §3.4). */
  readonly inputFailures: FailureCount;
  /** The new PINs of this call that came to nothing; too many end it (SPEC §3.9). */
  readonly pinRefusals: FailureCount;
}

/** What ends a call from within any of the screens. */
export type TooManyFailures =
  | { readonly kind: 'input-failures' }
  /** `notice` says what was wrong with the last new PIN. */
  | { readonly kind: 'pin-change-failures'; readonly notice: readonly Audio[] };
