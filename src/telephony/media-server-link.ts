import { createServer } from 'node:net';
import type Mrf from 'drachtio-fsmrf';
import type { Endpoint, MediaServer } from 'drachtio-fsmrf';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { backOff } from './back-off.ts';
import { EndpointLease } from './endpoint-lease.ts';
import { guardEventSockets } from './event-socket-guard.ts';
import { offerForMediaServer } from './media-security.ts';
import { probeMediaServer, SIP_PROFILE } from './media-server-probe.ts';
import { type MediaServerVitals, Pulse, vitalsOfHeartbeat, vitalsOfStatus } from './media-server-pulse.ts';
import { nameOf, type ServerAddress } from './server-address.ts';
import { describe, type Settled, settle } from './settle.ts';
import type { Srf } from './srf.ts';

/** Where media servers report their calls to. */
export interface EventSocketListen {
  /** The address of this machine to listen on. */
  readonly host: string;
  /** 0 or absent: any free port, a new one for each media server. Otherwise the first one listens here, the others on the ports behind. */
  readonly port?: number;
  /** The IPv4 address that media servers are told to connect to; absent, the one listened on. */
  readonly advertised?: string;
}

export interface MediaServerLinkOptions {
  readonly address: ServerAddress;
  readonly mrf: Mrf;
  readonly srf: Srf;
  readonly clock: Clock;
  readonly log: Log;
  readonly listen: EventSocketListen;
  /** The link went up or down. */
  readonly onChange: () => void;
}

/** How long drachtio-fsmrf gets to connect, in milliseconds; it gives up after one second where it gives up at all. */
const CONNECT_DEADLINE = 3_000;

/** How often the media server is asked for a sign of life, and how long it gets, in milliseconds. */
const CHECK_INTERVAL = 10_000;
const CHECK_DEADLINE = 5_000;

/** How long it gets when one of its calls has just lost its event socket. */
const CONFIRM_DEADLINE = 1_000;

/** How long an endpoint may take to be made, in milliseconds; drachtio-fsmrf itself waits 4 s for its event socket. */
const ENDPOINT_DEADLINE = 4_500;

/** So many endpoints are made at a time: if all of fifty calls at one instant were, all of them would be late. */
const MOST_MAKING = 10;

/** How long a call may wait for its turn at that, in milliseconds. Its caller hears it ring meanwhile. */
const TURN_DEADLINE = 15_000;

/** A media server that could not make an endpoint comes last for this long, in milliseconds. */
const SUSPICION = 10_000;

/** What an endpoint is asked for. */
export interface EndpointRequest {
  /** The caller's session description, or one that stands for it. */
  readonly offer: string;
  /** The IP address that the INVITE came from; the embedded media server latches to nothing else. */
  readonly signallingSource: string;
  readonly signal: AbortSignal;
}

/** How loaded a media server is, for choosing among several. */
export interface MediaServerLoad {
  readonly name: string;
  readonly up: boolean;
  /** Whether it failed to make an endpoint a moment ago, or its heartbeats stay away. */
  readonly suspect: boolean;
  /** Sessions on it that are known of: those it reported, and ours since. */
  readonly sessions: number;
  /** 0 while it has not said. */
  readonly maxSessions: number;
  /** The share of its processors that was idle when it last said, 0–100; undefined while it has not. */
  readonly idleCpu: number | undefined;
}

/**
 * The connection to one media server, kept up until it is closed: probe, connect, wait for its loss, wait longer and
 * longer, again. When it is lost, the endpoints on it are told so first, then the pool.
 */
export class MediaServerLink {
  readonly name: string;
  readonly #options: MediaServerLinkOptions;
  readonly #leases = new Set<EndpointLease>();
  #mediaServer: MediaServer | undefined;
  #vitals: MediaServerVitals | undefined;
  #leasesWhenReported = 0;
  #pulse: Pulse | undefined;
  /** Aborted when the connection that is up now is lost or closed. */
  #connection = new AbortController();
  /** Endpoints that are being made: calls that come at one moment must not all go to the one that was idle then. */
  #making = 0;
  #turnsTaken = 0;
  readonly #waitingForTurn: (() => void)[] = [];
  #suspectUntil = 0;
  #closed = false;
  #wake: (() => void) | undefined;
  #lastComplaint: string | undefined;

  constructor(options: MediaServerLinkOptions) {
    this.#options = options;
    this.name = nameOf(options.address);
  }

  get up(): boolean {
    return this.#mediaServer !== undefined;
  }

  get leases(): number {
    return this.#leases.size;
  }

  /** Why the last attempt to connect failed, in words; undefined when there was none or it succeeded. */
  get complaint(): string | undefined {
    return this.#lastComplaint;
  }

