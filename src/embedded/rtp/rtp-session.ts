import { randomInt } from 'node:crypto';
import type { RemoteInfo } from 'node:dgram';
import type { Clock } from '../clock.ts';
import { AudioOrder } from './audio-order.ts';
import type { AudioSource } from './audio-source.ts';
import type { RtpCounters } from './counters.ts';
import { g711Levels, silenceCode } from './g711.ts';
import { Latch } from './latch.ts';
import type { Paced, Pacer, Slot } from './pacer.ts';
import {
  emptyPacket,
  isRtcp,
  type RtpPacket,
  readPacket,
  rtpHeaderBytes,
  writeChangingHeader,
  writeFixedHeader,
} from './packet.ts';
import type { RtpPort } from './port-pool.ts';
import { Reception, type ReceptionFacts } from './reception.ts';
import type { PeerReport, SenderFacts } from './rtcp-packet.ts';
import { RtcpSession } from './rtcp-session.ts';
import type { AgreedMedia, PayloadKind } from './sdp.ts';
import { MediaSecurity } from './srtp/media-security.ts';
import { mostOverhead } from './srtp/suites.ts';
import { type DtmfKey, TelephoneEventReceiver } from './telephone-event.ts';
import { ToneDetector } from './tone-detector.ts';

const samplesPerMillisecond = 8;
const longestPacket = rtpHeaderBytes + 60 * samplesPerMillisecond;
/**
 * The system takes a packet over in `send` or, when its buffer is full, some time later: a buffer is not written
 * again before this many packets have followed.
 */
const packetBuffers = 8;
/** Packets that come late are sent at once, as long as no more than these are missing; else they are left out. */
const mostCaughtUp = 3;

/** A key that was pressed, told while it is still down. */
export interface HeardKey {
  readonly key: DtmfKey;
  /** How much of it is known when it is told, in timestamp units of 125 µs. */
  readonly duration: number;
  /** Whether it came as telephone-event packets or as tones in the audio. */
  readonly by: 'event' | 'tones';
}

export interface RtpSessionOptions {
  readonly port: RtpPort;
  readonly pacer: Pacer;
  readonly clock: Clock;
  /** Shared by all sessions of a media server. */
  readonly counters: RtpCounters;
  readonly onKey: (key: HeardKey) => void;
}

/** What the audio that is being sent comes from. */
export interface Feed {
  /**
   * The source that the next samples are read from, which has not ended; asked again after each packet and within one
   * that a source did not fill. `undefined` is a pause: nothing is sent until {@link RtpSession.wake}.
   */
  next(): AudioSource | undefined;
}

/**
 * One call's RTP stream on one port: receives from the latched peer, tells keys, and sends what the feed has, at
 * exact intervals. Sequence numbers and timestamps go on over pauses as RFC 3550 §5.1 and RFC 3551 §4.1 ask: time
 * goes by in the timestamp, and the first packet after a pause is marked.
 */
export class RtpSession implements Paced {
  readonly #options: RtpSessionOptions;
  readonly #latch = new Latch();
  readonly #reception = new Reception();
  readonly #security = new MediaSecurity();
  readonly #rtcp: RtcpSession;
  readonly #keys = new TelephoneEventReceiver();
  /** What looks for tones in the audio, while somebody wants them. */
  #tones: AudioOrder | undefined;
  readonly #packet = emptyPacket();
  readonly #slot: Slot;
  readonly #buffers: Uint8Array[];
  /** The same bytes as long as a packet is, so that sending one makes no view of it. */
  #views: Uint8Array[] = [];
  readonly ssrc = randomInt(2 ** 32);
  #buffer = 0;
  /** In the lower half, so that a peer that misses the first packets does not miss a turn of it (RFC 3711 §3.3.1). */
  #sequence = randomInt(2 ** 15);
  #timestamp = randomInt(2 ** 32);
  /** When the latest packet's audio ends; the next one may not be sent before. */
  #sentUntil = Number.NEGATIVE_INFINITY;
  #media: AgreedMedia | undefined;
  #feed: Feed | undefined;
  #closed = false;
  /** When the peer was last heard, in monotonic milliseconds; at first when the session was made. */
  lastHeard: number;
  packetsSent = 0;
  packetsReceived = 0;
  #octetsSent = 0;

