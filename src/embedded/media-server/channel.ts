import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { type AudioSource, SilenceSource } from '../rtp/audio-source.ts';
import type { HeardKey, RtpSession } from '../rtp/rtp-session.ts';
import type { Activity, Done } from './activity.ts';
import {
  addChannelData,
  type CallerProfile,
  type CallState,
  type ChannelFacts,
  type ChannelState,
  type ChannelTimes,
  callStates,
} from './channel-data.ts';
import { ChannelVariables } from './channel-variables.ts';
import type { FsEvent } from './event.ts';
import type { EventBus } from './event-bus.ts';
import type { EventName } from './event-names.ts';
import { type HangupCause, hangupCauses } from './hangup-cause.ts';
import { setMediaCounts } from './media-variables.ts';
import type { PromptStore } from './prompt-store.ts';

/** Starts an application: returns what takes time, or `undefined` when `done` was called already. */
export type Application = (channel: Channel, argument: string, done: Done) => Activity | undefined;

export interface ChannelOptions {
  readonly uuid: string;
  readonly name: string;
  readonly profile: CallerProfile;
  readonly rtp: RtpSession;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly prompts: PromptStore;
  readonly applications: ReadonlyMap<string, Application>;
  /** Ends the signalling of a call that ends from this side. */
  readonly onHangUp: (cause: HangupCause) => void;
  /** The channel is gone; nothing more happens on it. */
  readonly onDestroyed: () => void;
}

/** An application that runs, or is held up by one that was started later. */
interface Execution {
  readonly application: string;
  readonly argument: string | undefined;
  readonly uuid: string;
  activity: Activity | undefined;
  ended: boolean;
}

/** FreeSWITCH gives up on applications inside one another at this depth, too. */
const deepestStack = 25;
/** FreeSWITCH's bounds for the length of a key, in timestamp units of 125 µs. */
const shortestKey = 400;
const longestKey = 192_000;
/** How events name where a key came from. */
const keySources = { event: 'RTP', tones: 'INBAND_AUDIO' } as const;
const applicationName = 'current_application';

/**
 * One call, as FreeSWITCH's channels behave in the `drachtio_mrf` profile: applications that run inside one another,
 * variables, and the events that tell of it all. It is answered when it is made, and ends once.
 */
