import { randomBytes } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import type { Config, EngineAddress, ListenAddress, SettingName } from './config.ts';
import type { Clock } from './domain/clock.ts';
import type { Log } from './domain/log.ts';
import { type SipEdge, startSipEdge } from './embedded/drachtio-server/server.ts';
import { type KeptMediaServer, keepMediaServer, type ThreadLoss } from './embedded/media-server/kept-media-server.ts';
import type { MediaServerOptions } from './embedded/media-server/options.ts';
import { listenFailure } from './listen-failure.ts';

/** How long a call may bring no audio before it is taken for dead, in milliseconds, unless it is on hold. */
const MEDIA_TIMEOUT = 60_000;

const LOOPBACK_ANY: ListenAddress = { host: '127.0.0.1', port: 0 };

export interface EmbeddedParts {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  /** Told of each thread of the media server that is lost; the next one is started by itself. */
  readonly onMediaLost?: (how: ThreadLoss) => void;
}

/** The secret of an embedded part that only this process knows. */
export function freshSecret(): string {
  return randomBytes(24).toString('base64url');
}

/**
 * Starts the embedded SIP edge, with its admin port at `admin`. Rejects with a sentence for the operator when an address
 * cannot be listened on.
 */
export async function startEmbeddedEdge(
  { config, log, clock }: EmbeddedParts,
  admin: ListenAddress = LOOPBACK_ANY,
  secret: string = freshSecret(),
): Promise<{ readonly edge: SipEdge; readonly address: EngineAddress }> {
  const edge = await startSipEdge({
    sip: config.sipListen,
    admin,
    secret,
    isAllowedPeer: (address) => config.allowedPeers.includes(address),
    advertisedAddress: config.advertisedAddress,
    log: log.child({ part: 'sip-edge' }),
    clock,
  }).catch((error: unknown) => {
    throw listenFailure(error, [
      ...config.sipListen.map((address): [SettingName, ListenAddress] => ['SIP_LISTEN', address]),
      ['EMBEDDED_DRACHTIO_LISTEN', admin],
    ]);
  });
  return { edge, address: { host: admin.host, port: edge.adminPort, secret } };
}

/** Media uses the addresses that SIP uses: the first one of each family. */
function rtpHosts(listens: readonly ListenAddress[]): { readonly host: string; readonly host6?: string } {
  const host = listens.find((listen) => isIPv4(listen.host))?.host ?? LOOPBACK_ANY.host;
  const host6 = listens.find((listen) => isIPv6(listen.host))?.host;
  return host6 === undefined ? { host } : { host, host6 };
}

/**
 * Starts the embedded media server, with its event socket at `eventSocket`, and keeps it running. Rejects with a sentence for the operator when
 * that cannot be listened on.
 */
export async function startEmbeddedMediaServer(
  { config, log, clock, onMediaLost }: EmbeddedParts,
  eventSocket: ListenAddress = LOOPBACK_ANY,
  secret: string = freshSecret(),
): Promise<{ readonly server: KeptMediaServer; readonly address: EngineAddress }> {
  const options: MediaServerOptions = {
    esl: eventSocket,
    sip: LOOPBACK_ANY,
    password: secret,
    rtp: {
      ...rtpHosts(config.sipListen),
      portMin: config.rtpPorts.first,
      portMax: config.rtpPorts.last,
      ...(config.advertisedAddress === undefined ? {} : { advertisedAddress: config.advertisedAddress }),
    },
    promptsDir: config.mediaPromptsDir,
    maxSessions: config.maxCalls,
    mediaTimeoutMs: MEDIA_TIMEOUT,
  };
  const keeping = {
    clock,
    log: log.child({ part: 'media-server' }),
    ...(onMediaLost === undefined ? {} : { onLost: onMediaLost }),
  };
  const server = await keepMediaServer(options, keeping).catch((error: unknown) => {
    if (error instanceof Error && error.message.includes(`'${config.mediaPromptsDir}'`)) {
      throw new Error(`The folder of prompts ${config.mediaPromptsDir} cannot be read.`, { cause: error });
    }
    throw listenFailure(error, [['EMBEDDED_MEDIA_LISTEN', eventSocket]]);
  });
  return { server, address: { host: eventSocket.host, port: server.eslPort, secret } };
}
