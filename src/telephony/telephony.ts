import Mrf from 'drachtio-fsmrf';
import type { Conversation } from '../conversation/conversation.ts';
import type { CallEnd } from '../domain/call-end.ts';
import type { Clock } from '../domain/clock.ts';
import { describeFault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { CallCounters, type CallCounts } from './call-counters.ts';
import { CallRegistry, type DrainReport, type LiveCall } from './call-registry.ts';
import { InboundCall } from './inbound-call.ts';
import { silenceLibraryDebug } from './library-console.ts';
import { MediaPool } from './media-pool.ts';
import type { EventSocketListen, MediaServerLoad } from './media-server-link.ts';
import { checkPromptsDir } from './prompt-path.ts';
import { respond } from './refusal.ts';
import type { ServerAddress } from './server-address.ts';
import { SHORTEST_SESSION } from './session-timer.ts';
import { Signalling } from './signalling.ts';
import { SignallingLink } from './signalling-link.ts';
import type { SipRequest, SipResponse, Srf } from './srf.ts';

export type { CallCounts } from './call-counters.ts';
export type { DrainReport, LiveCall } from './call-registry.ts';
export { captureLibraryConsole } from './library-console.ts';
export type { EventSocketListen, MediaServerLoad } from './media-server-link.ts';
export type { ServerAddress } from './server-address.ts';

export interface TelephonyOptions {
  readonly drachtio: ServerAddress;
  /** One or more. */
  readonly mediaServers: readonly ServerAddress[];
  readonly conversation: Conversation;
  /** Calls at the same time, 1 and more. */
  readonly maxCalls: number;
  /** Whether a call from this IP address is taken at all. */
  readonly isAllowedPeer: (address: string) => boolean;
  /** Whether this IP address may assert a caller's number (SPEC §3.1). */
  readonly isTrustedPeer: (address: string) => boolean;
  /** The folder of prompts as media servers see it: absolute, without characters that their commands interpret. */
  readonly mediaPromptsDir: string;
  /** Where media servers report their calls to; absent, a free port of 127.0.0.1 for each. */
  readonly eslListen?: EventSocketListen;
  readonly log: Log;
  readonly clock: Clock;
  /** How long drachtio and a first media server may take to be there, in milliseconds; 15 seconds by default. */
  readonly startDeadline?: number;
  /** Whether other services may be connected to the same drachtio: they get the new calls while this one drains. */
  readonly sharesDrachtio?: boolean;
  /** The shortest session timer that a caller may have, in seconds; RFC 4028's unless given. Only tests give less. */
  readonly shortestSession?: number;
}

/** The calls that there are. */
export interface CallsView {
  /** How many calls there are, those still being set up or released included. */
  readonly count: number;
  list(): readonly LiveCall[];
  /** Ends a call as an administrator, with a farewell; false when there is none of this id. */
  hangUp(id: string): boolean;
}

/** What is there at this moment, for metrics and for tests that look for what was left behind. */
export interface TelephonyFigures {
  /** Whether requests can be sent and received through drachtio now. */
  readonly signallingUp: boolean;
  readonly draining: boolean;
  readonly calls: number;
  readonly endpoints: number;
  readonly mediaServers: readonly MediaServerLoad[];
  readonly counts: CallCounts;
}

/** The service's telephone side. */
export interface Telephony {
  /** Whether a new call would be taken: connected to drachtio and to a media server, and not draining. */
  ready(): boolean;
  readonly calls: CallsView;
  figures(): TelephonyFigures;
  /**
   * Lets no new call begin (503), waits up to so many milliseconds for the living ones to end, then ends them, with a
   * farewell where possible. Resolves when they have gone; never rejects.
   */
  drain(milliseconds: number): Promise<DrainReport>;
  /** Ends every call that is left without waiting for it, and closes every connection. Never rejects. */
  close(): Promise<void>;
}

const START_DEADLINE = 15_000;

/**
 * Connects to drachtio and to the media servers and takes calls from then on. Rejects with an error that names the
 * server and the reason when drachtio, or every media server, cannot be used within the deadline; nothing is left open
 * then. Throws for a folder of prompts that media servers could not be told of.
 */
export async function startTelephony(options: TelephonyOptions): Promise<Telephony> {
  silenceLibraryDebug();
  const promptsDir = checkPromptsDir(options.mediaPromptsDir);
  if (options.mediaServers.length === 0) throw new RangeError('At least one media server is needed');
  const deadline = options.startDeadline ?? START_DEADLINE;
  const began = options.clock.monotonic();
  const service = new TelephonyService(options, promptsDir);
  try {
    await service.connect(deadline, began);
  } catch (error) {
    await service.close();
    throw error;
  }
  return service;
}

class TelephonyService implements Telephony {
  readonly calls: CallsView;
  readonly #options: TelephonyOptions;
  readonly #promptsDir: string;
  readonly #registry: CallRegistry;
  readonly #counters = new CallCounters();
  #link: SignallingLink | undefined;
  #pool: MediaPool | undefined;

  constructor(options: TelephonyOptions, promptsDir: string) {
    this.#options = options;
    this.#promptsDir = promptsDir;
    this.#registry = new CallRegistry(options.maxCalls, options.clock, options.log);
    const registry = this.#registry;
    this.calls = {
      get count() {
        return registry.count;
      },
      list: () => registry.list(),
      hangUp: (id) => registry.hangUp(id),
    };
  }

  async connect(deadline: number, began: number): Promise<void> {
    const { clock, drachtio, eslListen, log, mediaServers } = this.#options;
    const signalling = this.#signalling();
    const link = await SignallingLink.open(
      { drachtio, clock, log, onLost: () => this.#registry.endAll('signalling-lost') },
      (srf) => route(srf, signalling, log),
      deadline,
    );
    this.#link = link;
    const { srf } = link;
    this.#pool = new MediaPool({
      mediaServers,
      mrf: new Mrf(srf),
      srf,
      clock,
      log,
      listen: eslListen ?? { host: '127.0.0.1' },
    });
    await this.#pool.start(Math.max(1, deadline - (clock.monotonic() - began)));
  }

  #signalling(): Signalling {
    const { clock, conversation, isAllowedPeer, isTrustedPeer, log } = this.#options;
    const shortestSession = this.#options.shortestSession ?? SHORTEST_SESSION;
    return new Signalling({
      registry: this.#registry,
      conversation,
      clock,
      log,
      isAllowedPeer,
      isTrustedPeer,
      shortestSession,
      hasMedia: () => this.#pool?.up === true,
      makeCall: (req, res, facts, plan) => {
        if (this.#link === undefined || this.#pool === undefined) throw new Error('A call before the connection');
        const deps = {
          link: this.#link,
          pool: this.#pool,
          conversation,
          clock,
          log,
          promptsDir: this.#promptsDir,
          shortestSession,
        };
        return new InboundCall(req, res, facts, plan, deps);
      },
      onResult: (result) => this.#counters.count(result),
    });
  }

  ready(): boolean {
    return this.#link?.up === true && this.#pool?.up === true && !this.#registry.draining;
  }

  figures(): TelephonyFigures {
    return {
      signallingUp: this.#link?.up === true,
      draining: this.#registry.draining,
      calls: this.#registry.count,
      endpoints: this.#pool?.endpoints ?? 0,
      mediaServers: this.#pool?.loads ?? [],
      counts: this.#counters.read(),
    };
  }

  drain(milliseconds: number): Promise<DrainReport> {
    const isFirst = !this.#registry.draining;
    const report = this.#registry.drain(milliseconds);
    if (isFirst && this.#options.sharesDrachtio === true) this.#link?.leaveCallsToOthers();
    return report;
  }

  async close(): Promise<void> {
    const reason: CallEnd = 'drain';
    // Once for the end, and once more so that no farewell is waited for.
    this.#registry.endAll(reason);
    this.#registry.endAll('fault');
    await this.#registry.drain(PARTING);
    await this.#pool?.close();
    this.#link?.close();
  }
}

/** How long calls get to release what they hold when the service closes, in milliseconds. */
const PARTING = 10_000;

/** Takes requests from drachtio. None is left without an answer, and none ends the process. */
function route(srf: Srf, signalling: Signalling, log: Log): void {
  srf.invite((req: SipRequest, res: SipResponse) => {
    signalling.invite(req, res).catch((error: unknown) => {
      log.error({ fault: describeFault(error) }, 'An INVITE could not be handled');
      respond(res, 500);
    });
  });
  srf.options((req: SipRequest, res: SipResponse) => signalling.options(req, res));
}