  get load(): MediaServerLoad {
    const { sessions: reported = 0, maxSessions = 0, idleCpu } = this.#vitals ?? {};
    const others = Math.max(0, reported - this.#leasesWhenReported);
    return {
      name: this.name,
      up: this.up,
      suspect: this.#options.clock.monotonic() < this.#suspectUntil || this.#pulse?.stopped === true,
      sessions: others + this.#leases.size + this.#making,
      maxSessions,
      idleCpu,
    };
  }

  /** Keeps the connection up until {@link close}. Resolves then; never rejects. */
  async run(): Promise<void> {
    for (let attempt = 1; !this.#closed; attempt += 1) {
      const complaint = await this.#connect();
      if (complaint === undefined) {
        attempt = 0;
        await this.#untilLost();
      } else {
        this.#complain(complaint);
      }
      await this.#sleep(backOff(Math.max(1, attempt), { first: 500, longest: 15_000 }));
    }
  }

  /** Logs why it could not be connected to, once for each new reason. */
  #complain(complaint: string): void {
    if (complaint !== this.#lastComplaint && !this.#closed) {
      this.#options.log.error({ mediaServer: this.name, why: complaint }, 'The media server cannot be used');
    }
    this.#lastComplaint = complaint;
  }

  /** One attempt to connect. Answers what was wrong, or undefined when the link is up. */
  async #connect(): Promise<string | undefined> {
    const { address, clock, listen, mrf, log } = this.#options;
    const verdict = await probeMediaServer(address, clock);
    if (this.#closed) return 'closed';
    if (verdict !== 'usable') return PROBE_COMPLAINTS[verdict];
    const listenPort = listen.port ?? 0;
    const inUse = await whyNotListen(listen.host, listenPort);
    if (inUse !== undefined) return `the event socket cannot listen on ${listen.host}:${listenPort} (${inUse})`;
    const settled = await settle(
      () =>
        mrf.connect({
          address: address.host,
          port: address.port,
          secret: address.secret,
          listenAddress: listen.host,
          listenPort,
          ...(listen.advertised === undefined ? {} : { advertisedAddress: listen.advertised }),
          profile: SIP_PROFILE,
        }),
      { clock, deadline: CONNECT_DEADLINE, late: disconnect },
    );
    if (settled.kind !== 'done') return describe(settled);
    if (this.#closed) {
      disconnect(settled.value);
      return 'closed';
    }
    this.#begin(settled.value);
    log.info({ mediaServer: this.name, port: settled.value.listenPort }, 'Connected to the media server');
    return undefined;
  }

