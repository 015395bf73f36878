import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../clock.ts';
import { faultOf, type Log } from '../log.ts';
import { type Bound, bindTransports, type SipListen } from '../sip/bind-transports.ts';
import type { RequestLimits } from '../sip/request-limit.ts';
import type { TcpTransport } from '../sip/tcp-transport.ts';
import type { TimerValues } from '../sip/timers.ts';
import type { TlsCredentials } from '../sip/tls-credentials.ts';
import type { TransactionCounters } from '../sip/transaction-counters.ts';
import { TransactionLayer } from '../sip/transaction-layer.ts';
import type { Transport } from '../sip/transport.ts';
import { formatHostPort } from '../sip/values.ts';
import { Admission, type AdmissionCounters } from './admission.ts';
import { Application, Applications, type SipCommand } from './application.ts';
import type { DialogCounters, EdgeContext } from './edge-context.ts';
import { DialogStore } from './edge-dialog.ts';
import { Farewell } from './farewell.ts';
import { knownMethods } from './methods.ts';
import { RequestSender } from './request-sender.ts';
import { Responder } from './responder.ts';
import { absoluteMinimum } from './session-expires.ts';
import { Sessions } from './sessions.ts';
import { Uac } from './uac.ts';
import { Uas } from './uas.ts';

export interface SipEdgeOptions {
  /**
   * Where SIP is spoken, over UDP and TCP or over TLS, at one address or several; a port of 0 takes one that is free for
   * both.
   */
  readonly sip: SipListen | readonly SipListen[];
  /** The certificate for what is spoken over TLS. Whoever has opened it closes it. */
  readonly credentials?: TlsCredentials | undefined;
  /** More to speak SIP on, besides those at `sip`; the edge closes them. */
  readonly transports?: readonly Transport[] | undefined;
  /** Where applications connect. Anybody who reaches it and knows the secret controls every call: keep it local. */
  readonly admin: { readonly host: string; readonly port: number };
  readonly secret: string;
  /**
   * Whether requests from an address (literal, without port) are taken; others get 403, except for requests inside a
   * dialog that an application has opened.
   */
  readonly isAllowedPeer: (address: string) => boolean;
  /** What one source may send; see `request-limit.ts` for what each is when absent. */
  readonly requestLimits?: Partial<RequestLimits> | undefined;
  /** Whether what comes from an address is counted against them. Default: everything but this host's own. */
  readonly isLimited?: ((address: string) => boolean) | undefined;
  /** Told to peers outside private networks instead of our own address (NAT). */
  readonly advertisedAddress?: string | undefined;
  readonly log: Log;
  readonly clock: Clock;
  /** T1, T2 and T4; RFC 3261's values unless given. */
  readonly timers?: TimerValues | undefined;
  /** The shortest session timer (RFC 4028) in seconds; 90 as the RFC says, unless given. Only tests give less. */
  readonly minimumSessionExpires?: number | undefined;
}

export interface SipEdgeCounters extends TransactionCounters, DialogCounters, Readonly<AdmissionCounters> {
  /** TCP connections that peers made, and those of them that were not taken because there were too many. */
  readonly connectionsAccepted: number;
  readonly connectionsTurnedAway: number;
  /** TCP connections that were closed because they began with a greeting of TLS. */
  readonly tlsOnPlainPort: number;
  /** Connections on which TLS was agreed, and those on which it was not (plain text, too old, too slow, no certificate). */
  readonly tlsSecured: number;
  readonly tlsFailed: number;
  /** Times that a new certificate was taken without a restart, and was kept out. */
  readonly tlsReloaded: number;
  readonly tlsReloadsRefused: number;
  /** Connections at the moment, signed in or not. */
  readonly applications: number;
  /** What those that are signed in want to receive, each kind of request of each of them counted. */
  readonly routes: number;
}

/** What is alive at the moment; all 0 when nothing is left of any call. */
export interface SipEdgeLoad {
  readonly serverTransactions: number;
  readonly clientTransactions: number;
  readonly dialogs: number;
  /** Requests that an application has not answered yet. */
  readonly openRequests: number;
  /** TCP connections with peers; these may outlive calls, which is what they are for. */
  readonly connections: number;
}

