import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Channel } from './channel.ts';
import { addCallerProfile, addChannelData } from './channel-data.ts';
import { isTrue } from './channel-variables.ts';
import type { EslCommand } from './command-framing.ts';
import type { EslConnection } from './esl-connection.ts';
import type { EventFormat } from './event.ts';
import type { EventBus } from './event-bus.ts';
import { type EventName, eventNamed } from './event-names.ts';
import { hangupCauseNamed } from './hangup-cause.ts';

export interface EslCommandOptions {
  readonly password: string;
  readonly bus: EventBus;
  readonly channelNamed: (uuid: string) => Channel | undefined;
  /** Carries out an `api` command; `undefined` when there is none of that name. */
  readonly api: (name: string, argument: string) => string | undefined;
}

/** The events of `myevents`. */
const ownEvents: readonly EventName[] = [
  'CHANNEL_ANSWER',
  'CHANNEL_APPLICATION',
  'CHANNEL_BRIDGE',
  'CHANNEL_CREATE',
  'CHANNEL_DATA',
  'CHANNEL_DESTROY',
  'CHANNEL_EXECUTE',
  'CHANNEL_EXECUTE_COMPLETE',
  'CHANNEL_HANGUP',
  'CHANNEL_HANGUP_COMPLETE',
  'CHANNEL_ORIGINATE',
  'CHANNEL_UUID',
  'CHANNEL_OUTGOING',
  'CHANNEL_PARK',
  'CHANNEL_PROGRESS',
  'CHANNEL_PROGRESS_MEDIA',
  'CHANNEL_STATE',
  'CHANNEL_UNBRIDGE',
  'CHANNEL_UNPARK',
  'DETECTED_SPEECH',
  'DTMF',
  'NOTALK',
  'TALK',
];

const mostCustomEvents = 256;
const syntaxError = '-ERR command not found';

type Handler = (connection: EslConnection, argument: string, command: EslCommand) => void;

/**
 * The commands of the event socket. FreeSWITCH goes by how a line begins, in this order, and so does this; a command
 * that it does not know is answered with −ERR.
 */
export class EslCommands {
  readonly #options: EslCommandOptions;
  readonly #handlers: readonly (readonly [beginning: string, handler: Handler])[];

