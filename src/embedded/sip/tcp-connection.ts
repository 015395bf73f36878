import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../clock.ts';
import type { MessageLimits } from './limits.ts';
import { type StreamFlaw, StreamFramer } from './stream-framer.ts';
import { TimerSet } from './timer-set.ts';
import type { SocketAddress } from './transport.ts';

/** Times in milliseconds and sizes in bytes that bound what one connection can hold of us. */
export interface ConnectionBounds {
  /** A connection that we open is there by then, or cannot be had. */
  readonly connect: number;
  /** Who has connected says something whole within this time; and a message that has begun ends within it. */
  readonly message: number;
  /** A connection on which nothing comes for so long is closed; pings (RFC 5626 §3.5.1) keep it open. */
  readonly idle: number;
  /** A peer that takes nothing of what waits for it for so long is given up. */
  readonly stalled: number;
  /** What may wait for a peer that does not read. */
  readonly unsentBytes: number;
  /** What was sent last has this long to be read before the connection is cut. */
  readonly linger: number;
}

export const defaultBounds: ConnectionBounds = {
  connect: 5_000,
  message: 10_000,
  idle: 1_800_000,
  stalled: 30_000,
  unsentBytes: 262_144,
  linger: 2_000,
};

export interface TcpConnectionOptions {
  readonly socket: Socket;
  readonly remote: SocketAddress;
  readonly side: 'accepted' | 'opened';
  readonly clock: Clock;
  readonly limits: MessageLimits;
  readonly bounds: ConnectionBounds;
  onMessage(bytes: Buffer, flaw: StreamFlaw | undefined): void;
  /** The peer speaks TLS where that is not spoken; the connection ends. */
  onTlsGreeting(): void;
  /** Called once. An error says that something which was sent, or was to be, may not have arrived. */
  onClosed(error: Error | undefined): void;
}

const pong = Buffer.from('\r\n');
/** The first byte of a TLS handshake (RFC 8446 §5.1), with which no SIP message begins. */
const tlsHandshake = 22;

/*
 *   opened --connected--> open --broken message, idle, not reading--> closing --> closed
 *     | refused, too late   | closed by the peer, error                              ^
 *     +---------------------+--------------------------------------------------------+
 */

/** One connection with a peer: cuts what comes into messages, and bounds in time and bytes what the peer can hold of us. */
export class TcpConnection {
  readonly remote: SocketAddress;
  readonly #options: TcpConnectionOptions;
  readonly #socket: Socket;
  readonly #framer: StreamFramer;
  readonly #timers: TimerSet<'connect' | 'message' | 'idle' | 'stalled' | 'linger'>;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #heard = false;
  #error: Error | undefined;
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;

  constructor(options: TcpConnectionOptions) {
    this.#options = options;
    this.remote = options.remote;
    const { socket, clock, limits, bounds, side } = options;
    this.#socket = socket;
    this.#framer = new StreamFramer(limits);
    this.#timers = new TimerSet(clock, (name) => this.#onTimer(name));
    socket.setNoDelay(true);
    // Finds out that a peer is gone without a word, long before the idle time is over.
    socket.setKeepAlive(true, 60_000);
    if (side === 'opened') this.#timers.start('connect', bounds.connect);
    else this.#timers.start('message', bounds.message);
    socket.on(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      this.#timers.stop('connect');
      this.#timers.start('idle', bounds.idle);
    });
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('drain', () => this.#timers.stop('stalled'));
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#state = 'closed';
        this.#timers.stopAll();
        options.onClosed(this.#error);
        resolve();
      });
    });
  }

  /** Whether something can be sent. */
  get open(): boolean {
    return this.#state === 'open' && this.#socket.writable;
  }

  /** Whether a whole message ever came. */
  get heard(): boolean {
    return this.#heard;
  }

  /** Sends; a peer that does not read is given up when too much waits for it. */
  send(bytes: Buffer): void {
    if (!this.open) return;
    const { bounds } = this.#options;
    if (this.#socket.write(bytes) || this.#socket.connecting) {
      if (this.#socket.writableLength > bounds.unsentBytes) this.#giveUp('The peer cannot be sent so much');
      return;
    }
    if (this.#socket.writableLength > bounds.unsentBytes) this.#giveUp('The peer does not read what it is sent');
    else if (!this.#timers.has('stalled')) this.#timers.start('stalled', bounds.stalled);
  }

  /** Ends the connection; what was sent before goes out first. */
  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#timers.stopAll();
    this.#timers.start('linger', this.#options.bounds.linger);
    this.#socket.destroySoon();
    // What still comes is not looked at, but must be taken for the peer to see the end of our side.
    this.#socket.resume();
  }

  /** Cuts the connection at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    if (this.#state !== 'open') return;
    const { bounds } = this.#options;
    if (!this.#heard && !this.#framer.unfinished && chunk[0] === tlsHandshake) {
      this.#options.onTlsGreeting();
      this.destroy();
      return;
    }
    for (const frame of this.#framer.push(chunk)) {
      if (!this.open) return;
      switch (frame.kind) {
        case 'ping':
          this.send(pong);
          break;
        case 'message':
          this.#heard = true;
          this.#timers.stop('message');
          this.#options.onMessage(frame.bytes, undefined);
          break;
        case 'broken':
          this.#options.onMessage(frame.bytes, frame.flaw);
          this.end();
          return;
      }
    }
    if (!this.open) return;
    // One timer for all of a message, however many pieces it comes in; pings do not stop it for who has said nothing yet.
    if (this.#framer.unfinished && !this.#timers.has('message')) this.#timers.start('message', bounds.message);
    this.#timers.start('idle', bounds.idle);
  }

  #onTimer(name: 'connect' | 'message' | 'idle' | 'stalled' | 'linger'): void {
    switch (name) {
      case 'connect':
        this.#giveUp('The connection could not be made in time');
        return;
      case 'stalled':
        this.#giveUp('The peer does not read what it is sent');
        return;
      case 'message':
      case 'idle':
        this.end();
        return;
      case 'linger':
        this.#socket.destroy();
    }
  }

  #giveUp(reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closing';
    this.#error ??= new Error(reason);
    this.#socket.destroy();
  }
}
