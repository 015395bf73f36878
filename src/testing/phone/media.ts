import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type Codec, decode, encode, PAYLOAD_TYPE, SILENCE } from './g711.ts';
import { type RtpPacket, readRtp, writeRtp } from './rtp.ts';
import type { Direction } from './sdp.ts';
import type { Srtp } from './srtp.ts';
import { eventPackets } from './telephone-event.ts';
import { Timers } from './timers.ts';

/**
 * What happens to the phone's own packets on their way out: called for each with its number, counting from 0, it returns
 * what is sent instead, now and in this order: nothing (lost), the packet twice (repeated), an earlier one after it (reordered).
 */
export type Disturbance = (packet: RtpPacket, index: number) => readonly RtpPacket[];

/** What was negotiated for the packets of both ways. */
export interface MediaSettings {
  readonly remote: { readonly host: string; readonly port: number };
  readonly codec: Codec;
  readonly payloadType: number;
  /** The number that the other side gave telephone-event; undefined when it takes none. */
  readonly eventPayloadType: number | undefined;
  /** From the phone's side. */
  readonly direction: Direction;
}

export interface MediaOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Packet time of the phone's own audio, in milliseconds. */
  readonly ptime: number;
  /** Whether silence is sent while there is nothing to say. */
  readonly comfort: boolean;
  readonly disturb: Disturbance | undefined;
  /** Each packet is up to so many milliseconds on its way, by chance, and may be overtaken. */
  readonly jitterMs: number;
  /** Absent: plain RTP. */
  readonly srtp: Srtp | undefined;
  /** Is given every datagram as it is on the network. */
  readonly tap: ((bytes: Buffer) => void) | undefined;
}

/** What a phone's media tells of; `at` is in `performance.now()` milliseconds. */
export interface MediaListener {
  received(packet: RtpPacket, samples: Int16Array, at: number): void;
  sent(packet: RtpPacket, at: number): void;
  /** Called each packet time, whether or not anything is sent or received. */
  tick(at: number): void;
}

/** How a key is pressed. Times in milliseconds. */
export interface KeyTiming {
  readonly toneMs: number;
  readonly gapMs: number;
  readonly updateMs: number;
  readonly endsTogether: boolean;
}

const CODECS: readonly Codec[] = ['PCMU', 'PCMA'];
const SAMPLES_PER_MS = 8;
/** After a stall of the process at most this many late packets are made up for; older ones are skipped. */
const MOST_LATE_PACKETS = 5;

/** A phone's RTP (RFC 3550, 3551, 4733): one socket, one stream each way, paced by the real clock. */
export class Media {
  readonly #socket: Socket;
  readonly #options: MediaOptions;
  #listener: MediaListener | undefined;
  readonly #timers = new Timers();
  readonly #ssrc = randomInt(2 ** 32);
  readonly #timestampBase = randomInt(2 ** 32);
  #settings: MediaSettings | undefined;
  #sequence = randomInt(2 ** 15);
  #sentCount = 0;
  #startedAt = 0;
  /** Packet times since the start; the pace does not drift, because each is counted from the start. */
  #ticks = 0;
  #keyDown = false;
  /** When the last key came up; audio of before that, were it late, would overlap with the key. */
  #keyUpAt = 0;
  #newTalkspurt = true;
  #speech: Int16Array<ArrayBufferLike> = new Int16Array(0);
  #spoken: (() => void) | undefined;
  #closed = false;

  private constructor(socket: Socket, options: MediaOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (bytes) => this.#receive(bytes));
    socket.on('error', () => undefined);
  }

  /** Binds the socket; rejects when the port is taken. */
  static async open(options: MediaOptions): Promise<Media> {
    const socket = createSocket(isIPv6(options.host) ? 'udp6' : 'udp4');
    socket.bind(options.port, options.host);
    await once(socket, 'listening');
    return new Media(socket, options);
  }

  /** Sets who is told of packets and ticks; there is one listener. */
  listen(listener: MediaListener): void {
    this.#listener = listener;
  }

