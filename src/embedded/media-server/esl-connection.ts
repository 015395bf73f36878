import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { faultOf, type Log } from '../log.ts';
import type { Channel } from './channel.ts';
import { CommandFraming, commandLimits, type EslCommand, strangersLimits } from './command-framing.ts';
import type { EventFormat, FsEvent } from './event.ts';
import type { EventBus, EventListener, Listening } from './event-bus.ts';
import { EventFilter } from './event-filter.ts';
import type { EventName } from './event-names.ts';

/** What a connection may ask of its server. */
export interface EslContext {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  /** Carries out a command; what it answers is up to it. */
  readonly run: (connection: EslConnection, command: EslCommand) => void;
}

/** A client that does not read is cut off when this much waits for it, in bytes. */
const mostUnread = 8 * 1_048_576;
/** How long a client may take to authenticate, or an application to say `connect`, in milliseconds. */
const patience = 25_000;

const goodbye = 'Disconnected, goodbye.\n';

/**
 * One connection of the event socket: a client that connected and authenticates, or the application's socket that we
 * connected to for one channel. It frames, keeps what the client has subscribed to, and is told of every event.
 */
export class EslConnection implements EventListener {
  readonly #socket: Socket;
  readonly #context: EslContext;
  readonly #framing = new CommandFraming();
  readonly #onClosed: () => void;
  readonly #listening: Listening;
  readonly filter = new EventFilter();
  readonly events = new Set<EventName>();
  readonly customEvents = new Set<string>();
  /** The channel that this is the socket of. */
  readonly channel: Channel | undefined;
  allEvents = false;
  format: EventFormat = 'plain';
  authenticated: boolean;
  /** `myevents`: only those of one channel. */
  onlyEventsOf: string | undefined;
  /** Whether, and for how many seconds, it stays when its channel has ended; −1 is for ever. */
  linger: number | undefined;
  #cancelPatience: () => void;
  #cancelLinger: (() => void) | undefined;
  #closed = false;

  constructor(socket: Socket, context: EslContext, onClosed: () => void, channel?: Channel) {
    this.#socket = socket;
    this.#context = context;
    this.#onClosed = onClosed;
    this.channel = channel;
    this.authenticated = channel !== undefined;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => this.#drop());
    socket.on('close', () => this.#drop());
    // Half-open connections are of no use: whoever has finished will not read answers.
    socket.on('end', () => this.disconnect());
    this.#cancelPatience = context.clock.after(patience, () => this.disconnect());
    this.#listening = context.bus.listen(this);
    if (channel === undefined) this.#write('Content-Type: auth/request\n\n');
  }

  get closed(): boolean {
    return this.#closed;
  }

  get focus(): string | undefined {
    return this.onlyEventsOf ?? this.filter.focus;
  }

  wants(name: EventName): boolean {
    return this.authenticated && (this.allEvents || this.events.has(name));
  }

  /** The client has said who it is, or taken up its channel. */
  settled(): void {
    this.#cancelPatience();
    this.#cancelPatience = () => {};
  }

  /** Answers a command. */
  reply(text: string, headers: Readonly<Record<string, string>> = {}): void {
    const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
    this.#write(`Content-Type: command/reply\nReply-Text: ${text}\n${more.join('')}\n`);
  }

  /** Answers `connect` by the channel's data, which stand where other answers have their headers. */
  replyWith(event: FsEvent): void {
    this.#write(event.write('plain'));
  }

  /** Answers an `api` command. */
  respond(body: string): void {
    const text = body === '' ? '-ERR no reply\n' : body;
    this.#write(`Content-Type: api/response\nContent-Length: ${Buffer.byteLength(text)}\n\n${text}`);
  }

  hear(event: FsEvent): void {
    if (!this.wants(event.name) || !this.#passes(event)) return;
    const body = event.write(this.format);
    this.#write(`Content-Length: ${Buffer.byteLength(body)}\nContent-Type: text/event-${this.format}\n\n${body}`);
  }

  /** The channel has ended and its events are out: says so, and closes now or after lingering. */
  channelEnded(): void {
    const { channel, linger } = this;
    if (channel === undefined || this.#closed) return;
    if (linger === undefined) {
      this.disconnect();
      return;
    }
    this.#write(
      `Content-Type: text/disconnect-notice\nControlled-Session-UUID: ${channel.uuid}\n` +
        `Content-Disposition: linger\nChannel-Name: ${channel.name}\nLinger-Time: ${linger}\nContent-Length: 0\n\n`,
    );
    if (linger >= 0) this.#cancelLinger = this.#context.clock.after(linger * 1_000, () => this.disconnect());
  }

  /** Says goodbye and closes. Calling it again does nothing. */
  disconnect(): void {
    if (this.#closed) return;
    const about =
      this.channel === undefined
        ? ''
        : `Controlled-Session-UUID: ${this.channel.uuid}\nContent-Disposition: disconnect\n`;
    this.#write(`Content-Type: text/disconnect-notice\n${about}Content-Length: ${goodbye.length}\n\n${goodbye}`);
    this.#socket.end();
    this.#drop();
    // Whoever does not close in turn is not waited for.
    this.#context.clock.after(1_000, () => this.#socket.destroy());
  }

  #passes(event: FsEvent): boolean {
    const isOther = event.name === 'CUSTOM' && !this.customEvents.has(event.get('Event-Subclass') ?? '');
    if (isOther && !this.allEvents) return false;
    if (this.onlyEventsOf !== undefined && event.get('Unique-ID') !== this.onlyEventsOf) return false;
    return this.filter.passes(event);
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    const commands = this.#framing.push(chunk, this.authenticated ? commandLimits : strangersLimits);
    if (commands === 'too-long') {
      this.reply('-ERR command parse error.');
      this.disconnect();
      return;
    }
    for (const command of commands) {
      if (this.#closed) return;
      try {
        this.#context.run(this, command);
        this.#listening.refocus();
      } catch (error) {
        this.#context.log.error({ fault: faultOf(error) }, 'Carrying out a command of the event socket failed');
        this.reply('-ERR internal error');
      }
    }
  }

  #write(text: string): void {
    if (this.#closed || !this.#socket.writable) return;
    if (this.#socket.writableLength <= mostUnread) {
      this.#socket.write(text);
      return;
    }
    this.#context.log.warn({}, 'A client of the event socket does not read, and is cut off');
    this.#socket.destroy();
    this.#drop();
  }

  #drop(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelPatience();
    this.#cancelLinger?.();
    this.#listening.stop();
    this.#onClosed();
  }
}
