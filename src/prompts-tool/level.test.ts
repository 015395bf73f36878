import { describe, expect, test } from 'vitest';
import { endSilences, findPauses, fromDbfs, peakLevel, toDbfs, voicedLevel } from './level.ts';
import { SAMPLE_RATE } from './wav.ts';

const ms = (count: number): number => (SAMPLE_RATE * count) / 1000;

/** 500 Hz, so that every frame of 20 ms holds whole periods and the answers are exact. */
function sine(milliseconds: number, peakDbfs: number): number[] {
  const amplitude = fromDbfs(peakDbfs);
  return Array.from(
    { length: ms(milliseconds) },
    (_, i) => amplitude * Math.sin((2 * Math.PI * 500 * i) / SAMPLE_RATE),
  );
}

const silence = (milliseconds: number): number[] => Array<number>(ms(milliseconds)).fill(0);
const audio = (...parts: number[][]): Float64Array => Float64Array.from(parts.flat());

describe('levels', () => {
  test('dBFS and amplitude are inverse, and full scale is 32768', () => {
    expect(toDbfs(32768)).toBe(0);
    expect(toDbfs(fromDbfs(-17.5))).toBeCloseTo(-17.5, 10);
    expect(toDbfs(0)).toBe(-Infinity);
  });

  test('a sine has an RMS 3.01 dB below its peak', () => {
    const tone = audio(sine(200, -10));
    expect(peakLevel(tone)).toBeCloseTo(-10, 2);
    expect(voicedLevel(tone)).toBeCloseTo(-13.01, 2);
  });

  test('the most negative sample is full scale', () => {
    expect(peakLevel(Int16Array.from([0, -32768, 5]))).toBe(0);
  });

  test('pauses and sounds more than 20 dB below the loudest do not count, those within 20 dB do', () => {
    expect(voicedLevel(audio(sine(200, -10), silence(400)))).toBeCloseTo(-13.01, 2);
    expect(voicedLevel(audio(sine(200, -10), sine(400, -31)))).toBeCloseTo(-13.01, 2);
    // Half the frames at full power and half at a hundredth of it: 10·log10(0.505) = −2.97 dB.
    expect(voicedLevel(audio(sine(200, -10), sine(200, -29.99)))).toBeCloseTo(-13.01 - 2.97, 1);
  });

  test('silence has no level, and less than a frame is measured whole', () => {
    expect(voicedLevel(audio(silence(100)))).toBe(-Infinity);
    expect(voicedLevel(audio(sine(10, -10)))).toBeCloseTo(-13.01, 2);
    expect(peakLevel(audio())).toBe(-Infinity);
  });
});

describe('silence', () => {
  test('is measured at both ends to 5 ms', () => {
    expect(endSilences(audio(silence(35), sine(100, -20), silence(60)))).toEqual({ before: 35, after: 60 });
    expect(endSilences(audio(sine(100, -20)))).toEqual({ before: 0, after: 0 });
    expect(endSilences(audio(silence(100)))).toEqual({ before: 100, after: 100 });
  });

  test('begins below −50 dBFS RMS', () => {
    expect(endSilences(audio(sine(50, -46), sine(100, -20))).before).toBe(0);
    expect(endSilences(audio(sine(50, -48), sine(100, -20))).before).toBe(50);
  });

  test('inside the audio is found in order', () => {
    const pauses = findPauses(audio(sine(100, -20), silence(50), sine(100, -20), silence(75), sine(100, -20)));
    expect(pauses).toEqual([
      { start: ms(100), end: ms(150) },
      { start: ms(250), end: ms(325) },
    ]);
  });
});
