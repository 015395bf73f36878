import type { Activity, Done } from './activity.ts';
import type { Application, Channel } from './channel.ts';
import { hangupCauseNamed } from './hangup-cause.ts';
import { PlayAndGetDigits } from './play-and-get-digits.ts';
import { Playback } from './playback.ts';
import { Sleep } from './sleep.ts';

/** An application that is over at once. */
function instant(run: (channel: Channel, argument: string) => void): Application {
  return (channel, argument, done) => {
    run(channel, argument);
    done();
    return undefined;
  };
}

/**
 * `name=value`, for `set` a comma will do as well; without a value the variable goes away. `export` is for the other
 * leg of a bridge as well, which does not exist here.
 */
function setVariable(channel: Channel, assignment: string, separator: RegExp): void {
  const at = assignment.search(separator);
  if (at === -1) channel.variables.set(assignment, undefined);
  else channel.variables.set(assignment.slice(0, at), assignment.slice(at + 1));
}

/** Splits at blanks, or at the character behind a leading `^^`. */
function splitArguments(argument: string): string[] {
  const marked = argument.startsWith('^^') && argument.length > 2;
  return (marked ? argument.slice(3) : argument)
    .split(marked ? (argument[2] as string) : ' ')
    .filter((part) => part !== '');
}

function setAll(channel: Channel, argument: string): void {
  for (const assignment of splitArguments(argument)) setVariable(channel, assignment, /[=]/);
}

function unsetAll(channel: Channel, argument: string): void {
  for (const name of splitArguments(argument)) channel.variables.set(name, undefined);
}

/** The dialplan's `socket`: the channel waits for what its application sends, until the call ends. */
class Park implements Activity {
  readonly #channel: Channel;
  readonly #done: Done;

  constructor(channel: Channel, done: Done) {
    this.#channel = channel;
    this.#done = done;
  }

  source(): undefined {
    // It has no sound of its own.
  }

  key(): void {
    // Keys are told by events.
  }

  break(): void {
    // There is nothing to cut short.
  }

  resume(): void {
    // It goes on waiting.
  }

  hangUp(): void {
    this.#channel.tell('CHANNEL_UNPARK');
    this.#done();
  }
}

const nothing = instant(() => {});

/**
 * The applications that a channel can be asked to execute. Those of FreeSWITCH that are not here are unknown, and an
 * unknown application ends the call.
 */
export const applications: ReadonlyMap<string, Application> = new Map<string, Application>([
  ['answer', nothing],
  ['break', instant((channel) => channel.break())],
  ['eval', nothing],
  [
    'export',
    instant((channel, argument) => setVariable(channel, argument.replace(/^(?:nolocal:|_nolocal_)/, ''), /=/)),
  ],
  ['hangup', instant((channel, argument) => channel.hangUp(hangupCauseNamed(argument)))],
  ['multiset', instant(setAll)],
  ['multiunset', instant(unsetAll)],
  ['play_and_get_digits', (channel, argument, done) => PlayAndGetDigits.start(channel, argument, done)],
  ['playback', (channel, argument, done) => Playback.start(channel, argument, done)],
  ['pre_answer', nothing],
  ['set', instant((channel, argument) => setVariable(channel, argument, argument.includes('=') ? /=/ : /,/))],
  // What comes in is listened to for keys only, and those are not muted in FreeSWITCH, either.
  ['set_mute', nothing],
  ['sleep', (channel, argument, done) => Sleep.start(channel, argument, done)],
  [
    'socket',
    (channel, _argument, done) => {
      channel.tell('CHANNEL_PARK');
      return new Park(channel, done);
    },
  ],
  ['start_dtmf', instant((channel) => channel.rtp.listenForTones(true))],
  ['stop_dtmf', instant((channel) => channel.rtp.listenForTones(false))],
  ['unset', instant((channel, argument) => channel.variables.set(argument, undefined))],
]);
