import type { RtpPacket } from './rtp.ts';
import { writeWav } from './wav.ts';

const RATE = 8_000;
const SAMPLES_PER_MS = 8;
/** Packets that are further from where the last one ended than this begin anew at the time they came, 80 ms. */
const DRIFT = 640;

/** One way of a call, laid out by time: packets that follow each other without a seam, others where they came. */
class Track {
  readonly #pieces: { readonly from: number; readonly samples: Int16Array }[] = [];
  #nextTimestamp: number | undefined;
  #end = 0;

  add(timestamp: number, samples: Int16Array, at: number): void {
    const byTime = Math.max(0, Math.round(at * SAMPLES_PER_MS));
    const byTimestamp = this.#end + ((timestamp - (this.#nextTimestamp ?? timestamp)) | 0);
    const follows = this.#nextTimestamp !== undefined && Math.abs(byTimestamp - byTime) <= DRIFT;
    const from = follows ? Math.max(0, byTimestamp) : byTime;
    this.#pieces.push({ from, samples });
    if (from + samples.length >= this.#end) {
      this.#end = from + samples.length;
      this.#nextTimestamp = (timestamp + samples.length) >>> 0;
    }
  }

  get samples(): Int16Array {
    const whole = new Int16Array(this.#end);
    for (const { from, samples } of this.#pieces) whole.set(samples, from);
    return whole;
  }
}

/** Keeps both ways of a call, for saving: the phone's own sound on the left, what it hears on the right. */
export class AudioRecorder {
  readonly #startedAt: number;
  readonly #own = new Track();
  readonly #heard = new Track();

  /** `startedAt` in `performance.now()` milliseconds is where the recording begins. */
  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  sent(packet: RtpPacket, samples: Int16Array, at: number): void {
    this.#own.add(packet.timestamp, samples, at - this.#startedAt);
  }

  received(packet: RtpPacket, samples: Int16Array, at: number): void {
    this.#heard.add(packet.timestamp, samples, at - this.#startedAt);
  }

  /** The recording so far as a WAV file: 8 kHz, 16 bit, stereo. Keys, which are no sound in RFC 4733, are silent. */
  wav(): Buffer {
    return writeWav({ rate: RATE, channels: [this.#own.samples, this.#heard.samples] });
  }
}
