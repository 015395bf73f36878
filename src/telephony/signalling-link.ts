import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Cancel, Clock } from '../domain/clock.ts';
import { errorCode } from '../domain/error-code.ts';
import type { Log } from '../domain/log.ts';
import { backOff } from './back-off.ts';
import { guardData } from './event-socket-guard.ts';
import { askServer, nameOf, type ServerAddress, type Step } from './server-address.ts';
import { createSrf, type DrachtioAgent, type Srf } from './srf.ts';
import { guardWire } from './wire-guard.ts';

/** How long one attempt to reach drachtio may take, in milliseconds. */
const ATTEMPT = 3_000;

/** The longest wait between two attempts of drachtio-srf to reconnect, in milliseconds; left alone, it grows for ever. */
const LONGEST_RETRY = 5_000;

/** How often drachtio is asked for a sign of life, in milliseconds; it has as long to give one. */
const PING_INTERVAL = 5_000;

/** How long a sign of life may take when something behind drachtio was lost, in milliseconds. */
const CONFIRM_DEADLINE = 1_000;

export interface SignallingLinkOptions {
  readonly drachtio: ServerAddress;
  readonly clock: Clock;
  readonly log: Log;
  /** The connection has gone: no call can be signalled any more. */
  readonly onLost: () => void;
}

type LinkState = 'connecting' | 'up' | 'lost' | 'closed';

/**
 * The connection to drachtio. drachtio-srf reconnects by itself; this says when the link is up, notices a connection
 * that has died without being closed, and closes everything. Calls do not outlive it: drachtio forgets the dialogs of
 * an application that goes away, without a BYE.
 *
 *     connecting ──► up ──► lost ──► up …          closed is reached from each
 */
export class SignallingLink {
  readonly srf: Srf;
  readonly #options: SignallingLinkOptions;
  readonly #agent: DrachtioAgent;
  #state: LinkState = 'connecting';
  #opening: PromiseWithResolvers<void> | undefined;
  #heard = false;
  readonly #asking = new Set<(alive: boolean) => void>();
  #cancelPing: Cancel | undefined;

