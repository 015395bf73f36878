import type { Cancel } from '../clock.ts';
import type { AudioSource } from '../rtp/audio-source.ts';
import type { DtmfKey } from '../rtp/telephone-event.ts';
import type { Activity, Done } from './activity.ts';
import type { Channel } from './channel.ts';
import { Playback } from './playback.ts';

interface Settings {
  readonly min: number;
  readonly max: number;
  /** How long the first key may take, and each further one, in milliseconds. */
  readonly firstTimeout: number;
  readonly keyTimeout: number;
  readonly terminators: string;
  readonly prompt: string;
  readonly invalidPrompt: string;
  readonly variable: string;
  readonly pattern: string;
}

/** FreeSWITCH's buffer holds no more, and its shortest time-out. */
const mostDigits = 127;
const shortestTimeout = 1_000;
const longestTimeout = 2 ** 31 - 1;
const longestPattern = 200;

/** How one round of collecting ended. */
type Outcome = 'success' | 'timeout' | 'too-small';

/**
 * The `play_and_get_digits` application: plays a file, collects keys until there are enough, a terminator or a pause,
 * and puts them into a variable if they match; else plays another file and tries again.
 */
export class PlayAndGetDigits implements Activity {
  readonly #channel: Channel;
  readonly #settings: Settings;
  readonly #done: Done;
  #tries: number;
  #phase: 'prompt' | 'collecting' | 'invalid' | 'ended' = 'prompt';
  #playing: Playback | undefined;
  #digits = '';
  #terminator: string | undefined;
  /** Keys that came while the invalid prompt was playing, which they do not end. */
  #ahead: DtmfKey[] = [];
  #cancelTimer: Cancel = () => {};
  #timeIsUp = false;

