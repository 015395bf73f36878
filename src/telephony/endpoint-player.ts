import type { Endpoint, EslEvent } from 'drachtio-fsmrf';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { describe, type Settled, settle } from './settle.ts';

/** Files that are being played, or wait for their turn. */
export interface FilePlayback {
  /**
   * `finished` when the last file was played to its end, `stopped` when {@link stop} was called first. Rejects with an
   * error when the media server cannot play, and when it goes away.
   */
  readonly end: Promise<'finished' | 'stopped'>;
  /** Silences it; `end` does not wait for the media server to have done so. Does nothing after the end. */
  stop(): void;
}

export interface EndpointPlayerOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the endpoint has gone or is about to be released. */
  readonly signal: AbortSignal;
  /** Audio has begun. */
  readonly onStart: () => void;
}

/** How long a media server may take from the command to the first sound, in milliseconds. */
const START_DEADLINE = 5_000;

/** The longest playback, in milliseconds: as long as the longest call (SPEC §1, `maxCallDuration`). */
const LONGEST = 120 * 60_000;

/** A break is repeated after so long, in milliseconds, and so often. */
const BREAK_INTERVAL = 250;
const MOST_BREAKS = 8;

/**
 * What a media server says of a playback whose channel has just hung up, and how long the word of that may be behind,
 * in milliseconds: the caller's hang-up must not look like a fault to the conversation.
 */
const HANG_UP_RESPONSE = 'playback error';
const HANG_UP_GRACE = 1_500;

/** Most files in one list; FreeSWITCH takes 128 and puts the rest into the last name. */
const MOST_FILES = 100;

/**
 * What the media server is told once, before it plays anything. With a `timer_name`, which the dialplan published for
 * drachtio-fsmrf sets, FreeSWITCH reads what comes in on a thread of its own for each playback, and one that is about
 * to end takes the next one's right to read along: the keys pressed in that playback are lost, and the thread spins.
 */
const VARIABLES = { playback_terminators: 'none', playback_sleep_val: '0', timer_name: '' } as const;

/**
 * Plays files on one endpoint, one list at a time. FreeSWITCH carries out a command that arrives during a playback
 * *within* it and then goes on with the first, forgets a break that arrives before the sound has begun, and lets a
 * break end only the current file of a delimited list. So a new playback is not sent before the last one is over, a
 * break not before the sound has begun, and a list is sent as one `file_string`, which one break ends.
 */
export class EndpointPlayer {
  readonly #endpoint: Endpoint;
  readonly #options: EndpointPlayerOptions;
  /** What was asked for last. */
  #current: PlayJob | undefined;
  /** What the media server was told to play last; a report of a first sound is about this. */
  #asked: PlayJob | undefined;
  /** Resolves when the media server plays nothing that was asked for before. */
  #silent: Promise<void> = Promise.resolve();

  constructor(endpoint: Endpoint, options: EndpointPlayerOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    endpoint.on('playback-start', () => this.#asked?.begun());
  }

  /** Sets the endpoint up for playing. Not waited for by anybody: commands are carried out in their order. */
  async prepare(): Promise<void> {
    const settled = await settle(() => this.#endpoint.set(VARIABLES), {
      clock: this.#options.clock,
      deadline: START_DEADLINE,
      signal: this.#options.signal,
    });
    if (settled.kind === 'deadline' || settled.kind === 'failed') {
      this.#options.log.warn({ why: describe(settled) }, 'The endpoint was not set up for playing');
    }
  }

  /** Plays files, absolute paths as the media server sees them, without a gap; what is playing is stopped first. `onSound` is called as the line's is. */
  play(paths: readonly string[], onSound?: () => void): FilePlayback {
    if (paths.length > MOST_FILES) throw new RangeError(`No more than ${MOST_FILES} files can be played in one go`);
    this.#current?.stop();
    const job = new PlayJob(this.#endpoint, paths, this.#options, onSound);
    this.#current = job;
    const before = this.#silent;
    this.#silent = before.then(() => {
      this.#asked = job;
      return job.run();
    });
    return job;
  }
}