  constructor(options: EslCommandOptions) {
    this.#options = options;
    this.#handlers = [
      ['filter ', (connection, argument) => this.#filter(connection, argument)],
      ['connect', (connection) => this.#connect(connection)],
      [
        'getvar',
        (connection, argument) => connection.reply(connection.channel?.variables.get(argument) ?? syntaxError),
      ],
      ['myevents', (connection, argument) => this.#myEvents(connection, argument)],
      ['divert_events', (connection, argument) => divertEvents(connection, argument)],
      ['sendmsg', (connection, argument, command) => this.#sendMessage(connection, argument, command)],
      ['sendevent', (connection) => connection.reply('-ERR events cannot be sent to the embedded media server')],
      ['api ', (connection, argument) => this.#api(connection, argument)],
      ['bgapi ', (connection, argument, command) => this.#backgroundApi(connection, argument, command)],
      ['log', (connection) => connection.reply('-ERR permission denied')],
      ['linger', (connection, argument) => linger(connection, argument)],
      ['nolinger', (connection) => noLinger(connection)],
      ['nolog', (connection) => connection.reply('-ERR not loging')],
      ['event', (connection, argument) => this.#event(connection, argument)],
      ['nixevent', (connection, argument) => this.#nixEvent(connection, argument)],
      ['noevents', (connection) => noEvents(connection)],
    ];
  }

  /** Carries out a command and answers it. */
  readonly run = (connection: EslConnection, command: EslCommand): void => {
    const line = command.line;
    const lower = line.toLowerCase();
    if (lower.startsWith('exit') || lower.startsWith('...')) {
      connection.reply('+OK bye');
      connection.disconnect();
      return;
    }
    if (!connection.authenticated) {
      this.#authenticate(connection, line, lower);
      return;
    }
    const found = this.#handlers.find(
      ([beginning]) => lower.startsWith(beginning) && (beginning !== 'connect' || connection.channel !== undefined),
    );
    if (found === undefined || (found[0] === 'getvar' && connection.channel === undefined)) {
      connection.reply(syntaxError);
      return;
    }
    const [beginning, handler] = found;
    handler(connection, line.slice(beginning.length).trim(), command);
  };

  #authenticate(connection: EslConnection, line: string, lower: string): void {
    if (!lower.startsWith('auth ')) {
      connection.reply(syntaxError);
      return;
    }
    if (!isSame(line.slice('auth '.length), this.#options.password)) {
      connection.reply('-ERR invalid');
      connection.disconnect();
      return;
    }
    connection.authenticated = true;
    connection.settled();
    connection.reply('+OK accepted');
  }

  #filter(connection: EslConnection, argument: string): void {
    const words = argument.split(/ +/);
    const isDelete = words[0]?.toLowerCase() === 'delete' && words.length > 1;
    const isAdd = words[0]?.toLowerCase() === 'add' && words.length > 2;
    const [header = '', ...rest] = isDelete || isAdd ? words.slice(1) : words;
    const value = rest.join(' ');
    if (isDelete) {
      if (header.toLowerCase() === 'all') connection.filter.clear();
      else connection.filter.remove(header, value === '' ? undefined : value);
      connection.reply(`+OK filter deleted. [${header}][${value}]`);
    } else if (value === '' || !connection.filter.add(header, value)) {
      connection.reply('-ERR invalid syntax');
    } else {
      connection.reply(`+OK filter added. [${header}]=[${value}]`);
    }
  }

  #connect(connection: EslConnection): void {
    const { channel } = connection;
    if (channel === undefined) return;
    connection.settled();
    const event = addCallerProfile(this.#options.bus.make('CHANNEL_DATA'), channel, 'Channel');
    addChannelData(event, channel)
      .add('Content-Type', 'command/reply')
      .add('Reply-Text', '+OK\n')
      .add('Socket-Mode', 'async')
      .add('Control', 'full');
    connection.replyWith(event);
  }

  #myEvents(connection: EslConnection, argument: string): void {
    if (connection.onlyEventsOf !== undefined) {
      connection.reply('-ERR aready enabled.');
      return;
    }
    const words = argument.split(/ +/);
    const channel = connection.channel ?? this.#options.channelNamed(words[0] ?? '');
    if (channel === undefined) {
      connection.reply('-ERR invalid uuid');
      return;
    }
    for (const name of ownEvents) connection.events.add(name);
    connection.onlyEventsOf = channel.uuid;
    const format = words.map((word) => word.toLowerCase()).find(isFormat);
    if (format !== undefined) connection.format = format;
    connection.reply('+OK Events Enabled');
  }

  #sendMessage(connection: EslConnection, argument: string, command: EslCommand): void {
    const uuid = argument || (command.headers.get('session-id') ?? '');
    const named = uuid === '' ? undefined : this.#options.channelNamed(uuid);
    const channel = uuid === '' || uuid === connection.channel?.uuid ? connection.channel : named;
    if (channel === undefined) {
      connection.reply(`-ERR invalid session id [${uuid}]`);
      return;
    }
    connection.reply('+OK');
    sendToChannel(channel, command);
  }

  #api(connection: EslConnection, argument: string): void {
    if (argument === '') {
      connection.reply(syntaxError);
      return;
    }
    connection.respond(this.#runApi(argument));
  }

  #backgroundApi(connection: EslConnection, argument: string, command: EslCommand): void {
    const job = command.headers.get('job-uuid') ?? randomUUID();
    connection.reply(`+OK Job-UUID: ${job}`, { 'Job-UUID': job });
    const [name = '', ...rest] = argument.split(' ');
    const event = this.#options.bus
      .make('BACKGROUND_JOB')
      .add('Job-UUID', job)
      .add('Job-Owner-UUID', connection.channel?.uuid)
      .add('Job-Command', name)
      .add('Job-Command-Arg', rest.length === 0 ? undefined : rest.join(' '));
    event.body = this.#runApi(argument);
    this.#options.bus.fire(event);
  }

  #runApi(argument: string): string {
    const at = argument.indexOf(' ');
    const name = at === -1 ? argument : argument.slice(0, at);
    const rest = at === -1 ? '' : argument.slice(at + 1).trim();
    return this.#options.api(name.toLowerCase(), rest) ?? `-ERR ${name} Command not found!\n`;
  }

  #event(connection: EslConnection, argument: string): void {
    const words = argument.split(/ +/).filter((word) => word !== '');
    const format = words[0]?.toLowerCase();
    if (format !== undefined && isFormat(format)) {
      connection.format = format;
      words.shift();
    }
    const { names, custom } = readEventWords(words);
    if (names.length === 0) {
      connection.reply('-ERR no keywords supplied');
      return;
    }
    for (const name of names) {
      if (name === 'ALL') connection.allEvents = true;
      else connection.events.add(name);
    }
    for (const subclass of custom) {
      if (connection.customEvents.size < mostCustomEvents) connection.customEvents.add(subclass);
    }
    connection.reply(`+OK event listener enabled ${connection.format}`);
  }