  private constructor(channel: Channel, argument: string, done: Done) {
    const words = argument.split(/ +/);
    const integer = (at: number) => Number.parseInt(words[at] ?? '', 10) || 0;
    const min = Math.max(0, integer(0));
    const firstTimeout = Math.min(Math.max(integer(3), shortestTimeout), longestTimeout);
    this.#settings = {
      min,
      max: Math.max(integer(1), min),
      firstTimeout,
      keyTimeout: Math.min(Math.max(0, integer(9)), longestTimeout) || firstTimeout,
      terminators: words[4] || '#',
      prompt: words[5] ?? '',
      invalidPrompt: words[6] ?? '',
      variable: words[7] ?? '',
      pattern: words[8] ?? '',
    };
    this.#channel = channel;
    this.#tries = integer(2);
    this.#done = done;
  }

  /** Starts. Returns `undefined` when it has ended already, `done` having been called. */
  static start(channel: Channel, argument: string, done: Done): PlayAndGetDigits | undefined {
    const activity = new PlayAndGetDigits(channel, argument, done);
    const { pattern, variable, max } = activity.#settings;
    if (pattern !== '') channel.variables.set(`${variable}_invalid`, undefined);
    if (argument === '' || max > mostDigits) activity.#end();
    else activity.#nextTry();
    return activity.#phase === 'ended' ? undefined : activity;
  }

  source(): AudioSource | undefined {
    return this.#playing?.source();
  }

  key(key: DtmfKey): void {
    switch (this.#phase) {
      case 'prompt':
        this.#take(key);
        // Any key ends the prompt, and what follows is collected.
        this.#playing?.key(key);
        break;
      case 'collecting':
        this.#collect(key);
        break;
      case 'invalid':
        if (this.#ahead.length < mostDigits) this.#ahead.push(key);
        break;
      case 'ended':
        break;
    }
  }

  break(): void {
    if (this.#phase === 'collecting') this.#end();
    else this.#playing?.break();
  }

  hangUp(): void {
    // Playing ends first, and says so; what it would go on with is given up.
    const playing = this.#playing;
    this.#cancelTimer();
    this.#phase = 'ended';
    this.#playing = undefined;
    playing?.hangUp();
    this.#done();
  }

  resume(): void {
    if (this.#timeIsUp && this.#phase === 'collecting') this.#conclude('timeout');
  }

  #nextTry(): void {
    if (this.#tries <= 0) {
      this.#end();
      return;
    }
    const { prompt, variable } = this.#settings;
    this.#digits = '';
    this.#terminator = undefined;
    this.#channel.variables.set('read_result', undefined);
    this.#channel.variables.set(variable, undefined);
    this.#phase = 'prompt';
    for (const key of this.#ahead.splice(0)) this.#take(key);
    if (prompt === '' || prompt.toLowerCase() === 'silence' || this.#digits !== '') this.#startCollecting();
    else this.#play(prompt, 'any', () => this.#startCollecting());
  }

  #play(file: string, stopKeys: 'any' | 'none', then: () => void): void {
    // It may end before it has begun, when there is no such file.
    let over = false;
    const playing = Playback.start(
      this.#channel,
      file,
      () => {
        over = true;
        this.#playing = undefined;
        if (this.#phase !== 'ended') then();
      },
      stopKeys,
    );
    if (!over) this.#playing = playing;
  }

  #startCollecting(): void {
    this.#phase = 'collecting';
    if (this.#isComplete()) this.#conclude('success');
    else this.#startTimer(this.#digits === '' ? this.#settings.firstTimeout : this.#settings.keyTimeout);
  }

  #collect(key: DtmfKey): void {
    this.#take(key);
    if (this.#isComplete()) this.#conclude('success');
    else this.#startTimer(this.#settings.keyTimeout);
  }

  #take(key: DtmfKey): void {
    if (this.#isComplete()) return;
    if (this.#settings.terminators.includes(key)) this.#terminator = key;
    else this.#digits += key;
  }

  #isComplete(): boolean {
    return this.#terminator !== undefined || this.#digits.length >= this.#settings.max;
  }

  #startTimer(milliseconds: number): void {
    this.#cancelTimer();
    this.#timeIsUp = false;
    this.#cancelTimer = this.#channel.clock.after(milliseconds, () => {
      this.#timeIsUp = true;
      if (this.#channel.isOnTop(this)) this.#conclude('timeout');
    });
  }

  /** A round of collecting is over: it counts, or there is another try. */
  #conclude(ended: Outcome): void {
    this.#cancelTimer();
    const { variables } = this.#channel;
    const { min, variable, invalidPrompt, terminators } = this.#settings;
    if (this.#terminator !== undefined) variables.set('read_terminator_used', this.#terminator);
    const needsTerminator = terminators.startsWith('=') && this.#terminator === undefined;
    const outcome: Outcome = needsTerminator || this.#digits.length < min ? 'too-small' : ended;
    variables.set('read_result', { success: 'success', timeout: 'timeout', 'too-small': 'failure' }[outcome]);
    if (this.#digits !== '') variables.set(variable, this.#digits);
    const nothingAsked = min === 0 && this.#digits === '' && variables.get('read_terminator_used') !== undefined;
    if (nothingAsked || (outcome !== 'too-small' && this.#digits !== '' && this.#matches())) {
      this.#end();
      return;
    }
    if (outcome !== 'too-small' && this.#digits !== '') {
      variables.set(variable, undefined);
      variables.set(`${variable}_invalid`, this.#digits);
    }
    this.#phase = 'invalid';
    const tryAgain = () => {
      this.#tries -= 1;
      this.#nextTry();
    };
    if (invalidPrompt === '') tryAgain();
    else this.#play(invalidPrompt, 'none', tryAgain);
  }

  /** The pattern is the application's own; a broken one matches nothing. */
  #matches(): boolean {
    const { pattern } = this.#settings;
    if (pattern === '') return true;
    if (pattern.length > longestPattern) return false;
    try {
      return new RegExp(pattern).test(this.#digits);
    } catch {
      return false;
    }
  }

  #end(): void {
    if (this.#phase === 'ended') return;
    this.#cancelTimer();
    this.#phase = 'ended';
    this.#done();
  }
}