class PlayJob implements FilePlayback {
  readonly #endpoint: Endpoint;
  readonly #paths: readonly string[];
  readonly #options: EndpointPlayerOptions;
  readonly #onSound: (() => void) | undefined;
  readonly #end = Promise.withResolvers<'finished' | 'stopped'>();
  #state: 'waiting' | 'asked' | 'sounding' | 'over' = 'waiting';
  #stopped = false;
  #breaks = 0;
  #cancelTimer: Cancel = () => undefined;
  readonly #over = Promise.withResolvers<void>();

  constructor(
    endpoint: Endpoint,
    paths: readonly string[],
    options: EndpointPlayerOptions,
    onSound: (() => void) | undefined,
  ) {
    this.#endpoint = endpoint;
    this.#paths = paths;
    this.#options = options;
    this.#onSound = onSound;
    // Who stops a playback and does not wait for it must not be ended by its failure.
    this.#end.promise.catch(() => undefined);
  }

  get end(): Promise<'finished' | 'stopped'> {
    return this.#end.promise;
  }

  stop(): void {
    if (this.#stopped || this.#state === 'over') return;
    this.#stopped = true;
    this.#end.resolve('stopped');
    if (this.#state === 'sounding') this.#break();
  }

  /** Plays when the turn has come. Resolves when the media server is silent again; never rejects. */
  async run(): Promise<void> {
    const [first, ...more] = this.#paths;
    if (this.#stopped || first === undefined) {
      this.#state = 'over';
      this.#end.resolve('finished');
      return;
    }
    this.#state = 'asked';
    const { clock, signal } = this.#options;
    this.#cancelTimer = clock.after(START_DEADLINE, () => this.#giveUp('The media server did not begin to play'));
    const argument = more.length === 0 ? first : `file_string://${this.#paths.join('!')}`;
    const played = settle(() => this.#endpoint.execute('playback', argument), { clock, deadline: LONGEST, signal });
    void played.then((settled) => this.#conclude(settled));
    await this.#over.promise;
  }

  /** The media server reports the first sound of what was asked for last. */
  begun(): void {
    if (this.#state !== 'asked') return;
    this.#state = 'sounding';
    this.#cancelTimer();
    if (this.#stopped) {
      this.#break();
      return;
    }
    this.#options.onStart();
    this.#onSound?.();
  }

  /** Breaks until the media server is silent: a single break can be lost between two of its frames. */
  #break(): void {
    const { clock, log, signal } = this.#options;
    if (this.#state === 'over' || signal.aborted) return;
    if (this.#breaks >= MOST_BREAKS) {
      this.#giveUp('The media server did not stop playing');
      return;
    }
    this.#breaks += 1;
    void settle(() => this.#endpoint.api('uuid_break', this.#endpoint.uuid), {
      clock,
      deadline: BREAK_INTERVAL,
      signal,
    }).then((settled) => {
      if (settled.kind === 'failed') log.debug({ why: describe(settled) }, 'A break was not carried out');
    });
    this.#cancelTimer = clock.after(BREAK_INTERVAL, () => this.#break());
  }

  async #conclude(settled: Settled<EslEvent>): Promise<void> {
    const failure = whyNotPlayed(settled);
    if (failure === HANG_UP_RESPONSE) await this.#untilHungUp();
    if (this.#state === 'over') return;
    if (failure !== undefined) {
      this.#giveUp(`The media server cannot play: ${failure}`);
      return;
    }
    this.#finish();
    this.#end.resolve('finished');
  }

  /** Waits for the word that the channel has hung up, in case that is what ended the playback. */
  async #untilHungUp(): Promise<void> {
    const { clock, signal } = this.#options;
    await settle(() => new Promise<never>(() => undefined), { clock, deadline: HANG_UP_GRACE, signal });
  }

  #giveUp(why: string): void {
    this.#finish();
    if (!this.#options.signal.aborted) {
      this.#options.log.error({ why, files: this.#paths.length, stopped: this.#stopped }, 'A playback failed');
    }
    this.#end.reject(new Error(why));
  }

  #finish(): void {
    this.#state = 'over';
    this.#cancelTimer();
    this.#over.resolve();
  }
}

/** What went wrong with a playback; undefined when it ended, or was ended, as it should. */
function whyNotPlayed(settled: Settled<EslEvent>): string | undefined {
  if (settled.kind !== 'done') return describe(settled);
  const response = settled.value.getHeader('Application-Response');
  return response === undefined || response === 'FILE PLAYED' ? undefined : response.toLowerCase().slice(0, 40);
}
