import { HungUp } from '../conversation/hung-up.ts';
import type { Audio, Line, Playback } from '../conversation/line.ts';
import type { CallEnd } from '../domain/call-end.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import { isKey, type Key } from '../domain/key.ts';

/** When a step of a script happens, in milliseconds. */
export type Moment =
  /** After the call was answered; 0 is before the conversation listens for the first time. */
  | { readonly kind: 'answer'; readonly pause: number }
  /** After a phrase began to be heard. */
  | { readonly kind: 'during'; readonly id: string; readonly pause: number }
  /** After the prompt that a phrase is part of was heard to its end. */
  | { readonly kind: 'following'; readonly id: string; readonly pause: number }
  /** After the step before. */
  | { readonly kind: 'later'; readonly pause: number };

/** What the scripted caller does at a moment; steps happen in their order, each once. */
export type Step =
  | { readonly at: Moment; readonly keys: string; readonly gap: number }
  | { readonly at: Moment; readonly hangUp: CallEnd }
  /** Something happens that is not the caller's doing. */
  | { readonly at: Moment; readonly event: () => void };

/** As far apart as a quick finger keys, in milliseconds. */
const KEY_GAP = 120;

export const atAnswer = (pause = 0): Moment => ({ kind: 'answer', pause });
export const during = (id: string, pause = 300): Moment => ({ kind: 'during', id, pause });
export const following = (id: string, pause = 500): Moment => ({ kind: 'following', id, pause });
export const later = (pause: number): Moment => ({ kind: 'later', pause });

/** The caller keys these one after the other, `gap` milliseconds apart; 0 is all at once. */
export const press = (keys: string, at: Moment, gap: number = KEY_GAP): Step => ({ at, keys, gap });
export const hangUp = (at: Moment, by: CallEnd = 'caller-hung-up'): Step => ({ at, hangUp: by });

/** A phrase as the caller heard it. */
export interface HeardPhrase {
  readonly id: string;
  /** When it began, on the clock. */
  readonly from: number;
  /** How much of it was heard, in milliseconds. */
  milliseconds: number;
  whole: boolean;
}

export interface ScriptedLineOptions {
  readonly clock: Clock;
  readonly script: readonly Step[];
  /** How long a phrase is, in milliseconds; default one second. */
  readonly durationOf?: (id: string) => number;
  /** Told when something begins to be played, before it does. */
  readonly onPlay?: () => void;
  /** Phrases that the media server fails to play. */
  readonly broken?: readonly string[];
  /** How long after the command the first sound is heard, in milliseconds; default 0. */
  readonly soundLatency?: number;
  /** How long after the silence a stopped playback is told to be over, in milliseconds; default 0. */
  readonly stopLatency?: number;
}

/**
 * A call as its conversation sees it, with a caller who follows a script: plays take their time on a fake clock, keys
 * come when the script says, and what was heard, and how much of it, is kept.
 */
export class ScriptedLine implements Line {
  readonly heard: HeardPhrase[] = [];
  readonly #clock: Clock;
  readonly #script: Step[];
  readonly #onPlay: () => void;
  readonly #server: MediaServerBehaviour;
  readonly #call = new AbortController();
  readonly #timers = new Set<Cancel>();
  readonly #early: Key[] = [];
  #listener: ((key: Key) => void) | undefined;
  #playing: ScriptedPlayback | undefined;
  #hungUpAt: number | undefined;
  #keysPressed = 0;

  constructor(options: ScriptedLineOptions) {
    this.#clock = options.clock;
    this.#script = [...options.script];
    this.#onPlay = options.onPlay ?? (() => {});
    this.#server = {
      clock: options.clock,
      durationOf: options.durationOf ?? (() => 1_000),
      broken: options.broken ?? [],
      soundLatency: options.soundLatency ?? 0,
      stopLatency: options.stopLatency ?? 0,
    };
    this.#notice('answer');
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  /** Steps of the script that did not happen: a test whose caller never got to say all has proved something else. */
  get stepsLeft(): number {
    return this.#script.length;
  }

  /** When the call ended, on the clock; undefined as long as it has not. */
  get hungUpAt(): number | undefined {
    return this.#hungUpAt;
  }

  /** How many keys the caller has pressed so far. */
  get keysPressed(): number {
    return this.#keysPressed;
  }

  /** Whether the caller is hearing something now. */
  get isPlaying(): boolean {
    return this.#playing !== undefined;
  }