  #nixEvent(connection: EslConnection, argument: string): void {
    const { names, custom } = readEventWords(argument.split(/ +/).filter((word) => word !== ''));
    if (names.length === 0) {
      connection.reply('-ERR no keywords supplied');
      return;
    }
    for (const name of names) {
      if (name === 'ALL') {
        connection.allEvents = false;
        connection.events.clear();
      } else if (name !== 'CUSTOM') {
        connection.events.delete(name);
      }
    }
    for (const subclass of custom) connection.customEvents.delete(subclass);
    connection.reply('+OK events nixed');
  }
}

/** A message to a channel: to execute an application, or to hang up. Others are for what does not exist here. */
function sendToChannel(channel: Channel, { headers, body }: EslCommand): void {
  switch (headers.get('call-command')) {
    case 'execute': {
      const application = headers.get('execute-app-name');
      const argument = headers.get('execute-app-arg');
      const inBody = headers.get('content-type')?.toLowerCase() === 'text/plain';
      if (application === undefined || application === '') return;
      channel.execute(application, argument || (inBody ? body : undefined), headers.get('event-uuid'));
      return;
    }
    case 'hangup':
      channel.hangUp(hangupCauseNamed(headers.get('hangup-cause') ?? ''));
      return;
    default:
      return;
  }
}

/** The words of `event` and `nixevent`: names of events, and after CUSTOM those of its subclasses. */
function readEventWords(words: readonly string[]): { names: (EventName | 'ALL')[]; custom: string[] } {
  const names: (EventName | 'ALL')[] = [];
  const custom: string[] = [];
  for (const word of words) {
    if (names.includes('CUSTOM')) {
      // FreeSWITCH takes what follows CUSTOM for subclasses; clients write other events there, too, and mean them.
      const named = eventNamed(word);
      if (named === undefined) custom.push(word);
      else names.push(named);
      continue;
    }
    const name = eventNamed(word);
    if (name !== undefined) names.push(name);
  }
  return { names, custom };
}

function divertEvents(connection: EslConnection, argument: string): void {
  if (connection.channel === undefined) connection.reply('-ERR not controlling a session.');
  else if (argument === '') connection.reply('-ERR missing value.');
  else connection.reply(isTrue(argument) ? '+OK events diverted' : '+OK events not diverted');
}

function linger(connection: EslConnection, argument: string): void {
  if (connection.channel === undefined) {
    connection.reply('-ERR not controlling a session');
    return;
  }
  const seconds = argument === '' ? -1 : Math.min(Math.max(0, Number.parseInt(argument, 10) || 0), longestLinger);
  connection.linger = seconds;
  connection.reply(seconds === -1 ? '+OK will linger' : `+OK will linger ${seconds} seconds`);
}

const longestLinger = 86_400;

function noLinger(connection: EslConnection): void {
  if (connection.channel === undefined) {
    connection.reply('-ERR not controlling a session');
    return;
  }
  connection.linger = undefined;
  connection.reply('+OK will not linger');
}

function noEvents(connection: EslConnection): void {
  const listening = connection.allEvents || connection.events.size > 0;
  connection.allEvents = false;
  connection.events.clear();
  connection.customEvents.clear();
  connection.reply(listening ? '+OK no longer listening for events' : '-ERR not listening for events');
}

function isFormat(word: string): word is EventFormat {
  return word === 'plain' || word === 'json' || word === 'xml';
}

/** Compares secrets in a time that tells nothing of where they differ, or how long they are. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
