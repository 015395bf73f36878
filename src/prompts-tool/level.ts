/**
 * What is measured about a prompt. All levels are dBFS relative to an RMS of 32768, so a full-scale square wave is 0 dBFS and a
 * full-scale sine is −3.01 dBFS. All samples are at 8000 Hz.
 */
import { SAMPLE_RATE } from './wav.ts';

/** Audio samples whose full scale is 32768: as stored, or as fractions between two steps of processing. */
export type Samples = Int16Array | Float64Array;

/** A stretch of silence inside a prompt, in samples; `end` is exclusive. */
export type Pause = { readonly start: number; readonly end: number };

const FULL_SCALE = 32768;
/** Speech is judged in frames of 20 ms, the length over which a voice is steady (and one RTP packet). */
const FRAME = (SAMPLE_RATE * 20) / 1000;
/** Silence is judged more finely, because the limit at each end of a prompt is only a few frames long. */
const SILENCE_WINDOW = (SAMPLE_RATE * 5) / 1000;
/** Frames this far below the loudest one are pauses and stop consonants, and do not count towards the level of the voice. */
const VOICED_RANGE_DB = 20;
/** Quieter than this is silence: on a telephone it lies 30 dB below the voice and under the noise of any line. */
const SILENCE_DBFS = -50;

/** Converts an amplitude (full scale 32768) to dBFS; zero is −Infinity. */
export function toDbfs(amplitude: number): number {
  return 20 * Math.log10(amplitude / FULL_SCALE);
}

/** Converts dBFS to an amplitude (full scale 32768). */
export function fromDbfs(dbfs: number): number {
  return FULL_SCALE * 10 ** (dbfs / 20);
}

function meanPower(samples: Samples, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i += 1) sum += (samples[i] ?? 0) ** 2;
  return end > start ? sum / (end - start) : 0;
}

/** The largest absolute sample, in dBFS; −Infinity for silence. */
export function peakLevel(samples: Samples): number {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return toDbfs(peak);
}

/**
 * The level of the voiced parts, in dBFS: the RMS over those 20 ms frames (not overlapping; a last incomplete one is left out)
 * that lie within 20 dB of the loudest frame. −Infinity for silence; audio shorter than one frame is measured whole.
 */
export function voicedLevel(samples: Samples): number {
  const frames: number[] = [];
  for (let start = 0; start + FRAME <= samples.length; start += FRAME) {
    frames.push(meanPower(samples, start, start + FRAME));
  }
  if (frames.length === 0) return toDbfs(Math.sqrt(meanPower(samples, 0, samples.length)));
  const floor = Math.max(...frames) / 10 ** (VOICED_RANGE_DB / 10);
  const voiced = frames.filter((power) => power >= floor);
  return toDbfs(Math.sqrt(voiced.reduce((sum, power) => sum + power, 0) / voiced.length));
}

function silentWindows(samples: Samples): readonly boolean[] {
  const limit = fromDbfs(SILENCE_DBFS) ** 2;
  const windows: boolean[] = [];
  for (let start = 0; start < samples.length; start += SILENCE_WINDOW) {
    windows.push(meanPower(samples, start, Math.min(start + SILENCE_WINDOW, samples.length)) < limit);
  }
  return windows;
}

/**
 * Every stretch of silence, in order: consecutive 5 ms windows whose RMS is below −50 dBFS. One that begins at 0 is the silence
 * before the voice, one that ends with the audio is the silence after it.
 */
export function findPauses(samples: Samples): readonly Pause[] {
  const windows = silentWindows(samples);
  const pauses: Pause[] = [];
  for (let i = 0; i < windows.length; i += 1) {
    if (windows[i] !== true) continue;
    const first = i;
    while (windows[i + 1] === true) i += 1;
    pauses.push({ start: first * SILENCE_WINDOW, end: Math.min((i + 1) * SILENCE_WINDOW, samples.length) });
  }
  return pauses;
}

/** Silence before and after the voice, in milliseconds (a multiple of 5); audio that is wholly silent counts for both. */
export function endSilences(samples: Samples): { readonly before: number; readonly after: number } {
  const pauses = findPauses(samples);
  const toMs = (pause: Pause | undefined): number =>
    pause === undefined ? 0 : ((pause.end - pause.start) * 1000) / SAMPLE_RATE;
  return {
    before: toMs(pauses.find((pause) => pause.start === 0)),
    after: toMs(pauses.find((pause) => pause.end === samples.length)),
  };
}