export interface SipEdge {
  /** The port of the first address. */
  readonly sipPort: number;
  /** Where SIP is spoken, with the real ports. */
  readonly listens: readonly SipListen[];
  readonly adminPort: number;
  counters(): SipEdgeCounters;
  idle(): SipEdgeLoad;
  /**
   * Stops at once: applications are disconnected, transactions dropped, sockets closed. Calls are not said goodbye to;
   * whoever wants that ends them first. Resolves when everything is closed.
   */
  close(): Promise<void>;
}

/** More connections than this are refused; a handful is usual. */
const maxApplications = 100;

/**
 * Starts the embedded SIP edge: SIP to the network, drachtio-server's protocol to applications. Rejects with the
 * system's error when one of the addresses cannot be bound; then nothing is left open.
 */
export async function startSipEdge(options: SipEdgeOptions): Promise<SipEdge> {
  const { clock, log } = options;
  const bound = await bindTransports([options.sip].flat(), {
    advertisedAddress: options.advertisedAddress,
    clock,
    isExpected: options.isAllowedPeer,
    credentials: options.credentials,
  });
  const edge = new Edge(options, bound);
  const listens = bound.map(({ at }) => at);
  try {
    const adminPort = await edge.listen();
    const sipPort = listens[0]?.port ?? 0;
    log.info({ sip: listens.map(written), adminPort }, 'SIP edge listens');
    return {
      sipPort,
      listens,
      adminPort,
      counters: () => edge.counters(),
      idle: () => edge.idle(),
      close: () => edge.close(),
    };
  } catch (error) {
    await edge.close();
    throw error;
  }
}

/** The parts of the edge, tied together. */
class Edge {
  readonly #options: SipEdgeOptions;
  readonly #streams: readonly TcpTransport[];
  readonly #admission: Admission;
  readonly #context: EdgeContext;
  readonly #responder: Responder;
  readonly #uas: Uas;
  readonly #uac: Uac;
  readonly #farewell: Farewell;
  readonly #server: Server;
  #closed: Promise<void> | undefined;

