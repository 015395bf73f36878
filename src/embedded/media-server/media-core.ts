import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Cancel, Clock } from '../clock.ts';
import { faultOf, type Log } from '../log.ts';
import { type RtpCounters, zeroCounters } from '../rtp/counters.ts';
import { Pacer } from '../rtp/pacer.ts';
import { LocalAddresses } from '../sip/local-addresses.ts';
import { parseHostPort } from '../sip/values.ts';
import { apiCommands } from './api-commands.ts';
import { applications } from './applications.ts';
import { Channel } from './channel.ts';
import { EslCommands } from './esl-commands.ts';
import { EslConnection, type EslContext } from './esl-connection.ts';
import { EventBus } from './event-bus.ts';
import { MediaPorts } from './media-ports.ts';
import { setMediaVariables } from './media-variables.ts';
import type { MediaServerSettings } from './options.ts';
import { Peers } from './peers.ts';
import { PromptStore } from './prompt-store.ts';
import { SessionCounts } from './session-counts.ts';
import { type CallHandlers, type IncomingCall, SipSide } from './sip-side.ts';
import { callerOf, inviteVariables, profileName } from './sip-variables.ts';
import { IdleCpu, sessionsPerSecond, uptimeText, version } from './status-text.ts';

/** What a media server holds now and has done. */
export interface MediaServerStats {
  readonly channels: number;
  readonly dialogs: number;
  /** Pairs of ports for RTP and RTCP that are bound, and those among them that are only drained. */
  readonly boundPorts: number;
  readonly drainingPorts: number;
  /** Streams that the pacer serves. */
  readonly pacedStreams: number;
  /** Connections of the event socket, both ways. */
  readonly eslConnections: number;
  readonly calls: number;
  readonly promptBytes: number;
  readonly rtp: RtpCounters;
}

const bannerForStrangers = 'Access Denied, go away.\n';
/** More clients than this at one time are refused; a handful is usual. */
const mostClients = 100;
/** How long the application's socket may take to be connected to, in milliseconds. */
const connectPatience = 4_000;
/** How often calls are looked at for media that stays away, in milliseconds. */
const sweepInterval = 500;

/** The dialplan of the `drachtio_mrf` context, up to the socket. */
const dialplan = [
  ['answer', undefined],
  ['set', 'send_silence_when_idle=-1'],
  ['set', 'hangup_after_bridge=false'],
  ['set', 'park_after_bridge=true'],
  ['set', 'playback_terminators=none'],
] as const;

/** A whole media server in one thread: event socket, SIP side, RTP and the calls between them. */
export class MediaCore {
  readonly #settings: MediaServerSettings;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #bus: EventBus;
  readonly #counts: SessionCounts;
  readonly #peers: Peers;
  readonly #pacer: Pacer;
  readonly #ports: MediaPorts;
  readonly #prompts: PromptStore;
  readonly #channels = new Map<string, Channel>();
  readonly #connections = new Set<EslConnection>();
  readonly #connecting = new Set<Socket>();
  readonly #counters = zeroCounters();
  readonly #idleCpu: IdleCpu;
  readonly #startedAt: number;
  readonly #eslContext: EslContext;
  readonly #server: Server;
  #sip: SipSide | undefined;
  #cancelHeartbeat: Cancel = () => {};
  #cancelSweep: Cancel | undefined;
  #closed = false;

  private constructor(settings: MediaServerSettings, clock: Clock, log: Log) {
    this.#settings = settings;
    this.#clock = clock;
    this.#log = log;
    this.#startedAt = clock.monotonic();
    this.#idleCpu = new IdleCpu(settings.idleCpu);
    this.#bus = new EventBus(clock);
    this.#counts = new SessionCounts(clock);
    this.#peers = new Peers(settings.allowedPeers);
    this.#pacer = new Pacer(clock, (error) => this.#log.error({ fault: faultOf(error) }, 'Sending audio failed'));
    this.#ports = new MediaPorts(settings.rtp, settings.drain, clock);
    this.#prompts = new PromptStore({ folder: settings.promptsDir, clock, log });
    const api = apiCommands({
      bus: this.#bus,
      clock,
      counts: this.#counts,
      idleCpu: this.#idleCpu,
      maxSessions: settings.maxSessions,
      startedAt: this.#startedAt,
      profile: profileName,
      sipAddress: () => this.#sip?.address ?? '',
      channels: this.#channels,
    });
    const commands = new EslCommands({
      password: settings.password,
      bus: this.#bus,
      channelNamed: (uuid) => this.#channels.get(uuid),
      api,
    });
    this.#eslContext = { bus: this.#bus, clock, log, run: commands.run };
    this.#server = createServer((socket) => this.#onClient(socket));
    this.#server.maxConnections = mostClients;
  }

