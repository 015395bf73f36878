import { type EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CapturedLog } from '../../testing/captured-log.ts';
import { EslWire } from '../../testing/media/esl-wire.ts';
import { password, pattern, wavOf } from '../../testing/media/media-rig.ts';
import { RtpPeer } from '../../testing/media/rtp-peer.ts';
import { type SipEdge, startSipEdge } from '../drachtio-server/server.ts';
import { encodeG711 } from '../rtp/g711.ts';
import { type MediaServer, type MediaServerOptions, startMediaServer } from './server.ts';
import { systemClock } from './system-clock.ts';

/** The libraries as they really are; their own declarations leave parts out or are missing. */
interface FsmrfEndpoint extends EventEmitter {
  readonly uuid: string;
  readonly connected: boolean;
  readonly local: { readonly sdp: string; readonly mediaIp: string; readonly mediaPort: string };
  readonly remote: { readonly mediaPort: string };
  readonly dtmfType: string;
  readonly dialog: EventEmitter & { destroy(): Promise<unknown> };
  readonly conn: { readonly socket: { setNoDelay(): void; destroy(): void } };
  play(file: string | string[] | object): Promise<Record<string, string>>;
  set(variables: Record<string, string>): Promise<void>;
  export(variables: Record<string, string>): Promise<void>;
  api(command: string, args?: string | string[]): Promise<{ getBody(): string }>;
  execute(application: string, argument?: string): Promise<{ getHeader(name: string): string | null }>;
  getChannelVariables(includeMedia?: boolean): Promise<Record<string, string | number>>;
  modify(sdp: string): Promise<string>;
  mute(): Promise<unknown>;
  destroy(): Promise<void>;
}
interface FsmrfServer extends EventEmitter {
  readonly maxSessions: number;
  readonly currentSessions: number;
  readonly sip: { readonly ipv4: { readonly udp: { readonly address: string } } };
  api(command: string): Promise<string>;
  createEndpoint(options?: {
    remoteSdp?: string;
    codecs?: string[];
    headers?: Record<string, string>;
  }): Promise<FsmrfEndpoint>;
  disconnect(): void;
}
interface Libraries {
  readonly Srf: new () => EventEmitter & { connect(options: object): void; disconnect(): void };
  readonly Mrf: new (srf: object) => { connect(options: object): Promise<FsmrfServer> };
}

const require = createRequire(import.meta.url);
const { Srf, Mrf }: Libraries = { Srf: require('drachtio-srf'), Mrf: require('drachtio-fsmrf') };

const files = { 'short.wav': pattern(1_600), 'other.wav': pattern(800, 5), 'long.wav': pattern(160_000, 2) };
const log = new CapturedLog();
let folder: string;
let media: MediaServer;
let edge: SipEdge;
let srf: InstanceType<Libraries['Srf']>;
let server: FsmrfServer;

const options = (more: Partial<MediaServerOptions> = {}): MediaServerOptions => ({
  password,
  rtp: { host: '127.0.0.1', portMin: 30_000, portMax: 39_999 },
  promptsDir: folder,
  heartbeatMs: 50,
  drainMs: 50,
  ...more,
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-server-'));
  for (const [name, samples] of Object.entries(files)) await writeFile(join(folder, name), wavOf(samples));
  media = await startMediaServer({ ...options(), log });
  const secret = 'edge secret';
  const anywhere = { host: '127.0.0.1', port: 0 };
  edge = await startSipEdge({
    sip: anywhere,
    admin: anywhere,
    secret,
    isAllowedPeer: () => true,
    log,
    clock: systemClock,
  });
  srf = new Srf();
  srf.connect({ host: '127.0.0.1', port: edge.adminPort, secret });
  await once(srf, 'connect');
  server = await new Mrf(srf).connect({
    address: '127.0.0.1',
    port: media.eslPort,
    secret: password,
    listenAddress: '127.0.0.1',
  });
});

afterAll(async () => {
  server.disconnect();
  srf.disconnect();
  await media.close();
  await edge.close();
  await rm(folder, { recursive: true });
});

/** Runs with an endpoint and a peer; afterwards nothing may be left in the media server. */
async function withEndpoint(
  run: (endpoint: FsmrfEndpoint, peer: RtpPeer) => Promise<void>,
  more: { codecs?: string[]; headers?: Record<string, string> } = {},
): Promise<void> {
  const peer = await RtpPeer.start();
  const endpoint = await server.createEndpoint({ remoteSdp: peer.offer(), ...more });
  endpoint.conn.socket.setNoDelay();
  try {
    await run(endpoint, peer);
  } finally {
    if (endpoint.connected) await endpoint.destroy();
    await peer.close();
  }
  await expect.poll(() => media.idle()).toBe(true);
}

