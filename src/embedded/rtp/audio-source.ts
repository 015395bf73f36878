import { encodeG711, type G711Law, silenceCode } from './g711.ts';

/** Audio that is sent in small pieces. It is made once for each time it is played; it keeps its place. */
export interface AudioSource {
  /**
   * Writes the next samples, one byte each, in the given law.
   *
   * @returns how many were written: fewer than asked for only at the end, and then 0.
   */
  read(target: Uint8Array, offset: number, samples: number, law: G711Law): number;
  /** Whether there is nothing left to read. */
  readonly ended: boolean;
  /** Samples read so far. */
  readonly position: number;
}

/** Audio that is encoded in both laws once and shared by all calls that play it. Nobody changes the bytes. */
export interface AudioClip {
  readonly samples: number;
  readonly codes: Readonly<Record<G711Law, Uint8Array>>;
}

/** Encodes 16-bit samples at 8 kHz for all calls. */
export function makeClip(linear: Int16Array): AudioClip {
  return {
    samples: linear.length,
    codes: { PCMU: encodeG711('PCMU', linear), PCMA: encodeG711('PCMA', linear) },
  };
}

/** A clip from `start` on, played `times` times; `Infinity` is allowed. A place past the end is the end. */
export class ClipSource implements AudioSource {
  readonly #clip: AudioClip;
  #left: number;
  #at: number;
  #position = 0;

  constructor(clip: AudioClip, start = 0, times = 1) {
    this.#clip = clip;
    this.#at = Math.min(start, clip.samples);
    this.#left = clip.samples === 0 ? 0 : times;
    if (this.#at === clip.samples) this.#turn();
  }

  get ended(): boolean {
    return this.#left <= 0;
  }

  get position(): number {
    return this.#position;
  }

  read(target: Uint8Array, offset: number, samples: number, law: G711Law): number {
    const codes = this.#clip.codes[law];
    let written = 0;
    while (written < samples && this.#left > 0) {
      const count = Math.min(samples - written, codes.length - this.#at);
      // A loop, because a view of the bytes would be an allocation for every packet.
      for (let index = 0; index < count; index++) target[offset + written + index] = codes[this.#at + index] as number;
      written += count;
      this.#at += count;
      if (this.#at === codes.length) this.#turn();
    }
    this.#position += written;
    return written;
  }

  #turn(): void {
    this.#at = 0;
    this.#left -= 1;
  }
}

/** Digital silence of a length in samples; `Infinity` is allowed. */
export class SilenceSource implements AudioSource {
  #left: number;
  #position = 0;

  constructor(samples: number) {
    this.#left = samples;
  }

  get ended(): boolean {
    return this.#left <= 0;
  }

  get position(): number {
    return this.#position;
  }

  read(target: Uint8Array, offset: number, samples: number, law: G711Law): number {
    const count = Math.min(samples, this.#left);
    target.fill(silenceCode[law], offset, offset + count);
    this.#left -= count;
    this.#position += count;
    return count;
  }
}
