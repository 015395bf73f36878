import { faultOf } from '../log.ts';
import { type AudioSource, SilenceSource } from '../rtp/audio-source.ts';
import type { DtmfKey } from '../rtp/telephone-event.ts';
import type { Activity, Done } from './activity.ts';
import type { Channel } from './channel.ts';
import { Limited, openAudio } from './open-audio.ts';

const samplesPerMillisecond = 8;
/** FreeSWITCH waits this long between the files of a list, in milliseconds, unless `playback_sleep_val` says otherwise. */
const defaultSleep = 250;
const mostFiles = 128;
const terminatorUsed = 'playback_terminator_used';

/** How a list came to its end. */
type Status = 'success' | 'break' | 'not-found' | 'timeout' | 'error';

const responses: Readonly<Record<Status, string>> = {
  success: 'FILE PLAYED',
  break: 'FILE PLAYED',
  'not-found': 'FILE NOT FOUND',
  timeout: 'PLAYBACK ERROR',
  error: 'PLAYBACK ERROR',
};

/** What is being done with the list: a file is being looked up, is playing, or the pause before the next one runs. */
type Stage =
  | { readonly kind: 'opening' }
  | { readonly kind: 'playing'; readonly file: string; readonly source: AudioSource; readonly start: number }
  | { readonly kind: 'pause'; readonly source: AudioSource }
  | { readonly kind: 'ended' };

/**
 * The `playback` application: one file, or several separated by the variable `playback_delimiter`. It ends as
 * FreeSWITCH's does, down to the particulars: a break cuts one file short and goes on with the list; a key of
 * `playback_terminators` ends the list; a file that is not there is passed over and counts if it is the last.
 */
export class Playback implements Activity {
  readonly #channel: Channel;
  readonly #files: readonly string[];
  readonly #sleep: number;
  readonly #done: Done;
  readonly #firstStart: number;
  #next = 0;
  #stage: Stage = { kind: 'opening' };
  #status: Status = 'success';
  /** Samples that may still be played; `playback_timeout_sec` bounds them for the whole list. */
  #budget: number;
  /** A break that came while a file was being looked up. */
  #breakPending = false;

  readonly #stopKeys: 'terminators' | 'any' | 'none';

  private constructor(channel: Channel, data: string, done: Done, stopKeys: 'terminators' | 'any' | 'none') {
    const { variables } = channel;
    this.#stopKeys = stopKeys;
    this.#channel = channel;
    this.#done = done;
    const offset = /@@(\d*)/.exec(data);
    const list = offset === null ? data : data.slice(0, offset.index);
    this.#firstStart = Number.parseInt(offset?.[1] ?? '', 10) || 0;
    const delimiter = variables.get('playback_delimiter')?.[0];
    this.#files = delimiter === undefined ? [list] : splitList(list, delimiter);
    const sleep = Number.parseInt(variables.get('playback_sleep_val') ?? '', 10);
    this.#sleep = sleep >= 0 ? sleep : defaultSleep;
    const timeout = variables.integer('playback_timeout_sec');
    this.#budget = timeout > 1 ? timeout * 1_000 * samplesPerMillisecond : Number.POSITIVE_INFINITY;
  }

  /**
   * Starts playing. Returns `undefined` when it has ended already, `done` having been called.
   *
   * @param stopKeys which keys end it: those of the channel's variable, any, or none.
   */
  static start(
    channel: Channel,
    data: string,
    done: Done,
    stopKeys: 'terminators' | 'any' | 'none' = 'terminators',
  ): Playback | undefined {
    const playback = new Playback(channel, data, done, stopKeys);
    if (stopKeys === 'terminators') channel.variables.set(terminatorUsed, undefined);
    if (data === '') {
      playback.#end('error');
      return undefined;
    }
    playback.#openNext();
    return playback.#stage.kind === 'ended' ? undefined : playback;
  }

  source(): AudioSource | undefined {
    for (;;) {
      const stage = this.#stage;
      if (stage.kind === 'opening' || stage.kind === 'ended') return undefined;
      if (!stage.source.ended) return stage.source;
      if (stage.kind === 'pause') {
        this.#open();
      } else if (stage.source.position >= this.#budget) {
        this.#stopFile(stage, 'done');
        this.#end(this.#channel.variables.isTrue('playback_timeout_as_success') ? 'success' : 'timeout');
      } else {
        this.#stopFile(stage, 'done');
        this.#budget -= stage.source.position;
        this.#status = 'success';
        this.#openNext();
      }
    }
  }