  constructor(options: RtpSessionOptions) {
    this.#options = options;
    this.#slot = options.pacer.slot(this);
    this.#buffers = Array.from({ length: packetBuffers }, () => {
      const bytes = new Uint8Array(longestPacket + mostOverhead);
      writeFixedHeader(bytes, this.ssrc);
      return bytes;
    });
    this.lastHeard = options.clock.monotonic();
    options.port.socket.on('message', this.#receive);
    this.#rtcp = new RtcpSession({
      clock: options.clock,
      socket: options.port.rtcp,
      counters: options.counters.rtcp,
      ssrc: this.ssrc,
      reception: this.#reception,
      security: this.#security,
      sender: () => this.#senderFacts(),
      mediaSource: () => this.#latch.source,
      sendMuxed: (bytes, length) => this.#sendMuxed(bytes, length),
      onHeard: () => {
        this.lastHeard = options.clock.monotonic();
      },
    });
  }

  get localPort(): number {
    return this.#options.port.port;
  }

  get media(): AgreedMedia | undefined {
    return this.#media;
  }

  /** How well the peer's packets arrive. */
  get reception(): ReceptionFacts {
    return this.#reception.facts;
  }

  /** What the peer last reported of our packets; `undefined` when it has not. */
  get peerReport(): PeerReport | undefined {
    return this.#rtcp.peerReport;
  }

  /** Whether the agreement lets the peer send, so that its silence means something. */
  get expectsMedia(): boolean {
    const direction = this.#media?.direction;
    return direction === 'sendrecv' || direction === 'recvonly';
  }

  /**
   * Takes up what an offer and an answer agreed. The source of packets may be latched once more.
   *
   * @param signalling the address that the peer's signalling came from, if it is known.
   */
  agree(media: AgreedMedia, signalling: string | undefined): void {
    this.#media = media;
    this.#security.agree(media.security);
    this.#latch.open(media.address, media.port, signalling);
    this.#rtcp.agree(media, signalling);
    this.lastHeard = this.#options.clock.monotonic();
    this.wake();
  }

  /** Sets what to send, from the next packet on; `undefined` sends nothing. */
  feed(feed: Feed | undefined): void {
    this.#feed = feed;
    this.wake();
  }

  /** Whether keys are looked for in the audio itself; at first they are not. Saying the same again changes nothing. */
  listenForTones(listen: boolean): void {
    if (!listen) this.#tones = undefined;
    else if (!this.#closed) this.#tones ??= new AudioOrder(new ToneDetector(this.#toneHeard));
  }

  /** Asks the feed at once, or as soon as the packet that is on its way has been played. */
  wake(): void {
    if (this.#closed || this.#slot.index !== -1) return;
    if (this.#feed === undefined || this.#media === undefined) return;
    this.#options.pacer.schedule(this.#slot, Math.max(this.#options.clock.monotonic(), this.#sentUntil));
  }

  /** Stops everything and gives the port back. Calling it again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tones = undefined;
    this.#options.pacer.cancel(this.#slot);
    this.#rtcp.close();
    this.#options.counters.lost += this.#reception.facts.lost;
    this.#options.port.socket.off('message', this.#receive);
    this.#options.port.release();
  }

  tick(due: number, now: number): number | undefined {
    const media = this.#media;
    if (media === undefined) return undefined;
    const samples = media.ptime * samplesPerMillisecond;
    const bytes = this.#buffers[this.#buffer] as Uint8Array;
    const read = this.#read(bytes, samples, media);
    if (read === 0 || this.#closed) return undefined;
    const start = this.#startOf(due, now, media.ptime);
    // On hold nothing is sent, but time goes on for what is being played.
    if (this.#maySend()) {
      // The end of the last piece is filled up: all packets of a stream are of one length.
      if (read < samples) bytes.fill(silenceCode[media.law], rtpHeaderBytes + read, rtpHeaderBytes + samples);
      this.#stamp(bytes, media, start);
      this.#send(rtpHeaderBytes + samples);
      this.#timestamp = (this.#timestamp + samples) >>> 0;
      this.#sentUntil = start + media.ptime;
    }
    // Asked now, a piece that has ended says so now, and what the application plays next can follow without a gap.
    const goesOn = this.#feed?.next() !== undefined;
    return goesOn && !this.#closed ? start + media.ptime : undefined;
  }

  /** Writes the header of a packet whose audio begins at `start`; the timestamp stands at the end of the one before. */
  #stamp(bytes: Uint8Array, media: AgreedMedia, start: number): void {
    const pause = start - this.#sentUntil;
    const first = this.packetsSent === 0;
    if (!first) this.#timestamp = (this.#timestamp + Math.round(pause * samplesPerMillisecond)) >>> 0;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    writeChangingHeader(bytes, media.payloadType, first || pause > tolerance, this.#sequence, this.#timestamp);
  }

  /** Fills a packet from the feed; sources follow one another inside it without a gap. */
  #read(bytes: Uint8Array, samples: number, media: AgreedMedia): number {
    let read = 0;
    while (read < samples) {
      const count = this.#feed?.next()?.read(bytes, rtpHeaderBytes + read, samples - read, media.law) ?? 0;
      if (count === 0) break;
      read += count;
    }
    return read;
  }

  /** When the packet's audio begins: when it was due, unless the thread is so late that packets are left out. */
  #startOf(due: number, now: number, ptime: number): number {
    if (now - due <= mostCaughtUp * ptime) return due;
    this.#options.counters.slips += 1;
    return now;
  }

  #maySend(): boolean {
    const direction = this.#media?.direction;
    return (direction === 'sendrecv' || direction === 'sendonly') && this.#latch.address !== undefined;
  }

  /** Sends what stands in the buffer whose turn it is. */
  #send(plainLength: number): void {
    const { port, counters } = this.#options;
    const length = this.#security.protectRtp(this.#buffers[this.#buffer] as Uint8Array, plainLength);
    if (this.#views[0]?.length !== length) this.#views = this.#buffers.map((buffer) => buffer.subarray(0, length));
    const packet = this.#views[this.#buffer] as Uint8Array;
    this.#buffer = (this.#buffer + 1) % packetBuffers;
    this.packetsSent += 1;
    this.#octetsSent += plainLength - rtpHeaderBytes;
    counters.sent += 1;
    port.socket.send(packet, this.#latch.port, this.#latch.address);
  }

  readonly #receive = (received: Uint8Array, from: RemoteInfo): void => {
    const { counters, clock, pacer } = this.#options;
    const now = clock.monotonic();
    // When many sockets have something to read, packets of other calls become due before all of it is read.
    pacer.catchUp(now);
    if (this.#closed) return;
    const media = this.#media;
    const packet = this.#packet;
    // Strangers are turned away before anything of theirs is looked at. Port 0 can be forged but not be answered.
    if (media === undefined || from.port === 0 || !this.#latch.accepts(from.address, from.port)) {
      counters.dropped.foreign += 1;
      return;
    }
    if (isRtcp(received) && this.#rtcp.onMuxed(received)) return;
    // What is not authentic neither latches nor counts for anything.
    const datagram = this.#security.openRtp(received);
    if (typeof datagram === 'string') {
      counters.dropped[datagram] += 1;
      return;
    }
    const fault = readPacket(datagram, packet);
    if (fault !== undefined) {
      counters.dropped[fault] += 1;
      return;
    }
    const kind = media.payloads.get(packet.payloadType);
    if (kind === undefined) {
      counters.dropped.payload += 1;
      return;
    }
    const sending = this.#latch.address !== undefined;
    this.#latch.fix(from.address, from.port);
    if (!sending) this.wake();
    this.lastHeard = now;
    this.packetsReceived += 1;
    counters.received += 1;
    this.#take(datagram, packet, kind);
  };

  #take(datagram: Uint8Array, packet: RtpPacket, kind: PayloadKind): void {
    const isEvent = kind === 'telephone-event';
    this.#reception.receive(packet, this.lastHeard, !isEvent);
    this.#tones?.receive(datagram, packet, kind === 'PCMU' || kind === 'PCMA' ? g711Levels[kind] : undefined);
    if (!isEvent) return;
    const result = this.#keys.receive(datagram, packet, this.lastHeard);
    if (typeof result === 'object') this.#tell(result.key, result.duration, 'event');
    else if (result !== 'known') this.#options.counters.dropped[result] += 1;
  }

  #senderFacts(): SenderFacts {
    const { clock } = this.#options;
    // The timestamp stands at the end of the last packet, and goes on with the time.
    const since = this.packetsSent === 0 ? 0 : clock.monotonic() - this.#sentUntil;
    const timestamp = (this.#timestamp + Math.round(since * samplesPerMillisecond)) >>> 0;
    return { now: clock.now(), timestamp, packets: this.packetsSent, octets: this.#octetsSent };
  }

  #sendMuxed(bytes: Uint8Array, length: number): void {
    const { address, port } = this.#latch;
    if (address !== undefined) this.#options.port.socket.send(bytes, 0, length, port, address);
  }

  readonly #toneHeard = (key: DtmfKey, samples: number): void => this.#tell(key, samples, 'tones');

  #tell(key: DtmfKey, duration: number, by: HeardKey['by']): void {
    this.#options.counters.keys += 1;
    this.#options.onKey({ key, duration, by });
  }
}

/** Milliseconds by which two packets may miss each other and still be without a pause between them. */
const tolerance = 0.25;
