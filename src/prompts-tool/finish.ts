/** The last steps from a synthesised sentence to a prompt: cut, levelled, limited and faded. Pure, so always the same result. */
import type { Pause, Samples } from './level.ts';
import { findPauses, fromDbfs, peakLevel, voicedLevel } from './level.ts';
import { SAMPLE_RATE } from './wav.ts';

/** What of the sentence is kept: all of it, or only what comes before its longest inner pause. */
export type Keep = 'all' | 'before-pause';

/** The level every prompt is brought to, in dBFS (see `voicedLevel`). */
const TARGET_DBFS = -20;
/** The limiter works a little below the limit of −3 dBFS, so that rounding cannot cross it. */
const CEILING_DBFS = -3.2;

/** A sentence whose loudest sample is below this was not spoken at all. */
const AUDIBLE_DBFS = -50;

const ms = (count: number): number => (SAMPLE_RATE * count) / 1000;
/** What stays around the voice: soft onsets and releases lie below the silence threshold and would sound cut off without it. */
const LEAD_IN = ms(30);
const LEAD_OUT = ms(50);
const FADE_IN = ms(10);
const FADE_OUT = ms(25);
const LIMITER_REACH = ms(3);

function length(pause: Pause): number {
  return pause.end - pause.start;
}

/** Leaves 30 ms before the first and 50 ms after the last audible moment of the chosen part. Throws when there is no pause to cut at. */
function cut(samples: Float64Array, keep: Keep): Float64Array {
  const pauses = findPauses(samples);
  const start = pauses.find((pause) => pause.start === 0)?.end ?? 0;
  let end = pauses.find((pause) => pause.end === samples.length)?.start ?? samples.length;
  let next = samples.length;
  if (keep === 'before-pause') {
    const inner = pauses.filter((pause) => pause.start > start && pause.end < end);
    const longest = inner.toSorted((a, b) => length(b) - length(a))[0];
    if (longest === undefined) throw new Error('The sentence has no inner pause to cut at.');
    ({ start: end, end: next } = longest);
  }
  return samples.subarray(Math.max(0, start - LEAD_IN), Math.min(next, end + LEAD_OUT));
}

/** A straight ramp at each end, so that neither begins or ends with a click. */
function fade(samples: Float64Array): Float64Array {
  return samples.map((sample, i) => sample * Math.min(1, i / FADE_IN, (samples.length - 1 - i) / FADE_OUT));
}

/**
 * Holds every sample at or below the ceiling by lowering the gain smoothly around a peak. The gain at a sample is the mean of
 * minima that all cover that sample, so it can never be higher than this sample needs.
 */
function limit(samples: Float64Array): Float64Array {
  const ceiling = fromDbfs(CEILING_DBFS);
  const around = (values: Float64Array, at: number): Float64Array =>
    values.subarray(Math.max(0, at - LIMITER_REACH), at + LIMITER_REACH + 1);
  const needed = samples.map((sample) => Math.min(1, ceiling / Math.abs(sample)));
  const lowest = needed.map((_, i) => Math.min(...around(needed, i)));
  return samples.map((sample, i) => {
    const near = around(lowest, i);
    return (sample * near.reduce((sum, gain) => sum + gain, 0)) / near.length;
  });
}

function amplify(samples: Samples, gainDb: number): Float64Array {
  const factor = 10 ** (gainDb / 20);
  return Float64Array.from(samples, (sample) => sample * factor);
}

/** Limiting takes a little of the level away again, so the gain is approached in a few rounds. */
function level(samples: Float64Array): Float64Array {
  let gain = 0;
  let result = samples;
  for (let round = 0; round < 8; round += 1) {
    gain += TARGET_DBFS - voicedLevel(result);
    result = limit(amplify(samples, gain));
  }
  return result;
}

/**
 * Makes a prompt of what a synthesiser said (8000 Hz, full scale 32768). Throws when it is silent, or when a part was asked for and
 * there is no inner pause.
 */
export function finish(samples: Samples, keep: Keep): Int16Array {
  if (peakLevel(samples) < AUDIBLE_DBFS) throw new Error('The synthesiser answered with silence.');
  // Brought near the final level first: the silence threshold then means the same for a quiet synthesiser and for a loud one.
  const near = amplify(samples, TARGET_DBFS - voicedLevel(samples));
  return Int16Array.from(level(fade(cut(near, keep))), Math.round);
}
