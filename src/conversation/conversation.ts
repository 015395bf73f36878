import type { CallEnd } from '../domain/call-end.ts';
import type { CallOutcome } from '../domain/call-outcome.ts';
import type { DialPlan } from '../domain/dial-plan.ts';
import type { Log } from '../domain/log.ts';
import type { Audio, Line } from './line.ts';

/** What is known of a call when it is answered. */
export interface CallFacts {
  /** Our id of the call, for logs and audit; not the SIP Call-ID. */
  readonly callId: string;
  readonly dialPlan: DialPlan;
  /** The calling number, present only where a trusted peer asserts it (SPEC §3.1). */
  readonly assertedNumber?: string;
  /** The IP address the INVITE came from. */
  readonly peer: string;
  /** Whether that peer is one of TRUSTED_PEERS, a PBX or trunk that many callers share (SPEC §3.11). */
  readonly peerIsTrusted: boolean;
  /** The call's own logger. */
  readonly log: Log;
  /** Ends the call for this reason, with its farewell; of no consequence once it is ending. */
  end(reason: CallEnd): void;
}

/** Everything that callers hear; the one thing that `telephony` knows of the rest of the program. */
export interface Conversation {
  /** The dial plan whose access number was called; undefined when the number is not ours. Throws when the database fails. */
  dialPlanOf(calledNumber: string): Promise<DialPlan | undefined>;
  /**
   * Talks with a caller from the answer to the end of the call. Returning means: hang up.
   * It never rejects: a hang-up and a fault are outcomes.
   */
  run(line: Line, call: CallFacts): Promise<CallOutcome>;
  /** What to say before hanging up on a caller for this reason; empty where nothing can or should be said. */
  farewell(reason: CallEnd, call: CallFacts): readonly Audio[];
}
