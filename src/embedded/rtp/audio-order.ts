import { sequenceDistance, timestampDistance } from './serial-number.ts';

/** Where audio goes to once it is in order. */
export interface AudioSink {
  /** The audio of a packet, one byte a sample from `start` to before `end`; it follows on from what came before. */
  take(codes: Uint8Array, start: number, end: number, levels: Int16Array): void;
  /** So many samples were sent and did not arrive. */
  lose(samples: number): void;
  /** For so many samples the sender sent nothing. */
  pause(samples: number): void;
  /** What follows has nothing to do with what came before. */
  reset(): void;
}

/** A packet as far as its order goes. */
export interface OrderedPacket {
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

/** A packet that came before its turn. */
interface Held {
  sequence: number;
  timestamp: number;
  levels: Int16Array | undefined;
  readonly codes: Uint8Array;
  length: number;
  used: boolean;
}

/** So many packets are kept while one that was overtaken may still come; then it is given up. */
const mostHeld = 3;
/** The longest payload that is kept: 60 ms of G.711. */
const longestPayload = 480;
/** A sequence number further away than this is no loss and no delay: the sender has begun anew. */
const farAway = 100;

/**
 * Puts audio packets into the order in which they were sent. One that is missing is waited for while the next three
 * arrive; its length is then known from the timestamps. The memory is fixed: three packets.
 */
export class AudioOrder {
  readonly #sink: AudioSink;
  readonly #held: readonly Held[];
  #ssrc: number | undefined;
  #sequence = 0;
  #timestamp = 0;

  constructor(sink: AudioSink) {
    this.#sink = sink;
    this.#held = Array.from({ length: mostHeld }, () => ({
      sequence: 0,
      timestamp: 0,
      levels: undefined,
      codes: new Uint8Array(longestPayload),
      length: 0,
      used: false,
    }));
  }

  /**
   * Takes a packet of the stream.
   *
   * @param levels what its codes stand for; `undefined` for a packet that has no audio in it but a place in the order.
   */
  receive(datagram: Uint8Array, packet: OrderedPacket, levels: Int16Array | undefined): void {
    const ahead = sequenceDistance(packet.sequence, this.#sequence);
    if (packet.ssrc !== this.#ssrc || Math.abs(ahead) > farAway) this.#begin(packet);
    else if (ahead < 0) return;
    else if (ahead > 0 && this.#hold(datagram, packet, levels)) return;
    const { payloadStart, payloadEnd } = packet;
    this.#deliver(packet.sequence, packet.timestamp, datagram, payloadStart, payloadEnd, levels);
    this.#deliverNext();
  }

  #begin({ ssrc, sequence, timestamp }: OrderedPacket): void {
    for (const held of this.#held) held.used = false;
    this.#ssrc = ssrc;
    this.#sequence = sequence;
    this.#timestamp = timestamp;
    this.#sink.reset();
  }

  /**
   * Keeps a packet that came before its turn. When there is no room, the earliest of all is next.
   *
   * @returns whether the packet is kept, or was a copy of one that is.
   */
  #hold(datagram: Uint8Array, packet: OrderedPacket, levels: Int16Array | undefined): boolean {
    const length = packet.payloadEnd - packet.payloadStart;
    if (length > longestPayload) return false;
    for (;;) {
      let free: Held | undefined;
      for (const held of this.#held) {
        if (!held.used) free = held;
        else if (held.sequence === packet.sequence) return true;
      }
      if (free !== undefined) {
        free.used = true;
        free.sequence = packet.sequence;
        free.timestamp = packet.timestamp;
        free.levels = levels;
        free.length = length;
        for (let at = 0; at < length; at++) free.codes[at] = datagram[packet.payloadStart + at] as number;
        return true;
      }
      const first = this.#earliest();
      if (first === undefined || sequenceDistance(packet.sequence, first.sequence) < 0) return false;
      this.#release(first);
      this.#deliverNext();
      if (sequenceDistance(packet.sequence, this.#sequence) === 0) return false;
    }
  }

  #earliest(): Held | undefined {
    let first: Held | undefined;
    for (const held of this.#held) {
      if (held.used && (first === undefined || sequenceDistance(held.sequence, first.sequence) < 0)) first = held;
    }
    return first;
  }

  /** Delivers what was kept and whose turn has come. */
  #deliverNext(): void {
    for (let first = this.#earliest(); first !== undefined; first = this.#earliest()) {
      const ahead = sequenceDistance(first.sequence, this.#sequence);
      if (ahead > 0) return;
      if (ahead === 0) this.#release(first);
      else first.used = false;
    }
  }

  #release(held: Held): void {
    held.used = false;
    this.#deliver(held.sequence, held.timestamp, held.codes, 0, held.length, held.levels);
  }

  #deliver(
    sequence: number,
    timestamp: number,
    codes: Uint8Array,
    start: number,
    end: number,
    levels: Int16Array | undefined,
  ): void {
    const complete = sequence === this.#sequence;
    this.#sequence = (sequence + 1) & 0xffff;
    if (levels === undefined) return;
    const gap = timestampDistance(timestamp, this.#timestamp);
    // A sender that lets its timestamp go back by much has begun anew; one that counts it wrongly is followed.
    if (gap < -longestPayload) this.#sink.reset();
    else if (gap > 0 && complete) this.#sink.pause(gap);
    else if (gap > 0) this.#sink.lose(gap);
    this.#sink.take(codes, start, end, levels);
    this.#timestamp = (timestamp + end - start) >>> 0;
  }
}
