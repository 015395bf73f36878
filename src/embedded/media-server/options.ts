import { isIPv6 } from 'node:net';

/** How to set up a media server. Addresses are literals; a port of 0 takes a free one. */
export interface MediaServerOptions {
  /** Where the event socket listens. Default: 127.0.0.1, a free port. */
  readonly esl?: { readonly host?: string; readonly port?: number };
  /** Where the SIP side listens (UDP). Default: 127.0.0.1, a free port. */
  readonly sip?: { readonly host?: string; readonly port?: number };
  /** What clients of the event socket must say. It is never logged. */
  readonly password: string;
  readonly rtp: {
    /** The literal address that RTP sockets are bound to. Default 0.0.0.0. */
    readonly host?: string;
    /** The IPv6 address, such as "::", for peers whose media is at one. Without it such peers are refused with 488. */
    readonly host6?: string | undefined;
    /** The range of ports, for each family: the even ones carry RTP, the odd ones RTCP. A call takes two. */
    readonly portMin: number;
    readonly portMax: number;
    /** Told to callers that are not local instead of our own address. */
    readonly advertisedAddress?: string | undefined;
  };
  /** The folder of prompts; nothing outside is played. */
  readonly promptsDir: string;
  /** Calls at one time; more are refused with 503. Default 1,000. */
  readonly maxSessions?: number;
  /** A call whose peer may send but is not heard for this long ends, in milliseconds. Default 60,000; 0 is never. */
  readonly mediaTimeoutMs?: number;
  /** The same for a call that is on hold. Default 1,800,000; 0 is never. */
  readonly holdTimeoutMs?: number;
  /** Between two HEARTBEAT events, in milliseconds. Default 20,000. */
  readonly heartbeatMs?: number;
  /** What is told of the processors, in percent that is idle, 0–100; measured when it is not given. */
  readonly idleCpu?: number;
  /** How long a released RTP port is drained before it is used again, in milliseconds. Default 1,500. */
  readonly drainMs?: number;
  /**
   * Addresses and networks (CIDR) that may use the event socket and the SIP side; both give full control. Loopback
   * always may. Default: nobody else.
   */
  readonly allowedPeers?: readonly string[];
}

/** The options with every default filled in; plain data, because it goes to a worker thread. */
export interface MediaServerSettings {
  readonly esl: { readonly host: string; readonly port: number };
  readonly sip: { readonly host: string; readonly port: number };
  readonly password: string;
  readonly rtp: {
    readonly host: string;
    readonly host6: string | undefined;
    readonly portMin: number;
    readonly portMax: number;
    readonly advertisedAddress: string | undefined;
  };
  readonly promptsDir: string;
  readonly maxSessions: number;
  readonly mediaTimeout: number;
  readonly holdTimeout: number;
  readonly heartbeat: number;
  readonly idleCpu: number | undefined;
  readonly drain: number;
  readonly allowedPeers: readonly string[];
}

const loopback = '127.0.0.1';

/** Fills in the defaults. Throws a RangeError that names the option for a value that cannot be used. */
export function settle(options: MediaServerOptions): MediaServerSettings {
  const { rtp } = options;
  const settings: MediaServerSettings = {
    esl: { host: options.esl?.host ?? loopback, port: options.esl?.port ?? 0 },
    sip: { host: options.sip?.host ?? loopback, port: options.sip?.port ?? 0 },
    password: options.password,
    rtp: {
      host: rtp.host ?? '0.0.0.0',
      host6: rtp.host6,
      portMin: rtp.portMin,
      portMax: rtp.portMax,
      advertisedAddress: rtp.advertisedAddress,
    },
    promptsDir: options.promptsDir,
    maxSessions: options.maxSessions ?? 1_000,
    mediaTimeout: options.mediaTimeoutMs ?? 60_000,
    holdTimeout: options.holdTimeoutMs ?? 1_800_000,
    heartbeat: options.heartbeatMs ?? 20_000,
    idleCpu: options.idleCpu,
    drain: options.drainMs ?? 1_500,
    allowedPeers: options.allowedPeers ?? [],
  };
  check('password', settings.password !== '', 'must not be empty');
  check('rtp', rtp.portMin >= 1 && rtp.portMax <= 65_535 && rtp.portMin < rtp.portMax, 'must be a range of ports');
  check('rtp', settings.rtp.host6 === undefined || isIPv6(settings.rtp.host6), 'must have an IPv6 address as host6');
  check('maxSessions', Number.isInteger(settings.maxSessions) && settings.maxSessions > 0, 'must be at least 1');
  check('heartbeatMs', settings.heartbeat >= 10, 'must be at least 10');
  for (const name of ['mediaTimeout', 'holdTimeout', 'drain'] as const) {
    check(`${name}Ms`, settings[name] >= 0, 'must not be negative');
  }
  return settings;
}

function check(option: string, holds: boolean, rule: string): void {
  if (!holds) throw new RangeError(`The media server's option "${option}" ${rule}`);
}
