import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { AnswerTime } from './answer-time.ts';
import type { KeyQueue } from './key-queue.ts';
import type { Line } from './line.ts';
import type { Phrases } from './phrases.ts';

/** What every screen of one call talks with. */
export interface Dialogue {
  readonly line: Line;
  readonly keys: KeyQueue;
  readonly clock: Clock;
  readonly answerTime: AnswerTime;
  /** The prompts in the language of this part of the call. */
  readonly phrases: Phrases;
  /** The call's own logger; prompt ids go to it at debug, keys never. */
  readonly log: Log;
}
