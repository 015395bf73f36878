import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Cancel, Clock } from '../clock.ts';
import { faultOf, type Log } from '../log.ts';
import { type Command, parseCommand } from './command.ts';
import { FrameReader, frame } from './frame-reader.ts';
import { plainReply, protocolVersion } from './wire.ts';

/** One message of an application, in bytes: the most that five digits can say, and before it has signed in, far less. */
const maxMessageBytes = 99_999;
const maxBytesBeforeSignIn = 1_024;
/** An application that has not signed in after this time is no application. */
const signInMilliseconds = 10_000;
/** What may wait for an application that does not read; past it, it is given up. */
const maxUnsentBytes = 16 * 1_048_576;
/**
 * An application that pings, as drachtio-srf can, is taken for gone when it has said nothing for so many times as long as
 * between its last two pings: the network between may have died without a word.
 */
const silentIntervals = 3;
/** But never sooner than after so many milliseconds: a machine may be busy. */
const shortestSilence = 30_000;

/** What was sent last has this long to be read before the connection is cut. */
const lingerMilliseconds = 2_000;

/** The commands that concern SIP. */
export type SipCommand = Extract<Command, { kind: 'request' | 'response' }>;

export interface ApplicationOptions {
  readonly socket: Socket;
  readonly secret: string;
  /** "udp/127.0.0.1:5060", comma-separated: what it is told after signing in. */
  readonly hostPorts: () => string;
  readonly clock: Clock;
  readonly log: Log;
  onCommand(command: SipCommand): void;
  /** Called once, when nothing more can be sent or will come. */
  onClosed(): void;
}

