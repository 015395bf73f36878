import { randomBytes, randomInt } from 'node:crypto';
import type { RemoteInfo, Socket } from 'node:dgram';
import type { Cancel, Clock } from '../clock.ts';
import type { RtcpCounters } from './counters.ts';
import { Latch } from './latch.ts';
import type { Reception } from './reception.ts';
import { longestReport, type PeerReport, readCompound, type SenderFacts, writeCompound } from './rtcp-packet.ts';
import type { AgreedMedia } from './sdp.ts';
import type { MediaSecurity } from './srtp/media-security.ts';
import { mostOverhead } from './srtp/suites.ts';

export interface RtcpSessionOptions {
  readonly clock: Clock;
  /** The port beside the one of RTP. */
  readonly socket: Socket;
  readonly counters: RtcpCounters;
  readonly ssrc: number;
  readonly reception: Reception;
  readonly security: MediaSecurity;
  /** What was sent so far. */
  readonly sender: () => SenderFacts;
  /** Where the peer's RTP was found to come from; `undefined` before the first packet. */
  readonly mediaSource: () => { readonly address: string; readonly port: number } | undefined;
  /** Sends on the port of RTP, to where RTP goes. */
  readonly sendMuxed: (bytes: Uint8Array, length: number) => void;
  /** The peer was heard. */
  readonly onHeard: () => void;
}

/** RFC 3550 §6.2: two members share the control bandwidth of a telephone call at the minimum interval. */
const interval = 5_000;
/** RFC 3550 §6.3.1: what makes up for the reconsideration of timers on average. */
const compensation = Math.E - 1.5;
const randomSteps = 2 ** 20;
/** As with RTP: a buffer may still be on its way when the next report is written. */
const buffers = 2;

/**
 * The control packets of one call (RFC 3550 §6): reports at random times around five seconds, and a goodbye at the end;
 * takes the peer's reports. As with RTP, only the addresses that the signalling names are listened to and talked to.
 */
export class RtcpSession {
  readonly #options: RtcpSessionOptions;
  readonly #latch = new Latch();
  /** Made up for each call (RFC 7022 §4.2), so that it tells nothing of this host, nor that two calls come from it. */
  readonly #name = Buffer.from(randomBytes(12).toString('base64'));
  readonly #buffers = Array.from({ length: buffers }, () => new Uint8Array(longestReport + mostOverhead));
  #media: AgreedMedia | undefined;
  #cancel: Cancel | undefined;
  #closed = false;
  #reports = 0;
  /** Packets sent before the last report and the one before it (RFC 3550 §6.3.8: who sent in two intervals is a sender). */
  #sentBefore: readonly [number, number] = [0, 0];
  /** What the peer said last of what it receives of us. */
  peerReport: PeerReport | undefined;

  constructor(options: RtcpSessionOptions) {
    this.#options = options;
    options.socket.on('message', this.#onDatagram);
  }

  /** Takes up what an offer and an answer agreed; see {@link Latch.open} about `signalling`. */
  agree(media: AgreedMedia, signalling: string | undefined): void {
    this.#media = media;
    this.#latch.open(media.address, media.rtcpPort ?? 0, signalling);
    // RFC 3550 §6.2: the first report comes after half the interval.
    if (this.#cancel === undefined && !this.#closed) this.#schedule(interval / 2);
  }

  /** A control packet that came on the port of RTP from where RTP may come from. */
  onMuxed(datagram: Uint8Array): boolean {
    if (this.#media?.rtcpMux !== true) return false;
    this.#take(datagram);
    return true;
  }

  /** Says goodbye if anything was ever sent (RFC 3550 §6.3.7), and stops. Calling it again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancel?.();
    this.#options.socket.off('message', this.#onDatagram);
    if (this.#reports > 0 || this.#options.sender().packets > 0) this.#send(true);
  }

  #schedule(mean: number): void {
    const delay = (mean * (0.5 + randomInt(randomSteps) / randomSteps)) / compensation;
    this.#cancel = this.#options.clock.after(Math.round(delay), () => {
      this.#send(false);
      this.#schedule(interval);
    });
  }

  #send(bye: boolean): void {
    const media = this.#media;
    const target = this.#target();
    if (media === undefined || (target === undefined && !media.rtcpMux)) return;
    const { clock, socket, counters, ssrc, reception, sender, security, sendMuxed } = this.#options;
    const facts = sender();
    const isSender = facts.packets > this.#sentBefore[0];
    this.#sentBefore = [this.#sentBefore[1], facts.packets];
    const bytes = this.#buffers[this.#reports % buffers] as Uint8Array;
    const plainLength = writeCompound(bytes, {
      ssrc,
      sender: isSender ? facts : undefined,
      reception,
      monotonic: clock.monotonic(),
      name: this.#name,
      bye,
    });
    const length = security.protectRtcp(bytes, plainLength);
    this.#reports += 1;
    counters.sent += 1;
    if (media.rtcpMux) sendMuxed(bytes, length);
    else if (target !== undefined) socket.send(bytes, 0, length, target.port, target.address);
  }

  /**
   * Where reports go: to where the peer's come from; before that to where it said, or, if its RTP comes from elsewhere
   * than its description says, to the port beside that one.
   */
  #target(): { readonly address: string; readonly port: number } | undefined {
    const media = this.#media;
    if (media?.rtcpPort === undefined) return undefined;
    if (this.#latch.source !== undefined) return this.#latch.source;
    const { address, port } = this.#latch;
    const source = this.#options.mediaSource();
    const moved = source !== undefined && (source.address !== media.address || source.port !== media.port);
    if (moved) return source.port < 65_535 ? { address: source.address, port: source.port + 1 } : undefined;
    return address === undefined ? undefined : { address, port };
  }

  readonly #onDatagram = (datagram: Uint8Array, from: RemoteInfo): void => {
    if (this.#media === undefined || from.port === 0 || !this.#latch.accepts(from.address, from.port)) {
      this.#options.counters.dropped.foreign += 1;
      return;
    }
    if (this.#take(datagram)) this.#latch.fix(from.address, from.port);
  };

  #take(received: Uint8Array): boolean {
    const { counters, ssrc, reception, security, clock, onHeard } = this.#options;
    const datagram = security.openRtcp(received);
    const report = typeof datagram === 'string' ? datagram : readCompound(datagram, ssrc);
    if (typeof report === 'string') {
      counters.dropped[report] += 1;
      return false;
    }
    counters.received += 1;
    if (report.sentAt !== undefined) reception.reported(report.ssrc, report.sentAt, clock.monotonic());
    if (report.aboutUs !== undefined) this.peerReport = report.aboutUs;
    onHeard();
    return true;
  }
}
