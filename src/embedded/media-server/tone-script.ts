import { type AudioClip, makeClip } from '../rtp/audio-source.ts';

/** How FreeSWITCH's teletone is set up before the script says otherwise: milliseconds and decibels. */
interface ToneState {
  duration: number;
  wait: number;
  volume: number;
  /** Positive while it grows louder. */
  decayDirection: -1 | 0 | 1;
  decayStep: number;
  decayFactor: number;
  loops: number;
}

const samplesPerMillisecond = 8;
/** A script may ask for any length and number of loops; this much is made, and no more (one minute). */
const mostSamples = 60 * 1_000 * samplesPerMillisecond;
/**
 * All calls of the thread wait while tones are made, so no more sines than these are added up for one script, which
 * takes some ten milliseconds: a minute of one frequency, or half a minute of two at a time.
 */
const mostSines = mostSamples;
const longestScript = 4_096;
const mostFrequencies = 18;
/** A tone's amplitude at 0 dB: the largest sine there is. */
const fullScale = 32_767;
const loudest = 0;
const faintest = -63;

const keyRows = [697, 770, 852, 941];
const keyColumns = [1_209, 1_336, 1_477, 1_633];
const keypad = ['123A', '456B', '789C', '*0#D'];

/** The frequencies of the keys, upper and lower case, as ITU-T Q.23 has them. */
const keyTones: ReadonlyMap<string, readonly number[]> = new Map(
  keypad.flatMap((row, rowIndex) =>
    [...row].flatMap((key, column) => {
      const tone = [keyRows[rowIndex] as number, keyColumns[column] as number];
      return [[key, tone] as const, [key.toLowerCase(), tone] as const];
    }),
  ),
);

/**
 * Makes the audio of a tone script as `tone_stream://` takes it (FreeSWITCH's TGML): parts separated by semicolons,
 * each a setting such as `v=-13` or `L=3`, or tones such as `%(500,250,440,480)` — on, off, frequencies — and keys.
 * What follows a mistake is left out, as FreeSWITCH does.
 *
 * @returns the clip, empty when the script makes no sound, at most a minute long; `undefined` for a script that is too
 *   long to be one.
 */
export function makeTones(script: string): AudioClip | undefined {
  if (script.length > longestScript) return undefined;
  const samples = new Samples();
  const repeats = Number.parseInt(/(?:^|;)\s*L=(\d+)/.exec(script)?.[1] ?? '1', 10) || 1;
  const state: ToneState = {
    duration: 2_000,
    wait: 500,
    volume: -7,
    decayDirection: 0,
    decayStep: 0,
    decayFactor: 1,
    loops: 0,
  };
  for (let repeat = 0; repeat < repeats && !samples.full; repeat++) {
    for (const part of script.split(';')) {
      const text = part.trimStart();
      if (text[1] === '=') applySetting(state, text[0] as string, text.slice(2));
      else if (!runTones(state, text, samples)) break;
    }
    // A round that makes nothing makes nothing the next time, either.
    if (samples.length === 0) break;
  }
  return makeClip(samples.taken());
}

/** Samples that are appended up to the limit. */
class Samples {
  #samples = new Int16Array(8_000);
  #sinesLeft = mostSines;
  #exhausted = false;
  length = 0;

  get full(): boolean {
    return this.length >= mostSamples || this.#exhausted;
  }

