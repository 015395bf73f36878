import type { DtmfKey } from './telephone-event.ts';

/** The frequencies of ITU-T Q.23 in hertz, one of each group for a key. */
const rowFrequencies = [697, 770, 852, 941] as const;
const columnFrequencies = [1_209, 1_336, 1_477, 1_633] as const;
const keysByPlace: readonly DtmfKey[] = [
  ...(['1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D'] as const),
];
const groupSize = 4;

const samplesPerSecond = 8_000;
/** Audio is looked at in windows of 16 ms, a new one every 4 ms. */
const windowSamples = 128;
const hopSamples = 32;

/** Power of a full-scale sine (3.14 dBm0) in squared 16-bit samples, and from it the power of 0 dBm0. */
const zeroLevel = 32_768 ** 2 / 2 / 10 ** 0.314;
const power = (decibels: number): number => 10 ** (decibels / 10);
/** Each of the two tones is at least −36 dBm0: Q.24 asks for −25, and twist and loss take some of that. */
const leastPower = zeroLevel * power(-36);
/** How much the column may be louder or quieter than the row. Q.24 asks for +4 and −8 dB; errors of frequency add some. */
const mostTwist = power(5.5);
const leastTwist = power(-10);
/** The tones' share of all that is heard: speech has more besides them, and noise of −10 dB takes a tenth. */
const leastShare = 0.68;
/** The other tones of a group are quieter by this at least; a tone that is 1.5 % off still keeps so far away. */
const leastLead = power(4);
/** Q.24 accepts 1.5 % and rejects 3.5 %; what is measured over a whole key lies within the first, a single step may stray. */
const mostDeviation = 0.025;
const mostStepDeviation = 0.06;

/** A tone of 40 ms fills at least this many windows, one of 23 ms at most one less, the half-filled ones included. */
const hitsForKey = 6;
/** A window that noise has spoilt does not end what is about to become a key. */
const mostMissesInRun = 1;
/** Silence that ends a key, in samples: an interruption of 10 ms misses 4 windows, a pause of 40 ms at least 10. */
const endOfKey = 6 * hopSamples;
/** Audio that was lost is taken for more of the same up to this length, in samples: two packets of 20 ms. */
const longestBridge = 320;

const window = Float64Array.from({ length: windowSamples }, (_, at) => {
  const phase = (2 * Math.PI * (at + 0.5)) / windowSamples;
  return 0.5 - 0.5 * Math.cos(phase);
});
const windowSum = window.reduce((sum, weight) => sum + weight, 0);
const windowSquares = window.reduce((sum, weight) => sum + weight * weight, 0);
/** From a squared magnitude to the power of the tone, and from a sum of weighted squares to that of everything. */
const toneScale = 2 / windowSum ** 2;
const totalScale = 1 / windowSquares;

/** What a tone is compared with: the weighted cosine and sine of its frequency, and its turn from window to window. */
interface Probe {
  readonly frequency: number;
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
  readonly turnReal: number;
  readonly turnImaginary: number;
}

function makeProbe(frequency: number): Probe {
  const step = (2 * Math.PI * frequency) / samplesPerSecond;
  return {
    frequency,
    cosine: window.map((weight, at) => weight * Math.cos(step * at)),
    sine: window.map((weight, at) => -weight * Math.sin(step * at)),
    turnReal: Math.cos(step * hopSamples),
    turnImaginary: Math.sin(step * hopSamples),
  };
}

const rows: readonly Probe[] = rowFrequencies.map(makeProbe);
const columns: readonly Probe[] = columnFrequencies.map(makeProbe);

/** The strongest tone of a group in the last window and in the one before, and how its phase has turned in between. */
class Group {
  readonly #probes: readonly Probe[];
  readonly #real = new Float64Array(groupSize);
  readonly #imaginary = new Float64Array(groupSize);
  readonly #powers = new Float64Array(groupSize);
  readonly #formerReal = new Float64Array(groupSize);
  readonly #formerImaginary = new Float64Array(groupSize);
  best = 0;
  /** The power of the strongest, in squared samples. */
  power = 0;

