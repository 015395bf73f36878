import type Mrf from 'drachtio-fsmrf';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { EndpointLease } from './endpoint-lease.ts';
import {
  type EndpointRequest,
  type EventSocketListen,
  isOfferRefused,
  MediaServerLink,
  type MediaServerLoad,
} from './media-server-link.ts';
import type { ServerAddress } from './server-address.ts';
import { describe } from './settle.ts';
import type { Srf } from './srf.ts';

/** What came of asking for an endpoint. */
export type Acquisition =
  | { readonly kind: 'endpoint'; readonly lease: EndpointLease; readonly mediaServer: string }
  /** The caller's offer has nothing that the media server can do. */
  | { readonly kind: 'no-offer-in-common' }
  /** No media server is up, or none of them could. */
  | { readonly kind: 'no-media-server' }
  | { readonly kind: 'aborted' };

export interface MediaPoolOptions {
  readonly mediaServers: readonly ServerAddress[];
  readonly mrf: Mrf;
  readonly srf: Srf;
  readonly clock: Clock;
  readonly log: Log;
  readonly listen: EventSocketListen;
}

/** How many media servers are tried for one call: a caller waits in silence for each that fails. */
const MOST_ATTEMPTS = 3;

/** The media servers, shared out by load. */
export class MediaPool {
  readonly #links: readonly MediaServerLink[];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting = new Set<() => void>();
  #running: Promise<unknown> = Promise.resolve();
  #turn = 0;

  constructor({ mediaServers, listen, clock, log, ...libraries }: MediaPoolOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#links = mediaServers.map(
      (address, index) =>
        new MediaServerLink({
          ...libraries,
          address,
          clock,
          log,
          listen: listen.port ? { ...listen, port: listen.port + index } : listen,
          onChange: () => {
            if (this.up) for (const wake of [...this.#waiting]) wake();
          },
        }),
    );
  }

  /** Whether at least one media server can be used. */
  get up(): boolean {
    return this.#links.some((link) => link.up);
  }

  get loads(): readonly MediaServerLoad[] {
    return this.#links.map((link) => link.load);
  }

  /** How many endpoints are made and not released yet. */
  get endpoints(): number {
    return this.#links.reduce((sum, link) => sum + link.leases, 0);
  }

  /**
   * Connects to all media servers and keeps it so until {@link close}. Resolves as soon as one is up; rejects with an
   * error that names each and what is wrong with it when none is within `deadline` milliseconds.
   */
  async start(deadline: number): Promise<void> {
    this.#running = Promise.all(this.#links.map((link) => link.run()));
    if (this.up) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const cancel = this.#clock.after(deadline, () => {
      const reasons = this.#links.map((link) => `${link.name}: ${link.complaint ?? 'it gives no answer'}`);
      reject(new Error(`No media server can be used (${reasons.join('; ')})`));
    });
    try {
      await promise;
    } finally {
      cancel();
      this.#waiting.delete(resolve);
    }
  }

  /**
   * Makes an endpoint on the least loaded media server; when that fails, on the next one. Ends at once, with what comes
   * too late being released, when the request's signal is aborted. Never rejects.
   */
  async acquire(request: EndpointRequest): Promise<Acquisition> {
    this.#turn += 1;
    const order = orderByLoad(
      this.#links.map((link) => ({ link, load: link.load })),
      this.#turn,
    );
    let isOfferInCommon = true;
    for (const { link } of order.slice(0, MOST_ATTEMPTS)) {
      const settled = await link.createEndpoint(request);
      if (settled.kind === 'done') return { kind: 'endpoint', lease: settled.value, mediaServer: link.name };
      if (settled.kind === 'aborted') return { kind: 'aborted' };
      if (isOfferRefused(settled)) {
        // FreeSWITCH says 488 of a port that it could not open, too: another one is asked before the caller is told so.
        isOfferInCommon = false;
        continue;
      }
      this.#log.warn({ mediaServer: link.name, why: describe(settled) }, 'The media server made no endpoint');
    }
    return { kind: isOfferInCommon ? 'no-media-server' : 'no-offer-in-common' };
  }

  /** Disconnects from all media servers. Resolves when nothing tries to connect any more; never rejects. */
  async close(): Promise<void> {
    for (const link of this.#links) link.close();
    await this.#running;
  }
}

/** Sessions that a media server is taken to bear while it has not said. */
const ASSUMED_MAX_SESSIONS = 1_000;

/** With less of its processors idle than this, in percent, a media server begins to send late: it is used as a full one is. */
const EXHAUSTED = 5;

/**
 * How much a media server bears, from 0: the share of its sessions that is taken, and up to twice that as its processors
 * have less to spare. The share counts every call at once, while idle time is as old as the last report; were it to
 * decide alone, all calls of some seconds would go to one.
 */
function weightOf({ sessions, maxSessions, idleCpu = 100 }: MediaServerLoad): number {
  const share = sessions / (maxSessions || ASSUMED_MAX_SESSIONS);
  return share * (2 - Math.min(idleCpu, 100) / 100);
}

/** Whether it had better take no more calls. */
function isFull({ sessions, maxSessions, idleCpu = 100 }: MediaServerLoad): boolean {
  return sessions >= (maxSessions || ASSUMED_MAX_SESSIONS) || idleCpu < EXHAUSTED;
}

/**
 * The media servers that are up, in the order in which a call should try them: those that have just failed or whose
 * heartbeats stay away last, full ones behind others, then by how much they bear. Among equals the turn decides, so that
 * idle ones are used alternately.
 */
export function orderByLoad<T extends { readonly load: MediaServerLoad }>(
  servers: readonly T[],
  turn: number,
): readonly T[] {
  const rotated = servers
    .map((_, index) => servers[(index + turn) % servers.length])
    .filter((one) => one !== undefined);
  return rotated
    .filter(({ load }) => load.up)
    .sort(
      ({ load: one }, { load: other }) =>
        Number(one.suspect) - Number(other.suspect) ||
        Number(isFull(one)) - Number(isFull(other)) ||
        weightOf(one) - weightOf(other),
    );
}