/** Resolves when the endpoint hears of its channel: commands are carried out in order, and subscribing comes first. */
async function subscribed(endpoint: FsmrfEndpoint): Promise<void> {
  await endpoint.execute('set', 'subscribed=true');
}

describe('drachtio-fsmrf', () => {
  it('connects, finds the profile, and hears heartbeats', async () => {
    expect(server.sip.ipv4.udp.address).toBe(`127.0.0.1:${media.sipPort}`);
    expect(await server.api('status')).toContain('is ready');
    await expect.poll(() => server.maxSessions).toBe(1_000);
    await withEndpoint(async () => {
      await expect.poll(() => server.currentSessions).toBe(1);
    });
    await expect.poll(() => server.currentSessions).toBe(0);
  });

  it('is refused with a wrong password', async () => {
    const wire = await EslWire.dial(media.eslPort);
    await wire.next('auth/request');
    expect(await wire.command('auth ClueCon')).toBe('-ERR invalid');
    await wire.closed;
  });

  it('makes an endpoint that knows its media', async () => {
    await withEndpoint(async (endpoint, peer) => {
      expect(endpoint.local.sdp).toContain(`m=audio ${endpoint.local.mediaPort} RTP/AVP 0 101`);
      expect(endpoint.local.mediaIp).toBe('127.0.0.1');
      expect(endpoint.remote.mediaPort).toBe(String(peer.port));
      expect(endpoint.dtmfType).toBe('rfc2833');
    });
    await withEndpoint(
      async (endpoint) => {
        expect(endpoint.local.sdp).toContain('RTP/AVP 8 101');
      },
      { codecs: ['PCMA'] },
    );
  });

  it('plays files, lists, silence and tones', async () => {
    await withEndpoint(async (endpoint, peer) => {
      const started: unknown[] = [];
      endpoint.on('playback-start', ({ file }) => started.push(file));
      expect(await endpoint.play('short.wav')).toEqual({
        playbackSeconds: '0',
        playbackMilliseconds: '200',
        playbackLastOffsetPos: '1600',
      });
      await endpoint.set({ playback_sleep_val: '0' });
      await endpoint.play(['short.wav', 'other.wav', 'silence_stream://40']);
      await endpoint.play({ file: 'tone_stream://%(100,0,440)', timeoutSecs: 2 });
      expect(started).toEqual([
        'short.wav',
        'short.wav',
        'other.wav',
        'silence_stream://40',
        'tone_stream://%(100,0,440)',
      ]);
      const heard = Buffer.concat(peer.heard.map(({ payload }) => payload));
      const list = Buffer.concat([encodeG711('PCMU', files['short.wav']), encodeG711('PCMU', files['other.wav'])]);
      expect(heard.includes(list)).toBe(true);
      await expect(endpoint.play('missing.wav')).rejects.toThrow('File Not Found');
    });
  });

  it('breaks what plays, and hears keys at once', async () => {
    await withEndpoint(async (endpoint, peer) => {
      const playing = endpoint.play('long.wav');
      await once(endpoint, 'playback-start');
      const key = once(endpoint, 'dtmf');
      await peer.press(Number(endpoint.local.mediaPort), '5');
      expect(await key).toMatchObject([{ dtmf: '5', source: 'RTP' }]);
      const stopped = once(endpoint, 'playback-stop');
      expect((await endpoint.api('uuid_break', endpoint.uuid)).getBody()).toBe('+OK\n');
      await stopped;
      expect(Number((await playing).playbackMilliseconds)).toBeLessThan(10_000);
    });
  });

  it('reads variables, and sets many at once', async () => {
    await withEndpoint(async (endpoint) => {
      await endpoint.set({ one: '1', two: 'a b', three: "it's" });
      await endpoint.export({ four: '4' });
      expect(await endpoint.getChannelVariables(true)).toMatchObject({
        variable_one: '1',
        variable_two: 'a b',
        variable_three: "it's",
        variable_four: '4',
        'Unique-ID': endpoint.uuid,
      });
    });
  });

  it('modifies an endpoint to another peer', async () => {
    await withEndpoint(async (endpoint) => {
      const other = await RtpPeer.start();
      await endpoint.modify(other.offer([], '8 101'));
      expect(endpoint.remote.mediaPort).toBe(String(other.port));
      await endpoint.play('short.wav');
      expect(other.heard.length).toBeGreaterThan(5);
      expect(other.heard.at(-1)?.payloadType).toBe(8);
      await other.close();
    });
  });

  it('makes an endpoint without a peer, which gets one later', async () => {
    const peer = await RtpPeer.start();
    const endpoint = await server.createEndpoint();
    expect(peer.heard).toEqual([]);
    await endpoint.modify(peer.offer());
    await endpoint.play('short.wav');
    expect(peer.heard.length).toBeGreaterThan(5);
    await endpoint.destroy();
    await peer.close();
    await expect.poll(() => media.idle()).toBe(true);
  });

  it('is told when the call ends from the other side', async () => {
    await withEndpoint(async (endpoint) => {
      const ended = once(endpoint, 'destroy');
      const bye = once(endpoint.dialog, 'destroy');
      await subscribed(endpoint);
      await server.api(`uuid_kill ${endpoint.uuid}`);
      expect(await ended).toEqual([{ reason: 'NORMAL_CLEARING' }]);
      await bye;
    });
    await withEndpoint(async (endpoint) => {
      const ended = once(endpoint, 'destroy');
      await subscribed(endpoint);
      await endpoint.dialog.destroy();
      expect(await ended).toEqual([{ reason: 'NORMAL_CLEARING' }]);
    });
  });

  it('leaves nothing behind when its connection to an endpoint is lost', async () => {
    await withEndpoint(async (endpoint) => {
      const bye = once(endpoint.dialog, 'destroy');
      endpoint.conn.socket.destroy();
      await bye;
    });
  });

  it('ends an endpoint that is asked for an application which is not offered', async () => {
    await withEndpoint(async (endpoint) => {
      const ended = once(endpoint, 'destroy');
      void endpoint.execute('record', '/tmp/x.wav 5');
      expect(await ended).toEqual([{ reason: 'DESTINATION_OUT_OF_ORDER' }]);
    });
  });

  it('serves many endpoints at once', async () => {
    const peers = await Promise.all(Array.from({ length: 20 }, () => RtpPeer.start()));
    const endpoints = await Promise.all(peers.map((peer) => server.createEndpoint({ remoteSdp: peer.offer() })));
    await Promise.all(endpoints.map((endpoint) => endpoint.play('short.wav')));
    const whole = Buffer.from(encodeG711('PCMU', files['short.wav']));
    for (const { heard } of peers)
      expect(Buffer.concat(heard.map(({ payload }) => payload)).includes(whole)).toBe(true);
    await Promise.all(endpoints.map((endpoint) => endpoint.destroy()));
    await Promise.all(peers.map((peer) => peer.close()));
    await expect.poll(() => media.idle()).toBe(true);
  });
});