  constructor(probes: readonly Probe[]) {
    this.#probes = probes;
  }

  /** Measures all tones of the group in a window. */
  measure(samples: Float64Array): void {
    this.#formerReal.set(this.#real);
    this.#formerImaginary.set(this.#imaginary);
    this.best = 0;
    for (let index = 0; index < groupSize; index++) {
      const { cosine, sine } = this.#probes[index] as Probe;
      let real = 0;
      let imaginary = 0;
      for (let at = 0; at < windowSamples; at++) {
        const sample = samples[at] as number;
        real += sample * (cosine[at] as number);
        imaginary += sample * (sine[at] as number);
      }
      this.#real[index] = real;
      this.#imaginary[index] = imaginary;
      this.#powers[index] = (real * real + imaginary * imaginary) * toneScale;
      if ((this.#powers[index] as number) > (this.#powers[this.best] as number)) this.best = index;
    }
    this.power = this.#powers[this.best] as number;
  }

  /** Whether the strongest stands out from the other three. */
  get isClear(): boolean {
    for (let index = 0; index < groupSize; index++) {
      if (index !== this.best && (this.#powers[index] as number) * leastLead > this.power) return false;
    }
    return true;
  }

  /** How far the strongest tone's frequency is from its nominal one, as a share of that, by the turn since the last window. */
  deviation(): number {
    const { best } = this;
    const probe = this.#probes[best] as Probe;
    const [re, im] = [this.#real[best] as number, this.#imaginary[best] as number];
    const [formerRe, formerIm] = [this.#formerReal[best] as number, this.#formerImaginary[best] as number];
    // The turn between the two windows, less the turn that the nominal frequency would have made.
    const turnedRe = re * formerRe + im * formerIm;
    const turnedIm = im * formerRe - re * formerIm;
    const excess = Math.atan2(
      turnedIm * probe.turnReal - turnedRe * probe.turnImaginary,
      turnedRe * probe.turnReal + turnedIm * probe.turnImaginary,
    );
    return (excess * samplesPerSecond) / (2 * Math.PI * hopSamples * probe.frequency);
  }
}

const none = -1;

/**
 * Finds keys in audio by their two tones (ITU-T Q.23, with the limits of Q.24): a tone of 40 ms is told, one of 23 ms
 * is not; a pause of 40 ms ends a key, an interruption of 10 ms does not. A key is told once, while it still sounds.
 *
 * It holds one window of audio and a few numbers, whatever it is given.
 */
export class ToneDetector {
  readonly #onKey: (key: DtmfKey, samples: number) => void;
  readonly #samples = new Float64Array(windowSamples);
  readonly #rows = new Group(rows);
  readonly #columns = new Group(columns);
  #filled = 0;
  /** Whether the window before this one was measured, and follows on from it. */
  #follows = false;
  /** The key that the latest windows agree on, and what is known of them. */
  #candidate = none;
  #hits = 0;
  #misses = 0;
  #steps = 0;
  #rowDeviation = 0;
  #columnDeviation = 0;
  /** The key that was told and has not ended, for how long it has not been heard, and how much was lost meanwhile. */
  #held = none;
  #unheard = 0;
  #lost = 0;

  /** @param onKey told of each key once, with the length that has been heard of it in samples. */
  constructor(onKey: (key: DtmfKey, samples: number) => void) {
    this.#onKey = onKey;
  }

  /**
   * Takes audio that follows on from what was taken before.
   *
   * @param codes one byte for each sample, of which those from `start` to before `end` are taken.
   * @param levels what each code stands for: 256 samples of 16 bits.
   */
  take(codes: Uint8Array, start: number, end: number, levels: Int16Array): void {
    for (let at = start; at < end; at++) {
      this.#samples[this.#filled++] = levels[codes[at] as number] as number;
      if (this.#filled < windowSamples) continue;
      this.#look();
      this.#samples.copyWithin(0, hopSamples);
      this.#filled = windowSamples - hopSamples;
    }
  }

  /** Passes over audio that was sent but did not arrive; a key goes on over a short piece of it. */
  lose(samples: number): void {
    this.#interrupt();
    this.#lost += samples;
    if (this.#lost > longestBridge) this.#forget();
    else this.#endIfUnheard();
  }

  /** Passes over time in which the sender sent nothing, because it was silent. */
  pause(samples: number): void {
    this.#interrupt();
    this.#candidate = none;
    this.#unheard += samples;
    this.#endIfUnheard();
  }

  /** Forgets what was taken: the audio that follows has nothing to do with it. */
  reset(): void {
    this.#interrupt();
    this.#forget();
  }

  #interrupt(): void {
    this.#filled = 0;
    this.#follows = false;
  }

  #forget(): void {
    this.#candidate = none;
    this.#held = none;
    this.#unheard = 0;
    this.#lost = 0;
  }

  #look(): void {
    const key = this.#keyInWindow();
    if (key === none) this.#miss();
    else this.#hit(key);
    if (key !== this.#held) {
      this.#unheard += hopSamples;
      this.#endIfUnheard();
    }
  }

  /** Which key's tones fill the window, if they do. */
  #keyInWindow(): number {
    let total = 0;
    for (let at = 0; at < windowSamples; at++) {
      const weighted = (this.#samples[at] as number) * (window[at] as number);
      total += weighted * weighted;
    }
    total *= totalScale;
    if (total < 2 * leastPower * leastShare) {
      this.#follows = false;
      return none;
    }
    const [row, column] = [this.#rows, this.#columns];
    row.measure(this.#samples);
    column.measure(this.#samples);
    const followed = this.#follows;
    this.#follows = true;
    if (row.power < leastPower || column.power < leastPower) return none;
    if (row.power + column.power < leastShare * total) return none;
    if (column.power > mostTwist * row.power || column.power < leastTwist * row.power) return none;
    if (!row.isClear || !column.isClear) return none;
    const key = groupSize * row.best + column.best;
    return followed && key === this.#candidate && !this.#stepIsSteady() ? none : key;
  }

  /** Adds the step from the last window to this one to what is known of the candidate's frequencies. */
  #stepIsSteady(): boolean {
    const ofRow = this.#rows.deviation();
    const ofColumn = this.#columns.deviation();
    if (Math.abs(ofRow) > mostStepDeviation || Math.abs(ofColumn) > mostStepDeviation) return false;
    this.#rowDeviation += ofRow;
    this.#columnDeviation += ofColumn;
    this.#steps += 1;
    return true;
  }

  #hit(key: number): void {
    if (key !== this.#candidate) {
      this.#candidate = key;
      this.#hits = 0;
      this.#steps = 0;
      this.#rowDeviation = 0;
      this.#columnDeviation = 0;
    }
    this.#hits += 1;
    this.#misses = 0;
    if (key === this.#held) {
      this.#unheard = 0;
      this.#lost = 0;
    } else if (this.#hits >= hitsForKey && this.#isInTune()) {
      this.#held = key;
      this.#unheard = 0;
      this.#lost = 0;
      this.#onKey(keysByPlace[key] as DtmfKey, windowSamples + (this.#hits - 1) * hopSamples);
    }
  }

  #isInTune(): boolean {
    const most = mostDeviation * this.#steps;
    return this.#steps > 0 && Math.abs(this.#rowDeviation) <= most && Math.abs(this.#columnDeviation) <= most;
  }

  #miss(): void {
    this.#misses += 1;
    if (this.#misses > mostMissesInRun) this.#candidate = none;
  }

  /** What was lost counts as silence only next to silence: by itself it may have been the tone. */
  #endIfUnheard(): void {
    if (this.#unheard > 0 && this.#unheard + this.#lost > endOfKey) {
      this.#held = none;
      this.#lost = 0;
    }
  }
}