  play(pieces: readonly Audio[], onSound?: () => void): Playback {
    this.#playing?.stop();
    this.#onPlay();
    const playback = new ScriptedPlayback(pieces, this.#server, {
      sounded: () => onSound?.(),
      began: (phrase) => {
        this.heard.push(phrase);
        this.#notice('during', [phrase.id]);
      },
      over: (finished) => {
        this.#playing = undefined;
        if (finished)
          this.#notice(
            'following',
            pieces.map(({ id }) => id),
          );
      },
    });
    if (this.signal.aborted) {
      playback.fail(this.#hungUp());
    } else {
      this.#playing = playback;
      playback.start();
    }
    return playback;
  }

  onKey(listener: (key: Key) => void): void {
    if (this.#listener !== undefined) throw new Error('The line has a listener for keys already');
    this.#listener = listener;
    for (const key of this.#early.splice(0)) listener(key);
  }

  /** Ends the call, once: the signal aborts, what is playing rejects, and the caller does nothing any more. */
  hangUp(by: CallEnd = 'caller-hung-up'): void {
    if (this.signal.aborted) return;
    this.leave();
    this.#hungUpAt = this.#clock.monotonic();
    this.#call.abort(by);
    this.#playing?.fail(this.#hungUp());
  }

  /** The caller does nothing any more, so that timers left on the clock are those of the conversation. */
  leave(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #hungUp(): HungUp {
    return new HungUp(this.signal.reason as CallEnd);
  }

  /** Takes up the next step when it waits for what has just happened. */
  #notice(kind: Moment['kind'], ids: readonly string[] = []): void {
    const step = this.#script[0];
    if (step === undefined || step.at.kind !== kind) return;
    if ('id' in step.at && !ids.includes(step.at.id)) return;
    this.#script.shift();
    if (kind === 'answer' && step.at.pause === 0) this.#carryOut(step);
    else this.#schedule(step.at.pause, () => this.#carryOut(step));
  }

  #carryOut(step: Step): void {
    if ('hangUp' in step) {
      this.hangUp(step.hangUp);
    } else if ('event' in step) {
      step.event();
      this.#notice('later');
    } else {
      this.#press([...step.keys], step.gap);
    }
  }

  #press(keys: readonly string[], gap: number): void {
    const [key, ...rest] = keys;
    if (key === undefined) {
      this.#notice('later');
      return;
    }
    if (!isKey(key)) throw new Error('The script presses something that is no key');
    this.#keysPressed += 1;
    if (this.#listener === undefined) this.#early.push(key);
    else this.#listener(key);
    if (gap === 0 || rest.length === 0) this.#press(rest, gap);
    else this.#schedule(gap, () => this.#press(rest, gap));
  }

  #schedule(milliseconds: number, action: () => void): void {
    const cancel = this.#clock.after(milliseconds, () => {
      this.#timers.delete(cancel);
      action();
    });
    this.#timers.add(cancel);
  }
}

interface MediaServerBehaviour {
  readonly clock: Clock;
  readonly durationOf: (id: string) => number;
  readonly broken: readonly string[];
  readonly soundLatency: number;
  readonly stopLatency: number;
}

interface PlaybackEvents {
  readonly sounded: () => void;
  readonly began: (phrase: HeardPhrase) => void;
  readonly over: (finished: boolean) => void;
}

class ScriptedPlayback implements Playback {
  readonly end: Promise<'finished' | 'stopped'>;
  readonly #pieces: readonly Audio[];
  readonly #server: MediaServerBehaviour;
  readonly #events: PlaybackEvents;
  readonly #settle = Promise.withResolvers<'finished' | 'stopped'>();
  #current: HeardPhrase | undefined;
  #cancelTimer: Cancel = () => {};
  #over = false;

  constructor(pieces: readonly Audio[], server: MediaServerBehaviour, events: PlaybackEvents) {
    this.#pieces = pieces;
    this.#server = server;
    this.#events = events;
    this.end = this.#settle.promise;
  }

  start(): void {
    const { clock, soundLatency } = this.#server;
    if (soundLatency === 0) this.#sound();
    else this.#cancelTimer = clock.after(soundLatency, () => this.#sound());
  }

  #sound(): void {
    this.#events.sounded();
    this.#playFrom(0);
  }

  stop(): void {
    if (!this.#close(false)) return;
    const { clock, stopLatency } = this.#server;
    if (stopLatency === 0) this.#settle.resolve('stopped');
    else clock.after(stopLatency, () => this.#settle.resolve('stopped'));
  }

  fail(error: Error): void {
    if (this.#close(false)) this.#settle.reject(error);
  }

  #playFrom(index: number): void {
    const piece = this.#pieces[index];
    if (piece === undefined) {
      if (this.#close(true)) this.#settle.resolve('finished');
      return;
    }
    if (this.#server.broken.includes(piece.id)) {
      this.fail(new Error(`The media server cannot play ${piece.id}`));
      return;
    }
    const duration = 'milliseconds' in piece ? piece.milliseconds : this.#server.durationOf(piece.id);
    const phrase: HeardPhrase = { id: piece.id, from: this.#server.clock.monotonic(), milliseconds: 0, whole: false };
    this.#current = phrase;
    this.#cancelTimer = this.#server.clock.after(duration, () => {
      phrase.milliseconds = duration;
      phrase.whole = true;
      this.#current = undefined;
      this.#playFrom(index + 1);
    });
    this.#events.began(phrase);
  }

  /** True the first time: a playback ends once. */
  #close(finished: boolean): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#cancelTimer();
    if (this.#current !== undefined) {
      this.#current.milliseconds = this.#server.clock.monotonic() - this.#current.from;
    }
    this.#events.over(finished);
    return true;
  }
}