export class Channel implements ChannelFacts {
  readonly uuid: string;
  readonly name: string;
  readonly profile: CallerProfile;
  readonly times: ChannelTimes;
  readonly variables = new ChannelVariables();
  readonly rtp: RtpSession;
  readonly clock: Clock;
  readonly log: Log;
  readonly prompts: PromptStore;
  readonly #options: ChannelOptions;
  readonly #stack: Execution[] = [];
  readonly #onceEnded: (() => void)[] = [];
  #silenceText: string | undefined;
  #silenceWanted = false;
  readonly #silence = new SilenceSource(Number.POSITIVE_INFINITY);
  /** Cut short by `uuid_break`: what is below the application that ends is cut short as well. */
  #stopping = false;
  state: ChannelState = 'CS_NEW';
  nextState: ChannelState = 'CS_NEW';
  callState: CallState = 'DOWN';
  answered = false;
  cause: HangupCause | undefined;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.uuid = options.uuid;
    this.name = options.name;
    this.profile = options.profile;
    this.rtp = options.rtp;
    this.clock = options.clock;
    this.log = options.log;
    this.prompts = options.prompts;
    this.times = { created: microseconds(options.clock), answered: 0, progressMedia: 0, hungUp: 0 };
  }

  get law() {
    return this.rtp.media?.law;
  }

  get isUp(): boolean {
    return this.cause === undefined;
  }

  /** Calls back once when the call is over and every event of it has been sent. */
  onceEnded(callback: () => void): void {
    this.#onceEnded.push(callback);
  }

  /**
   * Sends an event of this channel, with all that such events say of it and what `more` adds, if anybody wants it.
   *
   * @param before headers that stand in front of those of the channel.
   */
  tell(name: EventName, more: EventHeaders = {}, before: EventHeaders = {}): void {
    const { bus } = this.#options;
    if (!bus.isWanted(name, this.uuid)) return;
    const event = bus.make(name);
    addAll(event, before);
    addAll(addChannelData(event, this), more);
    bus.fire(event);
  }

  /** Tells of the new call, before it is answered. */
  announce(): void {
    this.#move('CS_INIT');
    this.tell('CHANNEL_CREATE');
    this.#changeCallState('RINGING');
  }

  /** The call has been answered and its media agreed: from here on audio is sent. */
  answer(): void {
    this.#move('CS_EXECUTE');
    this.answered = true;
    this.times.answered = microseconds(this.clock);
    this.times.progressMedia = this.times.answered;
    this.tell('CHANNEL_ANSWER');
    this.#changeCallState('ACTIVE');
  }

  /** Starts sending what the applications have to send. */
  startSending(): void {
    this.rtp.feed({ next: () => this.#nextSource() });
  }

  /** The peer has put the call on hold or taken it off. */
  hold(held: boolean): void {
    if (held === (this.callState === 'HELD') || !this.isUp) return;
    this.tell(held ? 'CHANNEL_HOLD' : 'CHANNEL_UNHOLD');
    this.#changeCallState(held ? 'HELD' : 'UNHELD');
    if (!held) this.#changeCallState('ACTIVE');
  }

  /** A key was pressed: everybody is told, and what is running may end by it. */
  keyPressed({ key, duration, by }: HeardKey): void {
    if (!this.isUp) return;
    const told = Math.min(Math.max(duration, shortestKey), longestKey);
    this.tell('DTMF', { 'DTMF-Digit': key, 'DTMF-Duration': String(told), 'DTMF-Source': keySources[by] });
    this.#stack.at(-1)?.activity?.key(key);
  }

  /**
   * Runs an application inside what runs already. An unknown one ends the call, as FreeSWITCH does.
   *
   * @param uuid names the execution in its events; made up when it is not given.
   */
  execute(application: string, argument: string | undefined, uuid: string = randomUUID()): void {
    if (!this.isUp) return;
    const start = this.#options.applications.get(application);
    if (start === undefined) {
      this.log.warn({ uuid: this.uuid, application }, 'An application was asked for that is not offered');
      this.hangUp('DESTINATION_OUT_OF_ORDER');
      return;
    }
    this.#stopping = false;
    const expanded = argument === undefined || argument === '' ? undefined : this.variables.expand(argument);
    const execution: Execution = { application, argument: expanded, uuid, activity: undefined, ended: false };
    this.#begin(execution);
    if (this.#stack.length >= deepestStack) {
      this.#end(execution, 'PLAYBACK ERROR');
      return;
    }
    this.#stack.push(execution);
    const activity = start(this, expanded ?? '', (response) => this.#end(execution, response));
    if (!execution.ended) {
      execution.activity = activity;
      this.rtp.wake();
    }
  }

  /** Whether an activity is the one that was started last and still runs. */
  isOnTop(activity: Activity): boolean {
    return this.#stack.at(-1)?.activity === activity;
  }

  /** Cuts short what runs, as `uuid_break` does: nothing of it is sent from now on. Without any it does nothing. */
  break(): void {
    if (this.#stack.length === 0) return;
    this.#stopping = true;
    this.#stack.at(-1)?.activity?.break();
  }

  /**
   * Ends the call. Only the first cause counts.
   *
   * @param signal whether the peer is to be told; not when it was the peer that hung up.
   */
  hangUp(cause: HangupCause, signal = true): void {
    if (this.cause !== undefined) return;
    this.cause = cause;
    this.nextState = 'CS_HANGUP';
    this.times.hungUp = microseconds(this.clock);
    this.rtp.close();
    if (signal) this.#options.onHangUp(cause);
    this.tell('CHANNEL_HANGUP');
    // An application may be the one that hangs up: it ends by itself, and the rest when it has.
    if (this.#stack.at(-1)?.activity !== undefined) this.#unwind();
    else if (this.#stack.length === 0) this.#destroy();
  }

  #begin({ application, argument, uuid }: Execution): void {
    const { variables } = this;
    // Applications of the dialplan, before the socket, are not run in a loop.
    if (this.#stack.length > 0) {
      variables.set('current_loop', '1');
      variables.set('total_loops', '1');
    }
    variables.set(applicationName, application);
    variables.set('current_application_data', argument);
    variables.set('current_application_response', undefined);
    this.tell('CHANNEL_EXECUTE', {
      Application: application,
      'Application-Data': argument,
      'Application-UUID': uuid,
    });
    variables.set(applicationName, application);
  }

  #end(execution: Execution, response: string | undefined): void {
    if (execution.ended) return;
    execution.ended = true;
    if (response !== undefined) this.variables.set('current_application_response', response);
    this.tell('CHANNEL_EXECUTE_COMPLETE', {
      Application: execution.application,
      'Application-Data': execution.argument,
      'Application-Response': this.variables.get('current_application_response') ?? '_none_',
      'Application-UUID': execution.uuid,
    });
    this.variables.set('current_loop', undefined);
    this.variables.set('total_loops', undefined);
    if (this.#stack.at(-1) === execution) this.#stack.pop();
    if (!this.isUp) {
      this.#unwind();
      return;
    }
    const below = this.#stack.at(-1)?.activity;
    if (below === undefined) this.#stopping = false;
    else if (this.#stopping) below.break();
    else below.resume();
    this.rtp.wake();
  }

  /** Ends what still runs, from the top down, and then the channel. */
  #unwind(): void {
    const top = this.#stack.at(-1);
    if (top === undefined) this.#destroy();
    else top.activity?.hangUp();
  }

  #destroy(): void {
    if (this.state === 'CS_DESTROY') return;
    this.#move('CS_HANGUP');
    this.tell('CHANNEL_STATE');
    this.#changeCallState('HANGUP');
    this.#move('CS_REPORTING');
    this.tell('CHANNEL_STATE');
    this.#report();
    this.tell('CHANNEL_HANGUP_COMPLETE');
    this.#move('CS_DESTROY');
    this.tell('CHANNEL_DESTROY');
    this.#options.onDestroyed();
    for (const callback of this.#onceEnded.splice(0)) callback();
  }

  /** Puts into variables what is reported of a call that is over. */
  #report(): void {
    const { variables, times, cause = 'NONE' } = this;
    const set = (name: string, value: string | number) => variables.set(name, String(value));
    set('hangup_cause', cause);
    set('hangup_cause_q850', hangupCauses[cause]);
    const moments = [
      ['start', times.created],
      ['answer', times.answered],
      ['end', times.hungUp],
    ] as const;
    for (const [name, moment] of moments) {
      set(`${name}_epoch`, Math.floor(moment / 1_000_000));
      set(`${name}_uepoch`, moment);
    }
    const answered = times.answered === 0 ? times.hungUp : times.answered;
    for (const [name, since] of [
      ['duration', times.created],
      ['billsec', answered],
    ] as const) {
      set(name, Math.floor((times.hungUp - since) / 1_000_000));
    }
    set('mduration', Math.floor((times.hungUp - times.created) / 1_000));
    set('billmsec', Math.floor((times.hungUp - answered) / 1_000));
    setMediaCounts(this);
  }

  #move(state: ChannelState): void {
    this.state = state;
    this.nextState = state;
  }

  #changeCallState(next: CallState): void {
    const original = this.callState;
    this.callState = next;
    const about = {
      'Original-Channel-Call-State': original,
      'Channel-Call-State-Number': String(callStates[next]),
    };
    this.tell('CHANNEL_CALLSTATE', {}, about);
  }

  #nextSource(): AudioSource | undefined {
    for (let top = this.#stack.at(-1); top?.activity !== undefined; top = this.#stack.at(-1)) {
      const source = top.activity.source();
      if (source !== undefined) return source;
      // It has ended here, and what is below it may go on.
      if (this.#stack.at(-1) === top) break;
    }
    return this.isUp && this.#sendsSilence() ? this.#silence : undefined;
  }

  /** Asked for every packet, so the variable is read as a number only when it has changed. */
  #sendsSilence(): boolean {
    const text = this.variables.get('send_silence_when_idle');
    if (text !== this.#silenceText) {
      this.#silenceText = text;
      this.#silenceWanted = this.variables.integer('send_silence_when_idle') !== 0;
    }
    return this.#silenceWanted;
  }
}

type EventHeaders = Readonly<Record<string, string | undefined>>;

function addAll(event: FsEvent, headers: EventHeaders): void {
  for (const name in headers) event.add(name, headers[name]);
}

function microseconds(clock: Clock): number {
  return Math.round(clock.now() * 1_000);
}
