import type { RtpPacket } from './rtp.ts';

/** Samples kept: four seconds at 8 kHz; a power of two, so that positions wrap by a mask. */
const KEPT = 2 ** 15;
/** A jump of the timestamp longer than this begins a new segment, ten seconds. */
const LONGEST_JUMP = 80_000;
/** Empty positions put between two segments, so that nothing in one is compared with the other. */
const BETWEEN_SEGMENTS = 16_000;
const ARRIVALS_KEPT = 4_000;
/** A packet that is this much older than the newest is no late one but the first of a new numbering (RFC 3550 §A.1). */
const MOST_REORDERED = 100;

interface Arrival {
  readonly position: number;
  readonly end: number;
  readonly at: number;
}

/**
 * Received audio laid out by RTP timestamp, so that loss leaves gaps and reordering changes nothing. A position counts
 * samples from the first packet and only rises: a new SSRC or a timestamp that jumps begins a segment further on.
 */
export class Timeline {
  readonly #samples = new Int16Array(KEPT);
  /** The position each kept sample belongs to, plus one; 0 for none. */
  readonly #stamps = new Float64Array(KEPT);
  readonly #arrivals: Arrival[] = [];
  readonly #seen = new Set<number>();
  #ssrc: number | undefined;
  #newestSequence = 0;
  #newestTimestamp = 0;
  #newestPosition = 0;
  #end = 0;
  lastArrival = Number.NEGATIVE_INFINITY;

  /** Adds a packet's samples. Returns the position of the first, or undefined for a packet that was here before. */
  add(packet: Pick<RtpPacket, 'sequence' | 'timestamp' | 'ssrc'>, samples: Int16Array, at: number): number | undefined {
    this.lastArrival = Math.max(at, this.lastArrival);
    const position = this.#place(packet);
    if (position === undefined) return undefined;
    for (let i = 0; i < samples.length; i++) {
      this.#samples[(position + i) % KEPT] = samples[i] ?? 0;
      this.#stamps[(position + i) % KEPT] = position + i + 1;
    }
    this.#end = Math.max(this.#end, position + samples.length);
    this.#remember({ position, end: position + samples.length, at });
    return position;
  }

  /** The samples from one position up to another; undefined when one of them was lost or is no longer kept. */
  read(from: number, to: number): Int16Array | undefined {
    const samples = new Int16Array(to - from);
    for (let i = 0; i < samples.length; i++) {
      if (this.#stamps[(from + i) % KEPT] !== from + i + 1) return undefined;
      samples[i] = this.#samples[(from + i) % KEPT] ?? 0;
    }
    return samples;
  }

  /** The longest unbroken run of samples that ends at `to` and begins at `from` or later. */
  contiguous(from: number, to: number): { readonly position: number; readonly samples: Int16Array } {
    let position = to;
    while (position > from && this.#stamps[(position - 1) % KEPT] === position) position--;
    return { position, samples: this.read(position, to) ?? new Int16Array(0) };
  }

  /** When the first packet arrived that has this position or a later one; the last arrival when there is none. */
  arrivalFrom(position: number): number {
    let found = this.#arrivals.at(-1);
    for (let i = this.#arrivals.length - 1; i >= 0; i--) {
      const arrival = this.#arrivals[i];
      if (arrival === undefined || arrival.end <= position) break;
      found = arrival;
    }
    return found?.at ?? this.lastArrival;
  }

  #place(packet: Pick<RtpPacket, 'sequence' | 'timestamp' | 'ssrc'>): number | undefined {
    const ahead = ((packet.sequence - this.#newestSequence) << 16) >> 16;
    const jump = (packet.timestamp - this.#newestTimestamp) | 0;
    const fresh =
      packet.ssrc !== this.#ssrc || Math.abs(jump) > LONGEST_JUMP || (ahead > 0 && jump < 0) || ahead < -MOST_REORDERED;
    if (fresh) {
      this.#seen.clear();
      this.#ssrc = packet.ssrc;
      return this.#advance(packet, this.#end === 0 ? 0 : this.#end + BETWEEN_SEGMENTS);
    }
    if (this.#seen.has(packet.sequence)) return undefined;
    const position = this.#newestPosition + jump;
    if (position < 0) return undefined;
    if (ahead < 0) {
      this.#seen.add(packet.sequence);
      return position;
    }
    return this.#advance(packet, position);
  }

  #advance(packet: Pick<RtpPacket, 'sequence' | 'timestamp'>, position: number): number {
    this.#newestSequence = packet.sequence;
    this.#newestTimestamp = packet.timestamp;
    this.#newestPosition = position;
    this.#seen.add(packet.sequence);
    // Numbers come round again after 65,536 packets; only those a late copy may carry are remembered.
    this.#seen.delete((packet.sequence - 2 * MOST_REORDERED) & 0xffff);
    return position;
  }

  #remember(arrival: Arrival): void {
    let at = this.#arrivals.length;
    while (at > 0 && (this.#arrivals[at - 1]?.position ?? 0) > arrival.position) at--;
    this.#arrivals.splice(at, 0, arrival);
    if (this.#arrivals.length > ARRIVALS_KEPT) this.#arrivals.splice(0, ARRIVALS_KEPT / 2);
  }
}