  /** Binds everything and loads the prompts. Rejects, with nothing left open, when that cannot be done. */
  static async start(settings: MediaServerSettings, clock: Clock, log: Log): Promise<MediaCore> {
    const core = new MediaCore(settings, clock, log);
    try {
      await core.#start();
      return core;
    } catch (error) {
      await core.close();
      throw error;
    }
  }

  get eslPort(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get sipPort(): number {
    return this.#sip?.port ?? 0;
  }

  stats(): MediaServerStats {
    return {
      channels: this.#channels.size,
      dialogs: this.#sip?.dialogs ?? 0,
      boundPorts: this.#ports.bound,
      drainingPorts: this.#ports.draining,
      pacedStreams: this.#pacer.size,
      eslConnections: this.#connections.size + this.#connecting.size,
      calls: this.#counts.total,
      promptBytes: this.#prompts.bytes,
      rtp: this.#counters,
    };
  }

  /** Hangs up every call, says goodbye to every client and closes everything. Calling it again does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelHeartbeat();
    this.#cancelSweep?.();
    for (const channel of [...this.#channels.values()]) channel.hangUp('SYSTEM_SHUTDOWN');
    for (const connection of [...this.#connections]) connection.disconnect();
    for (const socket of this.#connecting) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    // A moment for the BYEs that have just been sent to leave; nobody waits for their answers.
    await this.#sip?.close();
    this.#ports.close();
  }

  async #start(): Promise<void> {
    const { esl, sip, maxSessions } = this.#settings;
    await this.#prompts.preload();
    if (!(await this.#ports.check())) this.#log.warn({}, 'There is no IPv6 here; media over it is refused');
    const addresses = await LocalAddresses.create(() => this.#clock.monotonic());
    this.#sip = await SipSide.start({
      ...sip,
      clock: this.#clock,
      log: this.#log,
      peers: this.#peers,
      ports: this.#ports,
      addresses,
      advertisedAddress: this.#settings.rtp.advertisedAddress,
      rtp: { pacer: this.#pacer, clock: this.#clock, counters: this.#counters },
      hasRoom: () => !this.#closed && this.#channels.size < maxSessions,
      onCall: (call) => this.#onCall(call),
      onAbandoned: (uuid) => this.#channels.get(uuid)?.hangUp('INCOMPATIBLE_DESTINATION', false),
    });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(esl.port, esl.host, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#log.error({ fault: faultOf(error) }, 'The event socket failed'));
        resolve();
      });
    });
    this.#beat();
  }

  #onClient(socket: Socket): void {
    if (this.#closed || !this.#peers.allows(socket.remoteAddress ?? '')) {
      socket.on('error', () => {});
      socket.end(
        `Content-Type: text/rude-rejection\nContent-Length: ${bannerForStrangers.length}\n\n${bannerForStrangers}`,
      );
      return;
    }
    const connection: EslConnection = new EslConnection(socket, this.#eslContext, () =>
      this.#connections.delete(connection),
    );
    this.#connections.add(connection);
  }

  #onCall(call: IncomingCall): CallHandlers {
    const { uuid, invite, rtp, leg } = call;
    const { name, profile } = callerOf(invite);
    const channel = new Channel({
      uuid,
      name,
      profile,
      rtp,
      bus: this.#bus,
      clock: this.#clock,
      log: this.#log,
      prompts: this.#prompts,
      applications,
      onHangUp: (cause) => leg.hangUp(cause),
      onDestroyed: () => {
        this.#channels.delete(uuid);
        this.#counts.ended();
        this.#sip?.forget(leg);
      },
    });
    this.#channels.set(uuid, channel);
    this.#counts.began();
    channel.variables.set('direction', 'inbound');
    channel.variables.set('uuid', uuid);
    channel.variables.set('session_id', String(this.#counts.total));
    for (const [variable, value] of inviteVariables(invite, name, this.#sip?.address ?? '')) {
      channel.variables.set(variable, value);
    }
    channel.variables.set('sip_to_tag', leg.dialog.localTag);
    channel.variables.set('sip_cseq', String(invite.core.cseq.number));
    channel.variables.set('call_uuid', uuid);
    channel.announce();
    this.#armSweep();
    return {
      onKey: (key) => this.#guard(channel, () => channel.keyPressed(key)),
      onMedia: (media, descriptions) => {
        setMediaVariables(channel, media, descriptions);
        if (channel.answered) channel.hold(media.direction === 'recvonly' || media.direction === 'inactive');
        else this.#answered(channel, call.outbound);
      },
      onEnded: (cause) => channel.hangUp(cause, false),
    };
  }

  /** Goes through the dialplan: the call is answered, and its application's socket connected to. */
  #answered(channel: Channel, outbound: string): void {
    channel.answer();
    for (const [application, argument] of dialplan) channel.execute(application, argument);
    channel.startSending();
    channel.execute('socket', `${outbound} async full`);
    this.#connectOutbound(channel, outbound);
  }

