import { randomBytes } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import type { Config, EngineAddress, ListenAddress, SettingName, SipListenAddress, TlsFileSettings } from './config.ts';
import type { Clock } from './domain/clock.ts';
import type { Log } from './domain/log.ts';
import { type SipEdge, startSipEdge } from './embedded/drachtio-server/server.ts';
import { type KeptMediaServer, keepMediaServer, type ThreadLoss } from './embedded/media-server/kept-media-server.ts';
import type { MediaServerOptions } from './embedded/media-server/options.ts';
import { TlsCredentials } from './embedded/sip/tls-credentials.ts';
import { type TlsFile, TlsFileRefused } from './embedded/sip/tls-identity.ts';
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

/** Which setting names each of the files. */
const FILE_SETTINGS: Readonly<Record<TlsFile, SettingName>> = {
  certificate: 'TLS_CERT_FILE',
  key: 'TLS_KEY_FILE',
  authorities: 'TLS_CA_FILE',
};

function openCredentials(files: TlsFileSettings, log: Log, clock: Clock): Promise<TlsCredentials> {
  return TlsCredentials.open(files, clock, log).catch((error: unknown) => {
    if (!(error instanceof TlsFileRefused)) throw error;
    throw new Error(`${FILE_SETTINGS[error.file]}: ${error.message}`, { cause: error });
  });
}

/** The embedded SIP edge, and how it is reached. */
export interface EmbeddedEdge {
  readonly edge: Omit<SipEdge, 'close'>;
  readonly address: EngineAddress;
  /** Its certificate; undefined when it does not speak TLS. */
  readonly credentials: TlsCredentials | undefined;
  close(): Promise<void>;
}

/**
 * Starts the embedded SIP edge, with its admin port at `admin`. Rejects with a sentence for the operator when an address
 * cannot be listened on, or the certificate cannot be used.
 */
export async function startEmbeddedEdge(
  parts: EmbeddedParts,
  admin: ListenAddress = LOOPBACK_ANY,
  secret: string = freshSecret(),
): Promise<EmbeddedEdge> {
  const { config, clock } = parts;
  const log = parts.log.child({ part: 'sip-edge' });
  const credentials = config.tlsFiles && (await openCredentials(config.tlsFiles, log, clock));
  const edge = await startSipEdge({
    sip: config.sipListen,
    admin,
    secret,
    isAllowedPeer: (address) => config.allowedPeers.includes(address),
    advertisedAddress: config.advertisedAddress,
    log,
    clock,
    credentials,
  }).catch((error: unknown) => {
    credentials?.close();
    throw listenFailure(error, [
      ...config.sipListen.map((address): [SettingName, SipListenAddress] => ['SIP_LISTEN', address]),
      ['EMBEDDED_DRACHTIO_LISTEN', admin],
    ]);
  });
  return {
    edge,
    address: { host: admin.host, port: edge.adminPort, secret },
    credentials,
    close: async () => {
      credentials?.close();
      await edge.close();
    },
  };
}

/**
 * Media uses the addresses that SIP uses: of each family the one that reaches furthest, for the first may be there for the
 * media server alone while phones come by TLS.
 */
export function rtpHosts(listens: readonly ListenAddress[]): { readonly host: string; readonly host6?: string } {
  const widest = (isOfFamily: (host: string) => boolean): string | undefined => {
    const hosts = listens.map((listen) => listen.host).filter(isOfFamily);
    const wildcard = hosts.find((host) => host === '0.0.0.0' || host === '::');
    return wildcard ?? hosts.find((host) => !/^127\.|^::1$/.test(host)) ?? hosts[0];
  };
  const host = widest(isIPv4) ?? LOOPBACK_ANY.host;
  const host6 = widest(isIPv6);
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