  private constructor(options: SignallingLinkOptions) {
    this.#options = options;
    this.srf = createSrf();
    const { host, port, secret } = options.drachtio;
    this.srf.on('connect', (error: unknown) => this.#onConnect(error));
    this.srf.on('close', () => this.#onClose());
    this.srf.on('error', (error: unknown) => {
      options.log.debug({ code: codeOf(error) }, 'The connection to drachtio has an error');
    });
    this.srf.connect({ host, port, secret, reconnect: { retryMaxDelay: LONGEST_RETRY } });
    const agent = this.srf.app.client;
    if (agent === undefined) throw new Error('drachtio-srf made no agent');
    this.#agent = agent;
    guardWire(agent.wp, {
      log: options.log,
      onMessage: () => {
        this.#heard = true;
        this.#conclude(true);
      },
    });
  }

  /**
   * Connects to drachtio. `prepare` sets up the routes before the connection is made. Tries again for up to
   * `deadline` milliseconds while drachtio cannot be reached. Rejects with an error that names the server when it
   * could not be, and at once when it refuses the secret.
   */
  static async open(
    options: SignallingLinkOptions,
    prepare: (srf: Srf) => void,
    deadline: number,
  ): Promise<SignallingLink> {
    const { clock, drachtio } = options;
    const giveUp = clock.monotonic() + deadline;
    for (let attempt = 1; ; attempt += 1) {
      const reached = await authenticate(drachtio, clock);
      if (reached === 'accepted') break;
      if (reached === 'wrong-secret') throw new Error(`drachtio at ${nameOf(drachtio)} refuses the secret`);
      const wait = backOff(attempt, { first: 100, longest: 2_000 });
      if (clock.monotonic() + wait >= giveUp) throw new Error(`drachtio at ${nameOf(drachtio)} cannot be reached`);
      await new Promise<void>((resolve) => clock.after(wait, resolve));
    }
    const link = new SignallingLink(options);
    prepare(link.srf);
    await link.#opened();
    return link;
  }

  /** Whether requests can be sent and received now. */
  get up(): boolean {
    return this.#state === 'up';
  }

  /** Leaves new calls to the other applications of drachtio, which answers them with 503 where there is none. */
  leaveCallsToOthers(): void {
    if (this.up) this.srf.unregisterForMessages('invite');
  }

  #opened(): Promise<void> {
    const opening = Promise.withResolvers<void>();
    this.#opening = opening;
    const { clock, drachtio } = this.#options;
    const cancel = clock.after(ATTEMPT, () => {
      opening.reject(new Error(`drachtio at ${nameOf(drachtio)} cannot be reached`));
    });
    return opening.promise
      .catch((error: unknown) => {
        this.close();
        throw error;
      })
      .finally(cancel);
  }

  #onConnect(error: unknown): void {
    if (this.#state === 'closed') return;
    if (error) {
      this.#options.log.error({}, 'drachtio refuses the secret');
      // Otherwise drachtio-srf would begin anew with its shortest delay, for it did connect.
      this.#agent.wp.reconnectVars.retryDelay = LONGEST_RETRY;
      this.#opening?.reject(new Error(`drachtio at ${nameOf(this.#options.drachtio)} refuses the secret`));
      return;
    }
    for (const socket of this.#agent.mapServer.keys()) {
      socket.setNoDelay(true);
      // What is no frame makes the library throw an error with all that it has received in its text.
      guardData(socket, (fault) => this.#options.log.error({ fault }, 'drachtio sends what is no frame'));
    }
    const back = this.#state === 'lost';
    this.#state = 'up';
    this.#options.log.info({ drachtio: nameOf(this.#options.drachtio), back }, 'Connected to drachtio');
    this.#opening?.resolve();
    this.#watch();
  }

  #onClose(): void {
    if (this.#state !== 'up') return;
    this.#state = 'lost';
    this.#cancelPing?.();
    this.#conclude(false);
    this.#options.log.error({ drachtio: nameOf(this.#options.drachtio) }, 'The connection to drachtio is lost');
    this.#options.onLost();
  }

  /** Asks for a sign of life again and again; without one the connection is cut, which makes drachtio-srf reconnect. */
  #watch(): void {
    const socket = this.#socket();
    if (socket === undefined) return;
    this.#heard = false;
    this.#agent.wp.send(socket, 'ping');
    this.#cancelPing = this.#options.clock.after(PING_INTERVAL, () => {
      if (this.#state !== 'up') return;
      if (this.#heard) return this.#watch();
      this.#options.log.error({}, 'drachtio does not answer: cutting the connection');
      socket.destroy();
    });
  }

  /**
   * Asks drachtio for a sign of life, to tell the loss of something behind it from the loss of drachtio itself. False
   * when the connection is or gets lost; true as soon as it says anything, and also when it says nothing within a
   * second without being lost, for then nothing is known. Never rejects.
   */
  isAlive(): Promise<boolean> {
    const socket = this.#socket();
    if (!this.up || socket === undefined) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const cancel = this.#options.clock.after(CONFIRM_DEADLINE, () => answer(true));
    const answer = (alive: boolean): void => {
      cancel();
      this.#asking.delete(answer);
      resolve(alive);
    };
    this.#asking.add(answer);
    this.#agent.wp.send(socket, 'ping');
    return promise;
  }

  #conclude(alive: boolean): void {
    for (const answer of [...this.#asking]) answer(alive);
  }

  #socket(): Socket | undefined {
    return this.#agent.mapServer.keys().next().value;
  }

  /** Closes the connection and stops everything that would open it again. Calling it again does nothing. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancelPing?.();
    this.#conclude(false);
    const { wp, mapServer } = this.#agent;
    wp.closing = true;
    clearTimeout(wp.reconnectVars.retryTimer ?? undefined);
    for (const socket of mapServer.keys()) socket.destroySoon();
    wp.socket?.destroySoon();
  }
}

function codeOf(error: unknown): string {
  return errorCode(error) ?? (error instanceof Error ? error.name : typeof error);
}

/** Tries the secret on a connection of its own. */
function authenticate(drachtio: ServerAddress, clock: Clock): Promise<'accepted' | 'wrong-secret' | 'unreachable'> {
  const question = `${randomUUID()}|authenticate|${drachtio.secret}|`;
  let asked = false;
  return askServer(drachtio, {
    clock,
    deadline: ATTEMPT,
    converse: (received): Step<'accepted' | 'wrong-secret'> => {
      if (!asked) {
        asked = true;
        return { kind: 'send', text: `${Buffer.byteLength(question)}#${question}` };
      }
      const reply = /\|response\|[^|]*\|(OK|NO|NOK)(?:\||$)/.exec(received)?.[1];
      if (reply === undefined) return { kind: 'wait' };
      return { kind: 'concluded', conclusion: reply === 'OK' ? 'accepted' : 'wrong-secret' };
    },
  });
}