  #connectOutbound(channel: Channel, outbound: string): void {
    const target = parseHostPort(outbound);
    if (target === undefined) {
      channel.hangUp('NORMAL_CLEARING');
      return;
    }
    channel.variables.set('socket_host', target.host);
    const socket = connect({ host: target.host, port: target.port ?? 8_084, noDelay: true });
    this.#connecting.add(socket);
    const failed = () => {
      if (!this.#connecting.delete(socket)) return;
      cancel();
      socket.destroy();
      this.#log.warn({ uuid: channel.uuid, outbound }, 'The application of a call cannot be connected to');
      channel.hangUp('NORMAL_CLEARING');
    };
    const cancel = this.#clock.after(connectPatience, failed);
    socket.once('error', failed);
    socket.once('close', failed);
    socket.once('connect', () => {
      this.#connecting.delete(socket);
      cancel();
      socket.off('error', failed);
      socket.off('close', failed);
      if (channel.isUp) this.#serve(channel, socket);
      else socket.destroy();
    });
  }

  /** Serves the application's socket. When it goes away the call ends: nobody is left to say what it should hear. */
  #serve(channel: Channel, socket: Socket): void {
    const connection: EslConnection = new EslConnection(
      socket,
      this.#eslContext,
      () => {
        this.#connections.delete(connection);
        this.#guard(channel, () => channel.hangUp('NORMAL_CLEARING'));
      },
      channel,
    );
    this.#connections.add(connection);
    channel.onceEnded(() => connection.channelEnded());
  }

  /** A fault in what is done for one call, set off by one of its sockets, must not take every other call with it. */
  #guard(channel: Channel, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#log.error({ fault: faultOf(error), uuid: channel.uuid }, 'Serving a call failed');
    }
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#clock.after(this.#settings.heartbeat, () => {
      this.#fireHeartbeat();
      this.#beat();
    });
  }

  #fireHeartbeat(): void {
    const counts = this.#counts;
    const uptime = this.#clock.monotonic() - this.#startedAt;
    this.#bus.fire(
      this.#bus
        .make('HEARTBEAT')
        .add('Event-Info', 'System Ready')
        .add('Up-Time', uptimeText(uptime))
        .add('FreeSWITCH-Version', version.full)
        .add('Uptime-msec', String(Math.floor(uptime)))
        .add('Session-Count', String(counts.current))
        .add('Max-Sessions', String(this.#settings.maxSessions))
        .add('Session-Per-Sec', String(sessionsPerSecond))
        .add('Session-Per-Sec-Last', String(counts.lastSecond))
        .add('Session-Per-Sec-Max', String(counts.mostInSecond))
        .add('Session-Per-Sec-FiveMin', String(counts.mostInSecond))
        .add('Session-Since-Startup', String(counts.total))
        .add('Session-Peak-Max', String(counts.peak))
        .add('Session-Peak-FiveMin', String(counts.recentPeak))
        .add('Idle-CPU', this.#idleCpu.read().toFixed(6)),
    );
  }

  /** Looks at the calls now and then, as long as there are any. */
  #armSweep(): void {
    if (this.#cancelSweep !== undefined || this.#closed) return;
    this.#cancelSweep = this.#clock.after(sweepInterval, () => {
      this.#cancelSweep = undefined;
      this.#sweep();
      if (this.#channels.size > 0) this.#armSweep();
    });
  }

  /** Ends calls whose media has stayed away. */
  #sweep(): void {
    const { mediaTimeout, holdTimeout } = this.#settings;
    const now = this.#clock.monotonic();
    for (const channel of [...this.#channels.values()]) {
      if (!channel.answered) continue;
      const held = channel.callState === 'HELD' || !channel.rtp.expectsMedia;
      const limit = held ? holdTimeout : mediaTimeout;
      if (limit === 0 || now - channel.rtp.lastHeard < limit) continue;
      this.#log.info({ uuid: channel.uuid, held }, 'No media has come for too long; the call ends');
      channel.hangUp('MEDIA_TIMEOUT');
    }
  }
}
