import type { AudioSource } from '../rtp/audio-source.ts';
import type { DtmfKey } from '../rtp/telephone-event.ts';

/**
 * What an application does that takes time. It ends by calling the `done` that it was given, exactly once; the channel
 * asks nothing of it after that. Only the activity on top of a channel's stack is asked: one that was started later
 * holds up those below, as in FreeSWITCH, where an application runs inside the one that it interrupts.
 */
export interface Activity {
  /** What to send now; `undefined` when it has nothing of its own to send. It may end here. */
  source(): AudioSource | undefined;
  /** A key was pressed. */
  key(key: DtmfKey): void;
  /** Cut short by `uuid_break` or `break`. */
  break(): void;
  /** The call is over: the activity must end at once. */
  hangUp(): void;
  /** It is on top again after another has ended. */
  resume(): void;
}

/** Ends an activity; the response becomes `Application-Response`. */
export type Done = (response?: string) => void;
