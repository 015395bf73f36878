import type { Key } from '../domain/key.ts';

/** A file of the prompt pack. */
export interface Prompt {
  /** The phrase's id in phrases.json, for logs and captions, such as `enter-pin`. */
  readonly id: string;
  /** Path below the folder of prompts, such as `en-US/enter-pin.wav`. */
  readonly file: string;
}

/** Silence between prompts. */
export interface Pause {
  readonly id: 'pause';
  /** From 20 to 5,000. */
  readonly milliseconds: number;
}

/** One piece of audio to play. */
export type Audio = Prompt | Pause;

/** Audio that is being played. */
export interface Playback {
  /**
   * Resolves with `finished` when the last piece was played to its end and with `stopped` when {@link stop} cut it
   * short. Rejects with `HungUp` as soon as the call ends, and with an error when the media server cannot play it.
   */
  readonly end: Promise<'finished' | 'stopped'>;
  /** Silences the audio at once. Calling it again, after the end or after a hang-up, does nothing. */
  stop(): void;
}

/** The port from a conversation to its call's media. `telephony` implements it; tests script it. */
export interface Line {
  /** Aborted when the call ends, with a `CallEnd` as its reason. */
  readonly signal: AbortSignal;
  /**
   * Plays pieces one after the other without a gap; pieces already playing are stopped first.
   * After a hang-up the returned `end` is rejected with `HungUp`.
   *
   * @param onSound called once when the caller begins to hear it; never when it was stopped before that.
   */
  play(pieces: readonly Audio[], onSound?: () => void): Playback;
  /**
   * Hands over every key from the answer on, in order; keys that came before are delivered at once. There is one
   * listener a call: setting another is a fault. Nothing is delivered after a hang-up.
   */
  onKey(listener: (key: Key) => void): void;
}