describe('the handle', () => {
  it('rejects options that cannot be used, folders that are not there, and ports that are taken', async () => {
    await expect(startMediaServer(options({ password: '' }))).rejects.toThrow('"password" must not be empty');
    await expect(startMediaServer(options({ rtp: { portMin: 10, portMax: 5 } }))).rejects.toThrow(RangeError);
    await expect(startMediaServer(options({ allowedPeers: ['x'] }))).rejects.toThrow('no network');
    await expect(startMediaServer(options({ promptsDir: '/no/such/folder' }))).rejects.toMatchObject({
      code: 'ENOENT',
    });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await expect(startMediaServer(options({ esl: { port: port ?? 0 } }))).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await new Promise((resolve) => other.close(resolve));
  });

  it('closes with calls in progress: they are hung up, and the ports are free again', async () => {
    const own = await startMediaServer(options());
    const ports = [own.eslPort, own.sipPort];
    const ownServer = await new Mrf(srf).connect({
      address: '127.0.0.1',
      port: own.eslPort,
      secret: password,
      listenAddress: '127.0.0.1',
    });
    const peer = await RtpPeer.start();
    const endpoint = await ownServer.createEndpoint({ remoteSdp: peer.offer() });
    const bye = once(endpoint.dialog, 'destroy');
    ownServer.disconnect();
    await own.close();
    await own.close();
    await bye;
    await peer.close();
    await expect(own.stats()).rejects.toThrow('closed');
    const again = await startMediaServer(options({ esl: { port: ports[0] ?? 0 }, sip: { port: ports[1] ?? 0 } }));
    await again.close();
  });

  it('tells when the thread dies, and does not hang', async () => {
    const created = once(process, 'worker');
    const dying = await startMediaServer({ ...options(), log });
    const [thread] = (await created) as [Worker];
    const wire = await EslWire.login(dying.eslPort, password);
    await thread.terminate();
    expect((await dying.failed).message).toContain('ended with code');
    await wire.closed;
    await expect(dying.stats()).rejects.toThrow('ended with code');
    await expect(dying.idle()).rejects.toThrow();
    await dying.close();
    expect(log.lines.some(({ level, message }) => level === 'error' && message === 'The media server failed')).toBe(
      true,
    );
  });
});