  #begin(mediaServer: MediaServer): void {
    const { log } = this.#options;
    guardEventSockets(mediaServer, log);
    mediaServer.on('error', () => log.debug({ mediaServer: this.name }, 'The media server reports an error'));
    this.#connection = new AbortController();
    this.#hear(undefined);
    this.#suspectUntil = 0;
    this.#pulse = new Pulse(this.#options.clock, () => {
      log.warn({ mediaServer: this.name }, 'The heartbeats of the media server stay away; it is used last');
    });
    mediaServer.conn.on('esl::event::HEARTBEAT::*', (event) => {
      if (this.#mediaServer !== mediaServer) return;
      this.#pulse?.beat();
      this.#hear(vitalsOfHeartbeat(event));
    });
    this.#lastComplaint = undefined;
    this.#mediaServer = mediaServer;
    // Heartbeats come every few seconds only, and one that has just come back is to get its share at once.
    void this.#isAlive(mediaServer, CHECK_DEADLINE);
    this.#options.onChange();
  }

  #hear(vitals: MediaServerVitals | undefined): void {
    this.#vitals = vitals;
    this.#leasesWhenReported = this.#leases.size + this.#making;
  }

  /** Waits until the connection is closed, by either side, or its sign of life is missing. */
  #untilLost(): Promise<void> {
    const mediaServer = this.#mediaServer;
    if (mediaServer === undefined) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    let cancelCheck: Cancel = () => undefined;
    const lost = (): void => {
      cancelCheck();
      this.#wake = undefined;
      if (this.#mediaServer !== mediaServer) return;
      this.#mediaServer = undefined;
      this.#connection.abort();
      this.#pulse?.close();
      disconnect(mediaServer);
      if (!this.#closed) {
        this.#options.log.error({ mediaServer: this.name, calls: this.#leases.size }, 'The media server is lost');
      }
      for (const lease of [...this.#leases]) lease.lose('media-server-lost');
      this.#options.onChange();
      resolve();
    };
    const check = async (): Promise<void> => {
      if (!(await this.#isAlive(mediaServer, CHECK_DEADLINE))) return lost();
      if (this.#mediaServer === mediaServer) cancelCheck = this.#options.clock.after(CHECK_INTERVAL, check);
    };
    cancelCheck = this.#options.clock.after(CHECK_INTERVAL, check);
    mediaServer.on('end', lost);
    this.#wake = lost;
    return promise;
  }

  async #isAlive(mediaServer: MediaServer, deadline: number): Promise<boolean> {
    if (!mediaServer.connected()) return false;
    const { signal } = this.#connection;
    const settled = await settle(() => mediaServer.api('status'), { clock: this.#options.clock, deadline, signal });
    if (settled.kind !== 'done') return false;
    if (this.#mediaServer === mediaServer) this.#hear(vitalsOfStatus(settled.value));
    return true;
  }

  #sleep(milliseconds: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#wake = undefined;
        resolve();
      };
      const cancel = this.#options.clock.after(milliseconds, wake);
      this.#wake = wake;
    });
  }

  /** Waits until not too many endpoints are being made; whoever has a turn passes it on. */
  async #takeTurn(signal: AbortSignal): Promise<Settled<void>> {
    if (this.#turnsTaken < MOST_MAKING) {
      this.#turnsTaken += 1;
      return { kind: 'done', value: undefined };
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const wait = (): Promise<void> => {
      this.#waitingForTurn.push(resolve);
      return promise;
    };
    return settle(wait, { clock: this.#options.clock, deadline: TURN_DEADLINE, signal, late: () => this.#passTurn() });
  }

  #passTurn(): void {
    const next = this.#waitingForTurn.shift();
    if (next === undefined) this.#turnsTaken -= 1;
    else next();
  }

  /**
   * Makes an endpoint for one call. One that comes too late, because the signal was aborted or the deadline passed,
   * is destroyed. Never rejects.
   */
  async createEndpoint({ offer, signallingSource, signal }: EndpointRequest): Promise<Settled<EndpointLease>> {
    const { clock, log, srf } = this.#options;
    const mediaServer = this.#mediaServer;
    if (mediaServer === undefined) return { kind: 'failed', fault: { kind: 'gone' } };
    const lease = (endpoint: Endpoint): EndpointLease => new EndpointLease(endpoint, { clock, log, srf });
    this.#making += 1;
    const turn = await this.#takeTurn(signal);
    if (turn.kind !== 'done') {
      this.#making -= 1;
      return turn;
    }
    const settled = await settle(
      () =>
        mediaServer.createEndpoint({
          remoteSdp: offerForMediaServer(offer),
          headers: { 'X-Signalling-Source': signallingSource },
        }),
      {
        clock,
        deadline: ENDPOINT_DEADLINE,
        signal,
        late: (endpoint) => {
          log.info({ mediaServer: this.name }, 'An endpoint came too late and is released');
          void this.#hold(lease(endpoint), mediaServer).release();
        },
      },
    );
    this.#making -= 1;
    this.#passTurn();
    if (settled.kind === 'done') return { kind: 'done', value: this.#hold(lease(settled.value), mediaServer) };
    if (settled.kind !== 'aborted' && !isOfferRefused(settled)) this.#suspectUntil = clock.monotonic() + SUSPICION;
    return settled;
  }

  #hold(lease: EndpointLease, mediaServer: MediaServer): EndpointLease {
    this.#leases.add(lease);
    lease.onReleased(() => this.#leases.delete(lease));
    lease.onSocketLost(async () => {
      // The event sockets of a media server that has died all close at once, in no order: ask it before judging.
      const alive = this.#mediaServer === mediaServer && (await this.#isAlive(mediaServer, CONFIRM_DEADLINE));
      lease.lose(alive ? 'media-lost' : 'media-server-lost');
    });
    if (this.#mediaServer !== mediaServer) lease.lose('media-server-lost');
    return lease;
  }

  /** Disconnects and never connects again. The endpoints that are left are lost with it. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }
}

/** Statuses that speak of the offer and not of the media server: another one would say the same. */
const OFFER_STATUSES: ReadonlySet<number> = new Set([400, 415, 488, 606]);

/** Whether an endpoint was not made because of what the caller offers. */
export function isOfferRefused<T>(settled: Settled<T>): boolean {
  if (settled.kind !== 'failed' || settled.fault.kind !== 'sip-status') return false;
  return OFFER_STATUSES.has(settled.fault.status);
}

const PROBE_COMPLAINTS = {
  'wrong-secret': 'it refuses the secret',
  'not-admitted': 'its access list does not admit this machine',
  'no-sip-profile': `it has no SIP profile named ${SIP_PROFILE} with an IPv4 address`,
  unreachable: 'it cannot be reached',
} as const;

/**
 * Ends a connection together with what the library would leave behind: its timer for reconnecting goes off even after
 * `disconnect`, and would bring up a connection that nobody knows of.
 */
function disconnect(mediaServer: MediaServer): void {
  const { conn } = mediaServer;
  const { socket } = conn;
  conn.closing = true;
  clearTimeout(conn.reconnectVars.retryTimer ?? undefined);
  mediaServer.removeAllListeners('end');
  mediaServer.disconnect();
  socket?.destroySoon();
}

/** The library does not listen for errors of the server it makes: one would end the process. So it is tried first. */
function whyNotListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
