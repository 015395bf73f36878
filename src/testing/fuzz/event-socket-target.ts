import { createSocket } from 'node:dgram';
import { Socket } from 'node:net';
import { apiCommands } from '../../embedded/media-server/api-commands.ts';
import { applications } from '../../embedded/media-server/applications.ts';
import { Channel } from '../../embedded/media-server/channel.ts';
import { EslCommands } from '../../embedded/media-server/esl-commands.ts';
import { EslConnection } from '../../embedded/media-server/esl-connection.ts';
import { EventBus } from '../../embedded/media-server/event-bus.ts';
import { PromptStore } from '../../embedded/media-server/prompt-store.ts';
import { SessionCounts } from '../../embedded/media-server/session-counts.ts';
import { IdleCpu } from '../../embedded/media-server/status-text.ts';
import { zeroCounters } from '../../embedded/rtp/counters.ts';
import { Pacer } from '../../embedded/rtp/pacer.ts';
import { RtpSession } from '../../embedded/rtp/rtp-session.ts';
import { CapturedLog } from '../captured-log.ts';
import { FakeClock } from '../clock.ts';

const PASSWORD = 'z9';

/** Never bound: the clock stands still, so nothing is sent. */
const rtpSocket = createSocket('udp4');
const rtcpSocket = createSocket('udp4');

/** Shared, for making it looks at the whole machine. */
const idleCpu = new IdleCpu();

/** What an event socket and its one channel have logged of commands that came in these bytes, as client and as application. */
export function atEventSocket(input: Buffer): CapturedLog {
  const clock = new FakeClock();
  const log = new CapturedLog();
  const bus = new EventBus(clock);
  const channels = new Map<string, Channel>();
  const api = apiCommands({
    bus,
    clock,
    counts: new SessionCounts(clock),
    idleCpu,
    maxSessions: 10,
    startedAt: 0,
    profile: 'drachtio_mrf',
    sipAddress: () => '127.0.0.1:5080',
    channels,
  });
  const channel = makeChannel(bus, clock, log);
  channels.set(channel.uuid, channel);
  const channelNamed = (uuid: string): Channel | undefined => channels.get(uuid);
  const { run } = new EslCommands({ password: PASSWORD, bus, channelNamed, api });
  const context = { bus, clock, log, run };
  for (const own of [undefined, channel]) {
    const socket = new Socket();
    const connection = new EslConnection(socket, context, () => undefined, own);
    const greeting = own === undefined ? `auth ${PASSWORD}\n\n` : 'connect\n\nmyevents\n\n';
    socket.emit('data', Buffer.from(greeting));
    socket.emit('data', input);
    connection.disconnect();
    socket.destroy();
  }
  channel.hangUp('NORMAL_CLEARING', false);
  return log;
}

function makeChannel(bus: EventBus, clock: FakeClock, log: CapturedLog): Channel {
  const rtp = new RtpSession({
    port: { port: 20_000, socket: rtpSocket, rtcp: rtcpSocket, release: () => undefined },
    pacer: new Pacer(clock, () => undefined),
    clock,
    counters: zeroCounters(),
    onKey: () => undefined,
  });
  const channel = new Channel({
    uuid: 'channel',
    name: 'sofia/drachtio_mrf/x',
    profile: { username: 'x', name: 'x', networkAddress: '127.0.0.1', destination: 'drachtio', context: 'mrf' },
    rtp,
    bus,
    clock,
    log,
    prompts: new PromptStore({ folder: import.meta.dirname, clock, log }),
    applications,
    onHangUp: () => undefined,
    onDestroyed: () => undefined,
  });
  channel.announce();
  channel.answer();
  return channel;
}
