import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Channel } from './channel.ts';
import { addChannelData } from './channel-data.ts';
import type { EventBus } from './event-bus.ts';
import { hangupCauseNamed } from './hangup-cause.ts';
import { setMediaCounts } from './media-variables.ts';
import type { SessionCounts } from './session-counts.ts';
import { type IdleCpu, sofiaStatusText, statusText, version } from './status-text.ts';

export interface ApiOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly counts: SessionCounts;
  readonly idleCpu: IdleCpu;
  readonly maxSessions: number;
  /** Monotonic milliseconds when the server started. */
  readonly startedAt: number;
  /** The name of the SIP profile and the address it tells. */
  readonly profile: string;
  readonly sipAddress: () => string;
  readonly channels: ReadonlyMap<string, Channel>;
}

type Command = (argument: string) => string;

const noChannel = '-ERR No such channel!\n';
const usage = (text: string) => `-USAGE: ${text}\n`;

/**
 * The `api` commands that are offered, with FreeSWITCH's answers.
 *
 * @returns a function that carries one out, or answers `undefined` for a name that is not among them.
 */
export function apiCommands(options: ApiOptions): (name: string, argument: string) => string | undefined {
  const commands = new Map<string, Command>([
    ['version', (argument) => versionText(argument)],
    ['status', () => statusOf(options)],
    ['sofia', (argument) => sofia(options, argument)],
    ['hostname', () => options.bus.hostname],
    ['create_uuid', () => randomUUID()],
    ['echo', (argument) => argument],
    ['uptime', () => String(Math.floor((options.clock.monotonic() - options.startedAt) / 1_000))],
    ['global_getvar', (argument) => globalVariable(options, argument)],
    ['show', (argument) => show(options, argument)],
    ['uuid_exists', (argument) => String(options.channels.has(argument))],
    ['uuid_dump', (argument) => dump(options, argument)],
    ['uuid_break', (argument) => withChannel(options, argument, '<uuid> [all]', (channel) => channel.break())],
    ['uuid_kill', (argument) => kill(options, argument)],
    ['uuid_getvar', (argument) => getVariable(options, argument)],
    ['uuid_setvar', (argument) => setVariable(options, argument)],
    ['uuid_set_media_stats', (argument) => setMediaStats(options, argument)],
    ['hupall', (argument) => hangUpAll(options, argument)],
  ]);
  return (name, argument) => commands.get(name)?.(argument);
}

function versionText(argument: string): string {
  if (argument.toLowerCase().startsWith('short')) return `${version.short}\n`;
  return `FreeSWITCH Version ${version.full} (${version.human})\n`;
}

function statusOf({ clock, startedAt, counts, maxSessions, idleCpu }: ApiOptions): string {
  return statusText(clock.monotonic() - startedAt, counts, maxSessions, idleCpu.read());
}

function sofia({ profile, sipAddress, counts }: ApiOptions, argument: string): string {
  if (argument.trim().toLowerCase() !== 'status') return usage('sofia status');
  return sofiaStatusText(profile, sipAddress(), counts.current);
}

function globalVariable({ bus }: ApiOptions, name: string): string {
  switch (name) {
    case 'local_ip_v4':
      return bus.ipv4;
    case 'hostname':
    case 'switchname':
      return bus.hostname;
    case 'core_uuid':
      return bus.coreUuid;
    default:
      return '';
  }
}

/** `show channels` and `show calls`, as JSON or with a count; other lists are empty here. */
function show({ channels }: ApiOptions, argument: string): string {
  const [what = '', ...rest] = argument.toLowerCase().split(/ +/);
  if (what !== 'channels' && what !== 'calls') return usage('show channels|calls [count] [as json]');
  if (rest.join(' ') === 'as json') {
    const rows = [...channels.values()].map((channel) => ({
      uuid: channel.uuid,
      direction: 'inbound',
      created_epoch: String(Math.floor(channel.times.created / 1_000_000)),
      name: channel.name,
      state: channel.state,
      cid_name: channel.profile.name,
      ip_addr: channel.profile.networkAddress,
      dest: channel.profile.destination,
      application: channel.variables.get('current_application') ?? '',
      callstate: channel.callState,
    }));
    return `${JSON.stringify(rows.length === 0 ? { row_count: 0 } : { row_count: rows.length, rows })}\n`;
  }
  return `\n${channels.size} total.\n`;
}

function dump({ bus, channels }: ApiOptions, argument: string): string {
  const [uuid = '', format = 'txt'] = argument.split(/ +/);
  if (uuid === '') return usage('<uuid> [format]');
  const channel = channels.get(uuid);
  if (channel === undefined) return noChannel;
  const event = addChannelData(bus.make('CHANNEL_DATA'), channel);
  return event.write(format === 'json' || format === 'xml' ? format : 'plain');
}

function withChannel(options: ApiOptions, argument: string, syntax: string, run: (channel: Channel) => void): string {
  const uuid = argument.split(/ +/)[0] ?? '';
  if (uuid === '') return usage(syntax);
  const channel = options.channels.get(uuid);
  if (channel === undefined) return noChannel;
  run(channel);
  return '+OK\n';
}

function kill(options: ApiOptions, argument: string): string {
  const cause = hangupCauseNamed(argument.split(/ +/)[1] ?? '');
  return withChannel(options, argument, '<uuid> [cause]', (channel) => channel.hangUp(cause));
}

function getVariable({ channels }: ApiOptions, argument: string): string {
  const [uuid = '', name] = argument.split(/ +/);
  if (name === undefined) return usage('<uuid> <var>');
  return channels.get(uuid)?.variables.get(name) ?? (channels.has(uuid) ? '_undef_' : noChannel);
}

function setVariable(options: ApiOptions, argument: string): string {
  const [uuid = '', name, ...value] = argument.split(' ');
  if (name === undefined) return usage('<uuid> <var> [value]');
  return withChannel(options, uuid, '', ({ variables }) => variables.set(name, value.join(' ')));
}

/** Puts what went over the call's RTP port into its variables, as far as it is counted. */
function setMediaStats({ channels }: ApiOptions, uuid: string): string {
  if (uuid === '') return usage('<uuid>');
  const channel = channels.get(uuid);
  if (channel === undefined) return `-ERR No such channel ${uuid}!\n`;
  setMediaCounts(channel);
  return '+OK:\n';
}

function hangUpAll({ channels }: ApiOptions, argument: string): string {
  const cause = argument === '' ? 'MANAGER_REQUEST' : hangupCauseNamed(argument.split(/ +/)[0] ?? '');
  for (const channel of [...channels.values()]) channel.hangUp(cause);
  return `+OK hangup all channels with cause ${cause}\n`;
}
