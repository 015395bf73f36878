import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MediaCore } from '../../embedded/media-server/media-core.ts';
import { type MediaServerOptions, settle } from '../../embedded/media-server/options.ts';
import { CapturedLog } from '../captured-log.ts';
import { FakeClock } from '../clock.ts';
import { header, WireCall, WirePhone } from '../edge/wire-phone.ts';
import { EslApplication, type EslFrame, EslWire } from './esl-wire.ts';
import { RtpPeer } from './rtp-peer.ts';

export const password = 'a password for tests';

/** Samples that differ from one another and from silence, so that each piece of a file can be told from the others. */
export function pattern(samples: number, seed = 0): Int16Array {
  return Int16Array.from({ length: samples }, (_, at) => 2_000 + 997 * ((at + 31 * seed) % 29));
}

/** A WAV file of 16-bit mono samples at 8 kHz. */
export function wavOf(samples: Int16Array, rate = 8_000): Buffer {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  for (const [at, sample] of samples.entries()) bytes.writeInt16LE(sample, 44 + 2 * at);
  return bytes;
}

/** A call to the media server, with its signalling, its media and its event socket. */
export interface RigCall {
  readonly wire: WireCall;
  readonly esl: EslWire;
  readonly peer: RtpPeer;
  readonly uuid: string;
  /** The media server's RTP port. */
  readonly rtpPort: number;
  readonly data: ReadonlyMap<string, string>;
  /** The description that the media server answered with. */
  readonly sdp: string;
}

export interface CallOptions {
  readonly headers?: string;
  readonly peer?: RtpPeer;
  readonly sdp?: string;
  readonly events?: string;
}

/**
 * A media server in this thread, on ephemeral ports with real sockets and a clock that stands still: packets are sent
 * and time-outs come when the test says so.
 */
export class MediaRig {
  readonly clock: FakeClock;
  readonly log: CapturedLog;
  readonly core: MediaCore;
  readonly folder: string;
  readonly application: EslApplication;
  readonly phone: WirePhone;
  readonly #peers: RtpPeer[] = [];
  readonly #wires: EslWire[] = [];

  private constructor(
    core: MediaCore,
    folder: string,
    application: EslApplication,
    phone: WirePhone,
    clock: FakeClock,
    log: CapturedLog,
  ) {
    this.core = core;
    this.folder = folder;
    this.application = application;
    this.phone = phone;
    this.clock = clock;
    this.log = log;
  }

  static async start(
    options: Partial<MediaServerOptions> = {},
    files: Readonly<Record<string, Int16Array>> = {},
  ): Promise<MediaRig> {
    const folder = await mkdtemp(join(tmpdir(), 'media-rig-'));
    for (const [name, samples] of Object.entries(files)) await writeFile(join(folder, name), wavOf(samples));
    const clock = new FakeClock();
    const log = new CapturedLog();
    const settings = settle({
      password,
      rtp: { host: '127.0.0.1', portMin: 30_000, portMax: 39_999 },
      promptsDir: folder,
      ...options,
    });
    const core = await MediaCore.start(settings, clock, log);
    const application = await EslApplication.start();
    return new MediaRig(core, folder, application, await WirePhone.start(core.sipPort), clock, log);
  }

  /** A client of the event socket that has authenticated. */
  async client(): Promise<EslWire> {
    const wire = await EslWire.login(this.core.eslPort, password);
    this.#wires.push(wire);
    return wire;
  }

  async peer(): Promise<RtpPeer> {
    const peer = await RtpPeer.start();
    this.#peers.push(peer);
    return peer;
  }

  /** The headers of an INVITE from drachtio-fsmrf. */
  inviteHeaders(more = ''): string {
    return `User-Agent: drachtio-fsmrf:some-id\nX-esl-outbound: 127.0.0.1:${this.application.port}\n${more}`;
  }

  /** A call that is answered, its application connected and told of all events in JSON. */
  async call(options: CallOptions = {}): Promise<RigCall> {
    const peer = options.peer ?? (await this.peer());
    const wire = new WireCall(this.phone, this.core.sipPort, 'drachtio');
    wire.send('INVITE', { body: options.sdp ?? peer.offer(), headers: this.inviteHeaders(options.headers) });
    const answer = await wire.answered();
    const esl = await this.application.next();
    esl.write('connect\n\n');
    const { headers: data } = await esl.next('command/reply');
    const uuid = data.get('Unique-ID') ?? '';
    const events = options.events ?? 'ALL';
    await esl.command(`event json ${events}`);
    await esl.command(`filter Unique-ID ${uuid}`);
    const sdp = answer.slice(answer.indexOf('\r\n\r\n') + 4);
    return { wire, esl, peer, uuid, rtpPort: Number(/^m=audio (\d+)/m.exec(sdp)?.[1]), data, sdp };
  }

  /** Lets time pass, in steps short enough that packets and replies of the real sockets find their way in between. */
  async pass(milliseconds: number, step = 20): Promise<void> {
    for (let left = milliseconds; left > 0; left -= step) await this.clock.advance(Math.min(step, left));
  }

  async close(): Promise<void> {
    await this.core.close();
    for (const wire of this.#wires) wire.destroy();
    await this.application.close();
    await this.phone.close();
    for (const peer of this.#peers) await peer.close();
    await rm(this.folder, { recursive: true });
  }
}

/** A header of a SIP message; again for tests that read answers. */
export { header };

/** The variables of an event's channel, without their prefix. */
export function variablesOf({ event }: EslFrame): Readonly<Record<string, string>> {
  const found = Object.entries(event).filter(([name]) => name.startsWith('variable_'));
  return Object.fromEntries(found.map(([name, value]) => [name.slice('variable_'.length), value]));
}