  key(key: DtmfKey): void {
    if (this.#stopKeys === 'none') return;
    if (this.#stopKeys === 'terminators') {
      if (!this.#terminators().includes(key)) return;
      this.#channel.variables.set(terminatorUsed, key);
    }
    if (this.#stage.kind === 'playing') this.#stopFile(this.#stage, 'break');
    this.#end('break');
  }

  break(): void {
    switch (this.#stage.kind) {
      case 'playing':
        this.#stopFile(this.#stage, 'break');
        this.#status = 'break';
        this.#openNext();
        break;
      case 'pause':
        this.#end('break');
        break;
      case 'opening':
        this.#breakPending = true;
        break;
      case 'ended':
        break;
    }
  }

  hangUp(): void {
    if (this.#stage.kind === 'playing') this.#stopFile(this.#stage, 'done');
    this.#end('error');
  }

  resume(): void {
    // It goes on where it was: nothing was read from its source meanwhile.
  }

  /** Goes to the next file, after the pause that separates files, or ends the list. */
  #openNext(): void {
    if (this.#next >= this.#files.length) {
      this.#end(this.#status);
    } else if (this.#next > 0 && this.#sleep > 0) {
      this.#stage = { kind: 'pause', source: new SilenceSource(this.#sleep * samplesPerMillisecond) };
    } else {
      this.#open();
    }
  }

  #open(): void {
    const start = this.#next === 0 ? this.#firstStart : 0;
    const file = this.#files[this.#next++] as string;
    this.#stage = { kind: 'opening' };
    const opened = openAudio(file, this.#channel.prompts, start);
    if (!(opened instanceof Promise)) {
      this.#opened(file, start, opened);
      return;
    }
    opened
      .then((source) => {
        if (this.#stage.kind !== 'opening') return;
        this.#opened(file, start, source);
        this.#channel.rtp.wake();
      })
      .catch((error: unknown) => {
        this.#channel.log.error({ fault: faultOf(error) }, 'Opening audio failed');
        this.#end('error');
      });
  }

  #opened(file: string, start: number, source: AudioSource | undefined): void {
    if (source === undefined) {
      this.#status = 'not-found';
      this.#openNext();
      return;
    }
    const limited = this.#budget === Number.POSITIVE_INFINITY ? source : new Limited(source, this.#budget);
    this.#stage = { kind: 'playing', file, source: limited, start };
    this.#tell('PLAYBACK_START', file);
    if (!this.#breakPending) return;
    this.#breakPending = false;
    this.break();
  }

  #stopFile(stage: Stage & { kind: 'playing' }, status: 'done' | 'break'): void {
    const { variables } = this.#channel;
    const { position } = stage.source;
    // FreeSWITCH counts what it has read ahead; this is what was sent.
    variables.set('playback_last_offset_pos', String(stage.start + position));
    variables.set('playback_seconds', String(Math.floor(position / (1_000 * samplesPerMillisecond))));
    variables.set('playback_ms', String(Math.floor(position / samplesPerMillisecond)));
    variables.set('playback_samples', String(position));
    this.#tell('PLAYBACK_STOP', stage.file, status);
  }

  #tell(name: 'PLAYBACK_START' | 'PLAYBACK_STOP', file: string, status?: 'done' | 'break'): void {
    this.#channel.tell(name, {
      'Playback-File-Type': /^tone_stream:/i.test(file) ? 'tone_stream' : undefined,
      'Playback-File-Path': file,
      'Playback-Status': status,
    });
  }

  #end(status: Status): void {
    if (this.#stage.kind === 'ended') return;
    this.#stage = { kind: 'ended' };
    this.#done(responses[status]);
  }

  /** Keys that end the list: those of the variable; `*` when it is not set. */
  #terminators(): string {
    const terminators = this.#channel.variables.get('playback_terminators') ?? '*';
    switch (terminators.toLowerCase()) {
      case 'any':
        return '1234567890*#';
      case 'none':
        return '';
      default:
        return terminators;
    }
  }
}

/** Splits a list; a backslash before the delimiter keeps it, and blanks around a name are no part of it. */
function splitList(list: string, delimiter: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let at = 0; at < list.length; at++) {
    const character = list[at] as string;
    if (character === '\\' && list[at + 1] === delimiter) {
      part += delimiter;
      at += 1;
    } else if (character === delimiter && parts.length < mostFiles - 1) {
      parts.push(part.trim());
      part = '';
    } else {
      part += character;
    }
  }
  // Nothing after the last delimiter is no file.
  return part === '' ? parts : [...parts, part.trim()];
}