  constructor(options: SipEdgeOptions, bound: readonly Bound[]) {
    this.#options = options;
    this.#streams = bound.map(({ stream }) => stream);
    const transports = [...bound.flatMap((each) => each.transports), ...(options.transports ?? [])];
    const { clock, log, timers, isAllowedPeer } = options;
    this.#admission = new Admission({
      clock,
      isAllowedPeer,
      isInDialog: (request) => this.#uas.knows(request),
      limits: options.requestLimits,
      isLimited: options.isLimited,
    });
    const layer = new TransactionLayer({
      transports,
      clock,
      log,
      timers,
      allowedMethods: knownMethods,
      admit: (request) => this.#admission.admit(request),
      answersMalformed: (request, remote) => this.#admission.answersMalformed(request, remote.address),
      onRequest: (transaction) => this.#uas.onRequest(transaction),
      onAck: (ack) => this.#uas.onAck(ack),
    });
    this.#context = {
      layer,
      transports,
      clock,
      log,
      applications: new Applications(),
      dialogs: new DialogStore(),
      openRequests: new Map(),
      counters: { sessionRefreshes: 0, sessionsExpired: 0, provisionalsUnacknowledged: 0 },
      minimumSessionExpires: options.minimumSessionExpires ?? absoluteMinimum,
    };
    const sender = new RequestSender(this.#context);
    this.#farewell = new Farewell(this.#context, sender);
    const sessions = new Sessions(this.#context, sender, this.#farewell);
    this.#responder = new Responder(this.#context, this.#farewell, sessions);
    this.#uas = new Uas(this.#context, this.#farewell, this.#responder);
    this.#uac = new Uac(this.#context, { sender, farewell: this.#farewell, sessions });
    this.#server = createServer((socket) => {
      const application = new Application({
        socket,
        secret: options.secret,
        hostPorts: () => this.#hostPorts(),
        clock,
        log,
        onCommand: (command) => this.#onCommand(application, command),
        onClosed: () => this.#onApplicationGone(application),
      });
      this.#context.applications.add(application);
    });
    this.#server.maxConnections = maxApplications;
  }

  /** Opens the port for applications and gives its number. */
  listen(): Promise<number> {
    const { host, port } = this.#options.admin;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) =>
          this.#context.log.error({ fault: faultOf(error) }, 'Application port failed'),
        );
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  counters(): SipEdgeCounters {
    const { layer, applications, counters } = this.#context;
    const sum = (count: (stream: TcpTransport) => number) => this.#streams.reduce((all, one) => all + count(one), 0);
    return {
      ...layer.counters,
      ...counters,
      ...this.#admission.counters,
      connectionsAccepted: sum((stream) => stream.counters.accepted),
      connectionsTurnedAway: sum((stream) => stream.counters.turnedAway),
      tlsOnPlainPort: sum((stream) => stream.counters.tlsOnPlainPort),
      tlsSecured: sum((stream) => stream.tlsCounters?.secured ?? 0),
      tlsFailed: sum((stream) => stream.tlsCounters?.failed ?? 0),
      tlsReloaded: this.#options.credentials?.counters.reloaded ?? 0,
      tlsReloadsRefused: this.#options.credentials?.counters.refused ?? 0,
      applications: applications.size,
      routes: applications.routes,
    };
  }

  idle(): SipEdgeLoad {
    const { layer, dialogs, openRequests } = this.#context;
    return {
      serverTransactions: layer.size.server,
      clientTransactions: layer.size.client,
      dialogs: dialogs.size,
      openRequests: openRequests.size,
      connections: this.#streams.reduce((all, { connections }) => all + connections, 0),
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const disconnected = this.#context.applications.closeAll('the SIP edge stops');
    for (const dialog of this.#context.dialogs) {
      if (dialog.state !== 'over') dialog.move('over');
      this.#context.dialogs.remove(dialog);
    }
    await this.#context.layer.close();
    await disconnected;
    await stopped;
  }

  #onCommand(application: Application, command: SipCommand): void {
    try {
      if (command.kind === 'request') this.#uac.request(application, command);
      else this.#responder.respond(application, command.id, command.transactionId, command.response);
    } catch (error) {
      this.#context.log.error({ fault: faultOf(error) }, 'Handling a command of an application failed');
    }
  }

  /**
   * Nobody steers its calls any more. drachtio-server leaves them as they are; here what was not begun goes to another
   * application, and the others are ended, because their callers would hear nothing until they hang up.
   */
  #onApplicationGone(application: Application): void {
    this.#context.applications.remove(application);
    if (this.#closed !== undefined) return;
    this.#uas.applicationGone(application);
    this.#uac.applicationGone(application);
    for (const dialog of this.#context.dialogs) {
      if (dialog.owner === application) this.#farewell.bye(dialog, 'application disconnected');
    }
  }

  /** The addresses on which SIP is spoken, as an application is told them after it has signed in. */
  #hostPorts(): string {
    return this.#context.transports
      .flatMap(({ protocol, local }) => {
        const all = local.address === '0.0.0.0' || local.address === '::';
        const addresses = all ? hostAddresses(local.family) : [local.address];
        return addresses.map((address) => `${protocol.toLowerCase()}/${formatHostPort(address, local.port)}`);
      })
      .join(',');
  }
}

/** "0.0.0.0:5060", "tls:0.0.0.0:5061". */
function written({ host, port, transport }: SipListen): string {
  return `${transport === undefined ? '' : `${transport}:`}${formatHostPort(host, port)}`;
}

function hostAddresses(family: 'IPv4' | 'IPv6'): string[] {
  return Object.values(networkInterfaces())
    .flatMap((entries = []) => entries)
    .filter((entry) => entry.family === family)
    .map((entry) => entry.address);
}
