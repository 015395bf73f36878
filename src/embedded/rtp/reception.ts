import type { RtpPacket } from './packet.ts';
import { sequenceDistance, timestampDistance } from './serial-number.ts';

/** How well the peer's packets arrive, over all its sources. */
export interface ReceptionFacts {
  /** Packets that were sent and did not arrive, copies counted against them. */
  readonly lost: number;
  /** The mean deviation of arrivals (RFC 3550 §6.4.1) of the latest source, in milliseconds. */
  readonly jitter: number;
}

/** A source of packets (RFC 3550 A.1): what was expected of it, what came, and what its last sender report said. */
interface Source {
  readonly ssrc: number;
  /** The first sequence number, and the highest with the times it went round, both as if it were wider than 16 bits. */
  base: number;
  highest: number;
  received: number;
  /** Set by a packet from far away; the one that follows it proves that the sender began anew. */
  resync: number | undefined;
  expectedBefore: number;
  receivedBefore: number;
  /** In timestamp units. */
  jitter: number;
  transit: number | undefined;
  /** The middle 32 bits of the last sender report's time, and when it came in monotonic milliseconds. */
  reported: number;
  reportedAt: number;
  heard: boolean;
}

/** The size of a report block (RFC 3550 §6.4.1). */
export const reportBlockBytes = 24;
/** Sources that may take turns; a fifth takes the place of the one that was silent for longest. */
export const mostSources = 4;
const unitsPerMillisecond = 8;
/** RFC 3550 A.1: so far ahead is still a loss, so far behind still a late packet. */
const mostDropout = 3_000;
const mostMisorder = 100;
/** A difference of transit times beyond this, in timestamp units, is no jitter: the sender's clock was set. */
const mostDrift = 8_000;

/** Counts what arrives of a peer's RTP as RFC 3550 A.3 and A.8 say, for receiver reports. It holds four sources at most. */
export class Reception {
  /** The latest first. */
  #sources: Source[] = [];
  #lostByFormer = 0;

  /**
   * Takes note of a packet.
   *
   * @param now when it came, in monotonic milliseconds.
   * @param timed whether its timestamp is that of its sending; a repeated telephone event keeps that of its beginning.
   */
  receive(packet: RtpPacket, now: number, timed: boolean): void {
    const source = this.#source(packet);
    source.heard = true;
    if (!countSequence(source, packet.sequence)) return;
    source.received += 1;
    if (timed) measureJitter(source, packet.timestamp, now);
  }

  /** A sender report of a source came, with the middle 32 bits of its NTP time. */
  reported(ssrc: number, middle: number, now: number): void {
    const source = this.#sources.find((each) => each.ssrc === ssrc);
    if (source === undefined) return;
    source.reported = middle;
    source.reportedAt = now;
  }

  get facts(): ReceptionFacts {
    const lost = this.#sources.reduce((sum, source) => sum + lostOf(source), this.#lostByFormer);
    return { lost: Math.max(0, lost), jitter: (this.#sources[0]?.jitter ?? 0) / unitsPerMillisecond };
  }

  /**
   * Writes a report block for each source that was heard since the last time.
   *
   * @returns how many there are; each takes {@link reportBlockBytes}.
   */
  writeReports(view: DataView, start: number, now: number): number {
    let count = 0;
    for (const source of this.#sources) {
      if (!source.heard) continue;
      source.heard = false;
      writeReport(source, view, start + count * reportBlockBytes, now);
      count += 1;
    }
    return count;
  }

  #source({ ssrc, sequence }: RtpPacket): Source {
    const first = this.#sources[0];
    if (first?.ssrc === ssrc) return first;
    const source = this.#sources.find((each) => each.ssrc === ssrc) ?? newSource(ssrc, sequence);
    const sources = [source, ...this.#sources.filter((each) => each !== source)];
    for (const former of sources.splice(mostSources)) this.#lostByFormer += lostOf(former);
    this.#sources = sources;
    return source;
  }
}

function newSource(ssrc: number, sequence: number): Source {
  return {
    ssrc,
    base: sequence,
    highest: sequence - 1,
    received: 0,
    resync: undefined,
    expectedBefore: 0,
    receivedBefore: 0,
    jitter: 0,
    transit: undefined,
    reported: 0,
    reportedAt: 0,
    heard: false,
  };
}

/** Whether the packet counts: it follows, is late or a copy; or is the second of a sender that has begun anew. */
function countSequence(source: Source, sequence: number): boolean {
  const ahead = sequenceDistance(sequence, source.highest & 0xffff);
  if (ahead > 0 && ahead < mostDropout) source.highest += ahead;
  else if (ahead > 0 || ahead <= -mostMisorder) {
    if (source.resync !== sequence) {
      source.resync = (sequence + 1) & 0xffff;
      return false;
    }
    // RFC 3550 A.1: counting begins again, with what came so far as if it had been all.
    source.base = sequence - source.received;
    source.highest = sequence;
    source.transit = undefined;
  }
  source.resync = undefined;
  return true;
}

function measureJitter(source: Source, timestamp: number, now: number): void {
  const transit = (Math.round(now * unitsPerMillisecond) - timestamp) | 0;
  const difference = source.transit === undefined ? 0 : Math.abs(timestampDistance(transit, source.transit));
  source.transit = transit;
  if (difference <= mostDrift) source.jitter += (difference - source.jitter) / 16;
}

function expectedOf({ highest, base }: Source): number {
  return highest - base + 1;
}

function lostOf(source: Source): number {
  return expectedOf(source) - source.received;
}

function writeReport(source: Source, view: DataView, at: number, now: number): void {
  const expected = expectedOf(source);
  const expectedSince = expected - source.expectedBefore;
  const lostSince = expectedSince - (source.received - source.receivedBefore);
  source.expectedBefore = expected;
  source.receivedBefore = source.received;
  const fraction =
    expectedSince <= 0 || lostSince <= 0 ? 0 : Math.min(255, Math.floor((256 * lostSince) / expectedSince));
  const lost = Math.max(-0x80_0000, Math.min(0x7f_ffff, lostOf(source)));
  view.setUint32(at, source.ssrc);
  view.setUint32(at + 4, ((fraction << 24) | (lost & 0xff_ffff)) >>> 0);
  view.setUint32(at + 8, source.highest >>> 0);
  view.setUint32(at + 12, Math.floor(source.jitter) >>> 0);
  view.setUint32(at + 16, source.reported);
  // In units of 1/65536 s; 0 when no sender report has come.
  const delay = source.reported === 0 ? 0 : Math.round(((now - source.reportedAt) * 65_536) / 1_000);
  view.setUint32(at + 20, Math.min(0xffff_ffff, delay));
}
