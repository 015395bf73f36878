import type { G711Law } from '../rtp/g711.ts';
import type { ChannelVariables } from './channel-variables.ts';
import type { FsEvent } from './event.ts';
import type { EventName } from './event-names.ts';
import type { HangupCause } from './hangup-cause.ts';

/** FreeSWITCH's states of a channel, as far as one of ours goes through them, with their numbers. */
const channelStates = { CS_NEW: 0, CS_INIT: 1, CS_EXECUTE: 4, CS_HANGUP: 10, CS_REPORTING: 11, CS_DESTROY: 12 };
export type ChannelState = keyof typeof channelStates;
/** What the caller is in the middle of, likewise. */
export const callStates = { DOWN: 0, RINGING: 2, ACTIVE: 4, HELD: 5, HANGUP: 7, UNHELD: 8 };
export type CallState = keyof typeof callStates;

/** Who calls, as the INVITE says. */
export interface CallerProfile {
  readonly username: string | undefined;
  readonly name: string;
  readonly networkAddress: string;
  readonly destination: string;
  readonly context: string;
}

/** Microseconds since 1970; 0 for what has not happened. */
export interface ChannelTimes {
  readonly created: number;
  answered: number;
  progressMedia: number;
  hungUp: number;
}

/** What the headers of a channel's events are made of. */
export interface ChannelFacts {
  readonly uuid: string;
  readonly name: string;
  readonly profile: CallerProfile;
  readonly times: ChannelTimes;
  readonly variables: ChannelVariables;
  /** The state as it runs, and the one that it has been set to, which is ahead after a hang-up. */
  readonly state: ChannelState;
  readonly nextState: ChannelState;
  readonly callState: CallState;
  readonly answered: boolean;
  readonly cause: HangupCause | undefined;
  readonly law: G711Law | undefined;
}

/** The events that carry all variables of their channel; the others do without, because they are many or small. */
const verbose: ReadonlySet<EventName> = new Set<EventName>([
  'CHANNEL_CREATE',
  'CHANNEL_ANSWER',
  'CHANNEL_PARK',
  'CHANNEL_UNPARK',
  'CHANNEL_HANGUP',
  'CHANNEL_HANGUP_COMPLETE',
  'CHANNEL_DATA',
  'CHANNEL_EXECUTE',
  'CHANNEL_EXECUTE_COMPLETE',
  'CHANNEL_DESTROY',
  'CHANNEL_HOLD',
  'CHANNEL_UNHOLD',
  'PLAYBACK_START',
  'PLAYBACK_STOP',
  'CUSTOM',
]);

/** Adds the headers that all events of a channel have, in FreeSWITCH's order. */
export function addChannelData(event: FsEvent, facts: ChannelFacts): FsEvent {
  event
    .add('Channel-State', facts.state)
    .add('Channel-Call-State', facts.callState)
    .add('Channel-State-Number', String(channelStates[facts.nextState]))
    .add('Channel-Name', facts.name)
    .add('Unique-ID', facts.uuid)
    .add('Call-Direction', 'inbound')
    .add('Presence-Call-Direction', 'inbound')
    .add('Channel-HIT-Dialplan', 'true')
    .add('Channel-Call-UUID', facts.uuid)
    .add('Answer-State', facts.cause !== undefined ? 'hangup' : facts.answered ? 'answered' : 'ringing')
    .add('Hangup-Cause', facts.cause);
  if (facts.law !== undefined) {
    for (const way of ['Read', 'Write']) {
      event
        .add(`Channel-${way}-Codec-Name`, facts.law)
        .add(`Channel-${way}-Codec-Rate`, '8000')
        .add(`Channel-${way}-Codec-Bit-Rate`, '64000');
    }
  }
  addCallerProfile(event, facts, 'Caller');
  if (!verbose.has(event.name)) return event;
  for (const header of facts.variables.headers()) event.put(header);
  return event;
}

/** Adds who calls and when, under a prefix: `Caller` in events, `Channel` besides in the answer to `connect`. */
export function addCallerProfile(event: FsEvent, facts: ChannelFacts, prefix: 'Caller' | 'Channel'): FsEvent {
  const { profile, times } = facts;
  const add = (name: string, value: string | undefined) => event.add(`${prefix}-${name}`, value);
  add('Direction', 'inbound');
  add('Logical-Direction', 'inbound');
  add('Username', profile.username);
  add('Dialplan', 'XML');
  add('Caller-ID-Name', profile.name);
  add('Caller-ID-Number', profile.username);
  add('Orig-Caller-ID-Name', profile.name);
  add('Orig-Caller-ID-Number', profile.username);
  add('Network-Addr', profile.networkAddress);
  add('ANI', profile.username);
  add('Destination-Number', profile.destination);
  add('Unique-ID', facts.uuid);
  add('Source', 'mod_sofia');
  add('Context', profile.context);
  add('Channel-Name', facts.name);
  add('Profile-Index', '1');
  add('Profile-Created-Time', String(times.created));
  add('Channel-Created-Time', String(times.created));
  add('Channel-Answered-Time', String(times.answered));
  add('Channel-Progress-Time', '0');
  add('Channel-Progress-Media-Time', String(times.progressMedia));
  add('Channel-Hangup-Time', String(times.hungUp));
  for (const never of ['Transfer-Time', 'Resurrect-Time', 'Bridged-Time', 'Last-Hold', 'Hold-Accum']) {
    add(`Channel-${never}`, '0');
  }
  add('Screen-Bit', 'true');
  add('Privacy-Hide-Name', 'false');
  add('Privacy-Hide-Number', 'false');
  return event;
}