  /** The local address, for the session description. */
  get local(): { readonly host: string; readonly port: number } {
    return { host: this.#options.host, port: this.#socket.address().port };
  }

  get settings(): MediaSettings | undefined {
    return this.#settings;
  }

  /** Sets what was negotiated; the first time begins sending. */
  configure(settings: MediaSettings): void {
    this.#settings = settings;
    if (this.#startedAt !== 0 || this.#closed) return;
    this.#startedAt = performance.now();
    this.#tick();
  }

  /**
   * Sends one key by RFC 4733 and resolves when its tone, its repeated last packets and the gap are over; at once after
   * a close. Tells when the first packet went out. Throws when telephone-event was not negotiated.
   */
  async pressKey(key: string, timing: KeyTiming, down: (at: number) => void): Promise<void> {
    const settings = this.#settings;
    if (settings?.eventPayloadType === undefined) throw new Error('The other side takes no telephone-event');
    const payloadType = settings.eventPayloadType;
    const packets = eventPackets(key, timing);
    const startedAt = performance.now();
    const timestamp = this.#timestampBase + Math.round((startedAt - this.#startedAt) * SAMPLES_PER_MS);
    this.#keyDown = true;
    down(startedAt);
    for (const packet of packets) {
      await this.#until(startedAt + packet.atMs);
      if (this.#closed) return;
      if (packet.atMs >= timing.toneMs) this.#keyUp();
      this.#send(payloadType, packet.marker, timestamp + packet.timestampOffset, packet.payload);
    }
    this.#keyUp();
    await this.#until(startedAt + timing.toneMs + timing.gapMs);
  }

  /** Speaks 16-bit samples at 8 kHz instead of silence; resolves when the last one was sent, and at once after a close. */
  say(samples: Int16Array): Promise<void> {
    this.#spoken?.();
    this.#speech = samples;
    return new Promise((resolve) => {
      this.#spoken = resolve;
      if (this.#closed) resolve();
    });
  }

  /** Sends a packet as it is, for tests of what a phone would never send. */
  sendRaw(bytes: Uint8Array): void {
    const remote = this.#settings?.remote;
    if (remote !== undefined && !this.#closed) this.#socket.send(bytes, remote.port, remote.host);
  }

  /** Stops sending and receiving at once; resolves when the socket is gone. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timers.close();
    this.#spoken?.();
    const gone = once(this.#socket, 'close');
    this.#socket.close();
    await gone;
  }

  #keyUp(): void {
    if (!this.#keyDown) return;
    this.#keyDown = false;
    this.#keyUpAt = performance.now();
    this.#newTalkspurt = true;
  }

  #tick(): void {
    if (this.#closed) return;
    const { ptime } = this.#options;
    const now = performance.now();
    const due = Math.floor((now - this.#startedAt) / ptime);
    this.#ticks = Math.max(this.#ticks, due - MOST_LATE_PACKETS);
    for (; this.#ticks <= due; this.#ticks++) this.#sendAudio(this.#ticks * ptime * SAMPLES_PER_MS);
    this.#listener?.tick(now);
    this.#timers.after(Math.max(0, this.#startedAt + this.#ticks * ptime - performance.now()), () => this.#tick());
  }

  #sendAudio(sample: number): void {
    const settings = this.#settings;
    if (settings === undefined) return;
    const frame = this.#options.ptime * SAMPLES_PER_MS;
    const speech = this.#speech.subarray(0, frame);
    const sends = settings.direction === 'sendrecv' || settings.direction === 'sendonly';
    const silenced = this.#keyDown || this.#startedAt + sample / SAMPLES_PER_MS < this.#keyUpAt;
    if (!sends || silenced || (speech.length === 0 && !this.#options.comfort)) {
      this.#newTalkspurt = true;
      return;
    }
    const payload = new Uint8Array(frame).fill(SILENCE[settings.codec]);
    payload.set(encode(settings.codec, speech));
    this.#send(settings.payloadType, this.#newTalkspurt, this.#timestampBase + sample, payload);
    this.#newTalkspurt = false;
    this.#speech = this.#speech.subarray(speech.length);
    if (speech.length > 0 && this.#speech.length === 0) this.#spoken?.();
  }

  #send(payloadType: number, marker: boolean, timestamp: number, payload: Uint8Array): void {
    const remote = this.#settings?.remote;
    if (remote === undefined || remote.port === 0 || this.#closed) return;
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & 0xffff;
    const packet = { payloadType, marker, sequence, timestamp: timestamp >>> 0, ssrc: this.#ssrc, payload };
    const sent = this.#options.disturb?.(packet, this.#sentCount) ?? [packet];
    this.#sentCount++;
    for (const each of sent) {
      const { jitterMs } = this.#options;
      if (jitterMs === 0) this.#put(each, remote);
      else this.#timers.after(randomInt(jitterMs), () => this.#put(each, remote));
    }
  }

  #put(packet: RtpPacket, { host, port }: MediaSettings['remote']): void {
    if (this.#closed) return;
    const { srtp, tap } = this.#options;
    const plain = writeRtp(packet);
    const bytes = srtp === undefined ? plain : srtp.seal(plain);
    if (bytes === undefined) return;
    tap?.(bytes);
    this.#socket.send(bytes, port, host);
    this.#listener?.sent(packet, performance.now());
  }

  #receive(bytes: Buffer): void {
    const at = performance.now();
    const { srtp, tap } = this.#options;
    tap?.(bytes);
    const plain = srtp === undefined ? bytes : srtp.open(bytes);
    const packet = plain === undefined ? undefined : readRtp(plain);
    if (packet === undefined) return;
    // Every codec that was offered may be used, packet by packet (RFC 3264 §5.1); both have static numbers.
    const codec = CODECS.find((name) => PAYLOAD_TYPE[name] === packet.payloadType);
    if (codec !== undefined) this.#listener?.received(packet, decode(codec, packet.payload), at);
  }

  async #until(at: number): Promise<void> {
    const wait = at - performance.now();
    if (wait > 0) await this.#timers.sleep(wait);
  }
}
