import { randomInt } from 'node:crypto';
import type { Histogram } from './histogram.ts';

const HEADER = 12;
const SAMPLES = 160;
const PACKET_MS = 20;
const EVENT_TYPE = 101;
const SILENCE = 0xff;
/** A key is down for so many packets, and its last one is sent three times (RFC 4733 §2.5.1.4). */
const TONE_PACKETS = 4;
const END_PACKETS = 3;
/** Packets from the beginning of one digit to that of the next. */
const DIGIT_PACKETS = 10;
/** Packets that a keyer listens for, before it keys an extension and before it goes back by `*`. */
const LISTEN_PACKETS = 75;
const KEYS = '0123456789*#';

/** What all calls of a process measure into. */
export interface MediaMeters {
  sent: number;
  received: number;
  readonly spacing: Histogram;
  readonly keyWaits: Histogram;
}

/** The media of one call: 20 ms of PCMU after the other, and for a keyer digits among them. */
export class LoadMedia {
  readonly packet = new Uint8Array(HEADER + SAMPLES);
  /** How much of {@link packet} is to be sent. */
  length = 0;
  readonly #meters: MediaMeters;
  readonly #keys: string;
  #sequence = randomInt(0x8000);
  #timestamp = randomInt(0x7fffffff);
  #packets = 0;
  #lastArrival = 0;
  #lastSequence = -1;
  #lastTimestamp = 0;
  /** Sequence numbers go round; these are counted on. */
  #firstExtended = 0;
  #highest = 0;
  #count = 0;
  /** When the last digit was keyed whose answer is waited for; 0 for none. */
  #keyedAt = 0;

  /** @param extension what is keyed again and again; empty for a caller who only listens. */
  constructor(meters: MediaMeters, extension: string) {
    this.#meters = meters;
    this.#keys = extension === '' ? '' : `${extension}*`;
    this.packet[0] = 0x80;
    new DataView(this.packet.buffer).setUint32(8, randomInt(2 ** 32));
  }

  /** Packets missing in the sequence since {@link restart}. */
  get lost(): number {
    return this.#count === 0 ? 0 : Math.max(0, this.#highest - this.#firstExtended + 1 - this.#count);
  }

  /** Begins to count anew. */
  restart(): void {
    this.#count = 0;
    this.#lastSequence = -1;
  }

  /** Writes the next packet into {@link packet}. */
  next(now: number): void {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#timestamp = (this.#timestamp + SAMPLES) >>> 0;
    const bytes = this.packet;
    bytes[2] = this.#sequence >>> 8;
    bytes[3] = this.#sequence & 0xff;
    const event = this.#keys === '' ? undefined : this.#event(this.#packets, now);
    this.#packets += 1;
    const timestamp = event === undefined ? this.#timestamp : (this.#timestamp - event.age * SAMPLES) >>> 0;
    bytes[4] = timestamp >>> 24;
    bytes[5] = (timestamp >>> 16) & 0xff;
    bytes[6] = (timestamp >>> 8) & 0xff;
    bytes[7] = timestamp & 0xff;
    if (event === undefined) {
      bytes[1] = 0;
      // Some sound that is not silence: what is cheap for silence shall not make it look cheaper than it is.
      for (let at = HEADER; at < HEADER + SAMPLES; at++) bytes[at] = 0x40 + ((at * 31 + this.#packets) & 0x3f);
      this.length = HEADER + SAMPLES;
      return;
    }
    bytes[1] = (event.age === 0 ? 0x80 : 0) | EVENT_TYPE;
    const duration = Math.min(event.age + 1, TONE_PACKETS) * SAMPLES;
    bytes[HEADER] = KEYS.indexOf(event.key);
    bytes[HEADER + 1] = (event.age >= TONE_PACKETS ? 0x80 : 0) | 10;
    bytes[HEADER + 2] = duration >> 8;
    bytes[HEADER + 3] = duration & 0xff;
    this.length = HEADER + 4;
  }

  /** The key that a packet with this number belongs to, and how many of its packets were before; undefined for audio. */
  #event(packets: number, now: number): { readonly key: string; readonly age: number } | undefined {
    const digits = this.#keys.length - 1;
    const cycle = 2 * LISTEN_PACKETS + (digits + 1) * DIGIT_PACKETS;
    const at = (packets % cycle) - LISTEN_PACKETS;
    const backAt = digits * DIGIT_PACKETS + LISTEN_PACKETS;
    const index = at >= backAt ? digits : Math.floor(at / DIGIT_PACKETS);
    if (at < 0 || index > digits || (index === digits && at < backAt)) return undefined;
    const age = index === digits ? at - backAt : at % DIGIT_PACKETS;
    if (age >= TONE_PACKETS + END_PACKETS) return undefined;
    if (age === 0) this.#keyedAt = index === digits - 1 ? now : 0;
    return { key: this.#keys[index] ?? '0', age };
  }

  /** Takes a packet that has arrived. */
  arrived(datagram: Uint8Array, now: number): void {
    if (datagram.length < HEADER + 1 || ((datagram[1] as number) & 0x7f) !== 0) return;
    const meters = this.#meters;
    meters.received += 1;
    const sequence = ((datagram[2] as number) << 8) | (datagram[3] as number);
    const timestamp =
      ((datagram[4] as number) << 24) |
      ((datagram[5] as number) << 16) |
      ((datagram[6] as number) << 8) |
      (datagram[7] as number);
    this.#countIn(sequence);
    const follows = sequence === ((this.#lastSequence + 1) & 0xffff) && this.#lastSequence >= 0;
    // Behind a pause in the audio the timestamp says so, and then the time between packets says nothing.
    if (follows && ((timestamp - this.#lastTimestamp) | 0) === SAMPLES) meters.spacing.add(now - this.#lastArrival);
    this.#lastSequence = sequence;
    this.#lastTimestamp = timestamp;
    this.#lastArrival = now;
    if (this.#keyedAt > 0 && isSound(datagram)) {
      meters.keyWaits.add(now - this.#keyedAt);
      this.#keyedAt = 0;
    }
  }

  #countIn(sequence: number): void {
    if (this.#count === 0) {
      this.#firstExtended = sequence;
      this.#highest = sequence;
    } else {
      const ahead = ((sequence - this.#highest) << 16) >> 16;
      if (ahead > 0) this.#highest += ahead;
    }
    this.#count += 1;
  }
}

export { PACKET_MS };

function isSound(datagram: Uint8Array): boolean {
  for (let at = HEADER; at < datagram.length; at++) if (((datagram[at] as number) | 0x80) !== SILENCE) return true;
  return false;
}
