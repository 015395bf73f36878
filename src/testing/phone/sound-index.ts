/** How many samples make one word of signs: 8 ms, long enough to be rare, short enough to survive lost packets. */
const WORD = 64;
/** A word that changes sign less often than this is a hum that fits everywhere. */
const FEWEST_CHANGES = 4;
const BUCKET_BITS = 18;
/** Only the first places of a bucket are looked at, so that steady tones, which repeat one word, stay cheap. */
const MOST_PLACES = 64;

/** The signs of the last 64 samples that were pushed, as one word. */
class SignWord {
  #high = 0;
  #low = 0;
  #changes = 0;
  #length = 0;

  push(sample: number): void {
    const sign = sample < 0 ? 1 : 0;
    if (this.#length > 0 && sign !== (this.#low & 1)) this.#changes++;
    if (this.#length >= WORD) {
      // The oldest two signs decide whether a change leaves the word together with its oldest sample.
      const oldest = this.#high >>> 31;
      const second = (this.#high >>> 30) & 1;
      if (oldest !== second) this.#changes--;
    }
    this.#high = (this.#high << 1) | (this.#low >>> 31) | 0;
    this.#low = (this.#low << 1) | sign | 0;
    this.#length++;
  }

  /** The bucket of the word; undefined while it is too short or too plain to tell anything. */
  get bucket(): number | undefined {
    if (this.#length < WORD || this.#changes < FEWEST_CHANGES) return undefined;
    const mixed = Math.imul(this.#high ^ Math.imul(this.#low, 0x9e3779b1), 0x85ebca6b);
    return (mixed ^ (mixed >>> 15)) >>> (32 - BUCKET_BITS);
  }
}

/**
 * Finds sounds by a few milliseconds of them. The signs of samples outlive G.711 in either coding and any change of
 * level, so a word of signs leads to the few places it may come from; whoever asks compares the samples themselves.
 */
export class SoundIndex {
  /** Where each bucket's places begin in the lists; one more entry closes the last bucket. */
  readonly #starts = new Int32Array(2 ** BUCKET_BITS + 1);
  readonly #sounds: Int32Array;
  readonly #offsets: Int32Array;

  /** Indexes every 8 ms of every sound; samples are 16-bit at one rate for all. */
  constructor(sounds: readonly Int16Array[]) {
    let total = 0;
    forEachWord(sounds, (bucket) => {
      this.#starts[bucket + 1] = (this.#starts[bucket + 1] ?? 0) + 1;
      total++;
    });
    for (let bucket = 0; bucket < 2 ** BUCKET_BITS; bucket++) {
      this.#starts[bucket + 1] = (this.#starts[bucket + 1] ?? 0) + (this.#starts[bucket] ?? 0);
    }
    this.#sounds = new Int32Array(total);
    this.#offsets = new Int32Array(total);
    const next = this.#starts.slice();
    forEachWord(sounds, (bucket, sound, offset) => {
      const at = next[bucket] ?? 0;
      next[bucket] = at + 1;
      this.#sounds[at] = sound;
      this.#offsets[at] = offset;
    });
  }

  /**
   * Looks up every word in `samples` and calls back with where each may come from: which sound, and at which of its
   * samples; `at` is the index in `samples` at which the word begins. The same place may be reported many times.
   */
  search(samples: Int16Array, found: (at: number, sound: number, offset: number) => void): void {
    const word = new SignWord();
    for (let i = 0; i < samples.length; i++) {
      word.push(samples[i] ?? 0);
      const bucket = word.bucket;
      if (bucket === undefined) continue;
      const start = this.#starts[bucket] ?? 0;
      const end = Math.min(this.#starts[bucket + 1] ?? 0, start + MOST_PLACES);
      for (let entry = start; entry < end; entry++) {
        found(i - WORD + 1, this.#sounds[entry] ?? 0, this.#offsets[entry] ?? 0);
      }
    }
  }
}

function forEachWord(
  sounds: readonly Int16Array[],
  visit: (bucket: number, sound: number, offset: number) => void,
): void {
  sounds.forEach((samples, sound) => {
    const word = new SignWord();
    for (let i = 0; i < samples.length; i++) {
      word.push(samples[i] ?? 0);
      const bucket = word.bucket;
      if (bucket !== undefined) visit(bucket, sound, i - WORD + 1);
    }
  });
}