/** One application's connection: it signs in with the secret, says what it wants to receive, and sends commands. */
export class Application {
  readonly #options: ApplicationOptions;
  readonly #reader = new FrameReader();
  readonly #routes = new Set<string>();
  #signedIn = false;
  #closed = false;
  #stopWaiting: Cancel;
  /** When it last said anything, and last pinged, on the clock's monotonic time. */
  #heardAt: number;
  #pingedAt: number | undefined;
  #pingInterval: number | undefined;
  /** Resolves when the connection is closed and nothing of it is left. */
  readonly closed: Promise<void>;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    const { socket, clock } = options;
    this.#heardAt = clock.monotonic();
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    this.#stopWaiting = clock.after(signInMilliseconds, () => this.close('did not sign in'));
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (error) => options.log.debug({ fault: faultOf(error) }, 'Application connection failed'));
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#stopWaiting();
        this.#closed = true;
        options.onClosed();
        resolve();
      });
    });
  }

  /** Whether it signed in and wants requests of this kind (lower-case, "invite", "cdr:start"). */
  wants(verb: string): boolean {
    return this.#signedIn && !this.#closed && this.#routes.has(verb);
  }

  get routes(): number {
    return this.#routes.size;
  }

  get open(): boolean {
    return !this.#closed;
  }

  /** Sends one message. What cannot be sent any more is dropped: the connection's end is reported by `onClosed`. */
  send(payload: Buffer): void {
    if (this.#closed) return;
    this.#options.socket.write(frame(payload));
    if (this.#options.socket.writableLength > maxUnsentBytes) this.close('does not read what it is sent');
  }

  /** Ends the connection; what was sent before goes out first. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    const { socket, clock, log } = this.#options;
    log.info({ reason }, 'Application disconnected');
    this.#stopWaiting();
    this.#stopWaiting = clock.after(lingerMilliseconds, () => socket.destroy());
    socket.destroySoon();
  }

  #onData(chunk: Buffer): void {
    if (this.#closed) return;
    this.#heardAt = this.#options.clock.monotonic();
    const result = this.#reader.push(chunk, this.#signedIn ? maxMessageBytes : maxBytesBeforeSignIn);
    if (result.kind === 'broken') {
      this.close(result.reason);
      return;
    }
    for (const payload of result.frames) {
      if (this.#closed) return;
      this.#onCommand(parseCommand(payload));
    }
  }

  #onCommand(command: Command): void {
    if (!this.#signedIn && command.kind !== 'authenticate') {
      this.send(plainReply(command.id, 'NO', 'not authenticated'));
      this.close('sent a command before it signed in');
      return;
    }
    switch (command.kind) {
      case 'authenticate':
        this.#authenticate(command.id, command.secret);
        return;
      case 'ping':
        this.#pinged();
        this.send(plainReply(command.id, 'OK', 'pong'));
        return;
      case 'route':
        this.#routes.add(command.verb);
        this.send(plainReply(command.id, 'OK'));
        return;
      case 'remove-route':
        this.#routes.delete(command.verb);
        this.send(plainReply(command.id, 'OK'));
        return;
      case 'request':
      case 'response':
        this.#options.onCommand(command);
        return;
      case 'proxy':
        this.send(plainReply(command.id, 'NOK', 'proxying is not supported'));
        return;
      case 'bad-sip':
        this.send(plainReply(command.id, 'NOK', command.reason));
        return;
      case 'unknown':
        this.send(plainReply(command.id, 'NO', command.reason));
        this.close('sent an unknown command');
    }
  }

  #pinged(): void {
    const now = this.#options.clock.monotonic();
    const isFirstInterval = this.#pingInterval === undefined;
    if (this.#pingedAt !== undefined) this.#pingInterval = now - this.#pingedAt;
    this.#pingedAt = now;
    if (isFirstInterval && this.#pingInterval !== undefined) this.#watchForSilence();
  }

  /** Looks again when the silence could be too long by then; one timer, however much is said. */
  #watchForSilence(): void {
    const { clock } = this.#options;
    const patience = Math.max(shortestSilence, silentIntervals * (this.#pingInterval ?? 0));
    const left = this.#heardAt + patience - clock.monotonic();
    this.#stopWaiting();
    if (left > 0) this.#stopWaiting = clock.after(left, () => this.#watchForSilence());
    else this.close('does not ping any more');
  }

  #authenticate(id: string, secret: string): void {
    const digest = (text: string) => createHash('sha256').update(text).digest();
    if (!timingSafeEqual(digest(secret), digest(this.#options.secret))) {
      this.#options.log.warn({ from: this.#options.socket.remoteAddress }, 'Application gave a wrong secret');
      this.send(plainReply(id, 'NO', 'incorrect secret'));
      this.close('wrong secret');
      return;
    }
    this.#signedIn = true;
    this.#stopWaiting();
    const hostPorts = this.#options.hostPorts();
    this.send(plainReply(id, 'OK', `${hostPorts}|${protocolVersion}|${hostPorts}`));
  }
}

/** The applications that are connected, and whose turn it is. */
export class Applications {
  readonly #all = new Set<Application>();
  readonly #lastServed = new Map<string, Application>();

  get size(): number {
    return this.#all.size;
  }

  get routes(): number {
    return [...this.#all].reduce((sum, application) => sum + application.routes, 0);
  }

  add(application: Application): void {
    this.#all.add(application);
  }

  remove(application: Application): void {
    this.#all.delete(application);
    for (const [verb, last] of this.#lastServed) if (last === application) this.#lastServed.delete(verb);
  }

  /** Whether any application wants requests of this kind. */
  want(verb: string): boolean {
    return this.#all.values().some((application) => application.wants(verb));
  }

  /** The next application in turn that wants requests of this kind; `undefined` when none does. */
  next(verb: string): Application | undefined {
    const willing = [...this.#all].filter((application) => application.wants(verb));
    const last = this.#lastServed.get(verb);
    const after = last === undefined ? -1 : willing.indexOf(last);
    const chosen = willing[(after + 1) % Math.max(willing.length, 1)];
    if (chosen !== undefined) this.#lastServed.set(verb, chosen);
    return chosen;
  }

  /** Ends every connection; resolves when they are closed. */
  async closeAll(reason: string): Promise<void> {
    const all = [...this.#all];
    for (const application of all) application.close(reason);
    await Promise.all(all.map((application) => application.closed));
  }
}