  /** How many of so many samples may be made of so many sines each; fewer than asked for are the last ones. */
  allow(count: number, sines: number): number {
    const allowed = Math.min(count, mostSamples - this.length, Math.floor(this.#sinesLeft / sines));
    this.#sinesLeft -= allowed * sines;
    this.#exhausted = allowed < count;
    return allowed;
  }

  append(count: number, valueAt: (index: number) => number): void {
    const added = Math.min(count, mostSamples - this.length);
    while (this.#samples.length < this.length + added) {
      const larger = new Int16Array(2 * this.#samples.length);
      larger.set(this.#samples);
      this.#samples = larger;
    }
    for (let index = 0; index < added; index++) this.#samples[this.length + index] = valueAt(index);
    this.length += added;
  }

  taken(): Int16Array {
    return this.#samples.subarray(0, this.length);
  }
}

function applySetting(state: ToneState, name: string, text: string): void {
  const number = Number.parseFloat(text);
  const value = Number.isFinite(number) ? number : 0;
  const milliseconds = Math.max(0, Math.trunc(value));
  switch (name) {
    case 'd':
      state.duration = milliseconds;
      break;
    case 'w':
      state.wait = milliseconds;
      break;
    case 'v':
      if (value <= loudest && value >= faintest) state.volume = value;
      break;
    case '>':
    case '<':
      state.decayStep = milliseconds;
      state.decayDirection = name === '>' ? -1 : 1;
      break;
    case '+':
      state.decayFactor = value;
      break;
    case 'l':
      state.loops = Math.trunc(value);
      break;
    default:
      // The rate and the number of channels are the call's own; L is read at the beginning.
      break;
  }
}

/** Runs a part that consists of tones. `false` after a mistake, which ends the round. */
function runTones(state: ToneState, text: string, samples: Samples): boolean {
  for (let at = 0; at < text.length && !samples.full; at++) {
    const name = text[at] as string;
    let frequencies = keyTones.get(name);
    let { duration, wait } = state;
    if (text[at + 1] === '(') {
      const close = text.indexOf(')', at);
      const numbers = text.slice(at + 2, close === -1 ? undefined : close).split(',');
      duration = Math.max(0, Number.parseInt(numbers[0] ?? '', 10) || 0);
      wait = numbers.length > 1 ? Math.max(0, Number.parseInt(numbers[1] ?? '', 10) || 0) : wait;
      if (name === '%' && numbers.length > 2) {
        frequencies = numbers
          .slice(2, 2 + mostFrequencies)
          .map(Number)
          .filter((frequency) => frequency > 0);
      } else if (name === '%' || numbers.length !== 2) {
        return false;
      }
      at = close === -1 ? text.length : close;
    }
    if (frequencies === undefined || frequencies.length === 0) continue;
    do {
      appendTone(state, samples, frequencies, duration, wait);
      if (state.loops > 0) state.loops -= 1;
    } while (state.loops !== 0 && !samples.full && duration + wait > 0);
  }
  return true;
}

function appendTone(
  state: ToneState,
  samples: Samples,
  frequencies: readonly number[],
  duration: number,
  wait: number,
): void {
  const waves = frequencies.map((frequency) => new Wave((2 * Math.PI * frequency) / 8_000));
  let volume = state.volume;
  let sinceStep = 0;
  let amplitude = amplitudeOf(volume);
  samples.append(samples.allow(duration * samplesPerMillisecond, waves.length), () => {
    if (state.decayDirection !== 0 && ++sinceStep >= state.decayStep * samplesPerMillisecond) {
      const next = volume + state.decayDirection * state.decayFactor;
      if (next <= loudest && next >= faintest) {
        volume = next;
        amplitude = amplitudeOf(volume);
        sinceStep = 0;
      }
    }
    let sum = 0;
    for (const wave of waves) sum += wave.next();
    return Math.round((amplitude * sum) / waves.length);
  });
  if (!samples.full) samples.append(wait * samplesPerMillisecond, () => 0);
}

/** The sine of an angle that grows by the same step: turned rather than computed, which is ten times as fast. */
class Wave {
  readonly #turnSine: number;
  readonly #turnCosine: number;
  #sine = 0;
  #cosine = 1;

  constructor(step: number) {
    this.#turnSine = Math.sin(step);
    this.#turnCosine = Math.cos(step);
  }

  next(): number {
    const sine = this.#sine;
    this.#sine = sine * this.#turnCosine + this.#cosine * this.#turnSine;
    this.#cosine = this.#cosine * this.#turnCosine - sine * this.#turnSine;
    return sine;
  }
}

/** A tone's amplitude at so many decibels. */
function amplitudeOf(volume: number): number {
  return fullScale * 10 ** (volume / 20);
}
