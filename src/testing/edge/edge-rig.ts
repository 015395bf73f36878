import { setTimeout as realDelay } from 'node:timers/promises';
import DrachtioSrf from 'drachtio-srf';
import { type SipEdge, type SipEdgeOptions, startSipEdge } from '../../embedded/drachtio-server/server.ts';
import { CapturedLog } from '../captured-log.ts';
import { FakeClock } from '../clock.ts';
import { WireCall, WirePhone } from './wire-phone.ts';

/** The parts of drachtio-srf that the tests use, as they really are: its own type file leaves several out. */
export interface SrfMessage {
  readonly method: string;
  readonly status: number;
  readonly reason: string;
  readonly uri: string;
  readonly body: string;
  get(name: string): string;
  has(name: string): boolean;
  getParsedHeader(name: string): unknown;
}
export interface SrfRequest extends SrfMessage {
  readonly source_address: string;
  readonly source_port: number;
  readonly protocol: string;
  readonly receivedOn: string;
  readonly callingNumber: string;
  readonly callingName: string;
  readonly calledNumber: string;
  cancel(callback?: (error: Error | null, request: SrfMessage) => void): void;
  on(event: 'cancel', listener: (cancel: SrfMessage) => void): this;
  on(event: 'response', listener: (response: SrfMessage) => void): this;
}
export interface SrfResponse {
  send(status: number, options?: object, callback?: (error: unknown, sent: SrfMessage) => void): void;
}
export interface SrfDialog {
  readonly id: string;
  readonly sip: { readonly callId: string; readonly localTag: string; readonly remoteTag: string };
  readonly local: { readonly sdp: string };
  readonly remote: { readonly sdp: string };
  on(event: string, listener: (request: SrfRequest, second: SrfResponse & string) => void): this;
  destroy(options?: object): Promise<SrfMessage>;
  modify(sdp: string): Promise<string>;
  request(options: { method: string; headers?: Record<string, string>; body?: string }): Promise<SrfMessage>;
}
type Handler = (request: SrfRequest, response: SrfResponse) => unknown;
export interface TestSrf {
  connect(options: { host: string; port: number; secret: string }): void;
  disconnect(): void;
  on(event: string, listener: (...values: never[]) => void): this;
  invite(handler: Handler): void;
  options(handler: Handler): void;
  message(handler: Handler): void;
  info(handler: Handler): void;
  createUAS(request: SrfRequest, response: SrfResponse, options: object): Promise<SrfDialog>;
  createUAC(uri: string, options: object, progress?: object): Promise<SrfDialog>;
  request(uri: string, options: object): Promise<SrfRequest>;
}

export const secret = 'a secret for tests';

export const answerSdp = ['v=0', 'o=edge 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', ''].join('\r\n');

/** Waits for a condition of the real world (a socket closed, a message counted); rejects after 5 s, or `within` ms. */
export async function until(condition: () => boolean, what: string, within = 5_000): Promise<void> {
  const end = performance.now() + within;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`It did not come to this: ${what}`);
    await realDelay(5);
  }
}

/**
 * A SIP edge on ephemeral ports with real sockets and a clock that stands still: retransmissions and time-outs happen
 * when the test says so, and everything else as fast as it can.
 */
export class EdgeRig {
  readonly clock: FakeClock;
  readonly log: CapturedLog;
  readonly edge: SipEdge;
  readonly #apps: TestSrf[] = [];
  readonly #phones: WirePhone[] = [];

  private constructor(clock: FakeClock, log: CapturedLog, edge: SipEdge) {
    this.clock = clock;
    this.log = log;
    this.edge = edge;
  }

  /** @param more options of the edge besides or instead of those that every rig has. */
  static async start(
    isAllowedPeer: (address: string) => boolean = () => true,
    more: (clock: FakeClock) => Partial<SipEdgeOptions> = () => ({}),
    clock = new FakeClock(),
  ): Promise<EdgeRig> {
    const log = new CapturedLog();
    const local = { host: '127.0.0.1', port: 0 };
    return new EdgeRig(
      clock,
      log,
      await startSipEdge({ sip: local, admin: local, secret, isAllowedPeer, log, clock, ...more(clock) }),
    );
  }

  /** An unmodified drachtio-srf, connected, its routes known to the edge. `prepare` adds the handlers. */
  async app(prepare: (srf: TestSrf) => void = () => {}): Promise<TestSrf> {
    const srf = new DrachtioSrf() as unknown as TestSrf;
    let wanted = 0;
    const counted = new Proxy(srf, {
      get: (target, name, receiver) => {
        if (['invite', 'options', 'message', 'info'].includes(String(name))) wanted++;
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    prepare(counted);
    const before = this.edge.counters().routes;
    const connected = new Promise<void>((resolve, reject) => {
      srf.on('connect', (error: Error | null) => (error ? reject(error) : resolve()));
      srf.on('error', reject);
    });
    srf.connect({ host: '127.0.0.1', port: this.edge.adminPort, secret });
    this.#apps.push(srf);
    await connected;
    await until(() => this.edge.counters().routes >= before + wanted, 'the routes are known');
    return srf;
  }

  /** Disconnects an application and waits until the edge has noticed. */
  async leave(srf: TestSrf): Promise<void> {
    const at = this.#apps.indexOf(srf);
    if (at === -1) return;
    this.#apps.splice(at, 1);
    const left = Math.max(0, this.edge.counters().applications - 1);
    srf.disconnect();
    await until(() => this.edge.counters().applications <= left, 'the application is gone');
  }

  async phone(): Promise<WirePhone> {
    const phone = await WirePhone.start(this.edge.sipPort);
    this.#phones.push(phone);
    return phone;
  }

  /** A phone with a TCP connection. */
  async tcpPhone(): Promise<WirePhone> {
    const phone = await WirePhone.connect(this.edge.sipPort);
    this.#phones.push(phone);
    return phone;
  }

  /** A phone with a TLS connection to the address that is listened on at this place of the list. */
  async tlsPhone(at: number, authority: string): Promise<WirePhone> {
    const phone = await WirePhone.connect(this.edge.listens[at]?.port ?? 0, '127.0.0.1', authority);
    this.#phones.push(phone);
    return phone;
  }

  async call(number?: string): Promise<WireCall> {
    return new WireCall(await this.phone(), this.edge.sipPort, number);
  }

  /** Lets every transaction run out, then finds that nothing is left: no transaction, dialog, timer, port or fault. */
  async end(): Promise<void> {
    await this.clock.advance(200_000);
    await Promise.all(this.#phones.map((phone) => phone.close()));
    await until(() => this.edge.idle().connections === 0, 'every connection is closed');
    const load = this.edge.idle();
    for (const srf of [...this.#apps]) await this.leave(srf);
    const pending = this.clock.pending;
    await this.edge.close();
    const faults = this.log.lines.filter((line) => line.level === 'error');
    const left = { ...load, pending, faults };
    const nothing = {
      serverTransactions: 0,
      clientTransactions: 0,
      dialogs: 0,
      openRequests: 0,
      connections: 0,
      pending: 0,
      faults: [],
    };
    if (JSON.stringify(left) !== JSON.stringify(nothing)) {
      throw new Error(`Something is left: ${JSON.stringify(left)} ${JSON.stringify(faults[0]?.fields)}`);
    }
  }
}
