import { randomInt } from 'node:crypto';
import { type SipEdge, startSipEdge } from '../embedded/drachtio-server/server.ts';
import type { MediaServerOptions } from '../embedded/media-server/options.ts';
import { type MediaServer, startMediaServer } from '../embedded/media-server/server.ts';
import { systemClock } from '../system-clock.ts';
import { CapturedLog } from './captured-log.ts';
import { type Engines, type EnginesOptions, PROMPTS } from './telephony-rig.ts';

/** Secrets of the embedded pair in tests. */
const EDGE_SECRET = 'edge-secret';
const MEDIA_SECRET = 'media-secret';

/** How many RTP ports each media server has. */
const PORTS_EACH = 400;

/** Where the first one's begin: elsewhere each time, because several test processes run at once. */
function firstPort(): number {
  return 16_000 + randomInt(30) * PORTS_EACH;
}

/** What only the embedded pair can be told. */
export interface EmbeddedOptions extends EnginesOptions {
  /** How many sessions each of the media servers takes at most, in their order; 1,000 where there is no number. */
  readonly capacities?: readonly number[];
  /** Which of the media servers, by index, have media over IPv6, at `::1`; none unless given. */
  readonly withIPv6?: readonly number[];
  /** Between two heartbeats of the media servers, in milliseconds. */
  readonly heartbeatMs?: number;
}

/** The embedded pair, of which a media server that was killed can be started again where it was. */
export interface EmbeddedEngines extends Engines {
  reviveMediaServer(index: number): Promise<void>;
}

/** Starts the embedded pair on free ports of the loopback, with one or more media servers. */
export async function startEngines(options: EmbeddedOptions = {}): Promise<EmbeddedEngines> {
  const { mediaServers = 1, t1, shortestSession, capacities = [], withIPv6 = [], heartbeatMs } = options;
  const log = new CapturedLog();
  await using opening = new AsyncDisposableStack();
  const edge = await startSipEdge({
    sip: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    secret: EDGE_SECRET,
    isAllowedPeer: () => true,
    ...(t1 === undefined ? {} : { timers: { t1, t2: 8 * t1, t4: 10 * t1 } }),
    minimumSessionExpires: shortestSession,
    log,
    clock: systemClock,
  });
  opening.defer(() => edge.close());
  const first = firstPort();
  const servers: MediaServer[] = [];
  const start = async (index: number, eslPort: number): Promise<MediaServer> => {
    const portMin = first + index * PORTS_EACH;
    const settings: MediaServerOptions = {
      esl: { port: eslPort },
      password: MEDIA_SECRET,
      rtp: {
        host: '127.0.0.1',
        portMin,
        portMax: portMin + PORTS_EACH - 1,
        ...(withIPv6.includes(index) ? { host6: '::1' } : {}),
      },
      promptsDir: PROMPTS,
      ...(capacities[index] === undefined ? {} : { maxSessions: capacities[index] }),
      ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
      // How busy the machine that tests run on is must not decide which media server a call goes to.
      idleCpu: 90,
    };
    return startMediaServer({ ...settings, log });
  };
  opening.defer(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });
  for (let index = 0; index < mediaServers; index += 1) servers.push(await start(index, 0));
  const engines = enginesOf(edge, servers, start, opening.move());
  return { ...engines, ...(shortestSession === undefined ? {} : { shortestSession }) };
}

function enginesOf(
  edge: SipEdge,
  servers: MediaServer[],
  start: (index: number, eslPort: number) => Promise<MediaServer>,
  opened: AsyncDisposableStack,
): EmbeddedEngines {
  const closed = new Set<MediaServer>();
  const serverAt = (index: number): MediaServer => {
    const server = servers[index];
    if (server === undefined) throw new RangeError(`There is no media server ${index}`);
    return server;
  };
  return {
    drachtio: { host: '127.0.0.1', port: edge.adminPort, secret: EDGE_SECRET },
    mediaServers: servers.map(({ eslPort }) => ({ host: '127.0.0.1', port: eslPort, secret: MEDIA_SECRET })),
    sip: `127.0.0.1:${edge.sipPort}`,
    killMediaServer: async (index) => {
      const server = serverAt(index);
      closed.add(server);
      await server.close();
    },
    reviveMediaServer: async (index) => {
      servers[index] = await start(index, serverAt(index).eslPort);
    },
    left: async () => {
      const { dialogs, openRequests } = edge.idle();
      const living = servers.filter((server) => !closed.has(server));
      const stats = await Promise.all(living.map((server) => server.stats()));
      const channels = stats.reduce((sum, one) => sum + one.channels + one.dialogs, 0);
      return { dialogs, openRequests, channels };
    },
    close: () => opened.disposeAsync(),
  };
}
