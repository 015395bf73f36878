import { describe, expect, test } from 'vitest';
import { finish } from './finish.ts';
import { endSilences, findPauses, fromDbfs, peakLevel, voicedLevel } from './level.ts';
import { SAMPLE_RATE } from './wav.ts';

const ms = (count: number): number => (SAMPLE_RATE * count) / 1000;

function tone(milliseconds: number, peakDbfs: number): number[] {
  const amplitude = fromDbfs(peakDbfs);
  return Array.from(
    { length: ms(milliseconds) },
    (_, i) => amplitude * Math.sin((2 * Math.PI * 500 * i) / SAMPLE_RATE),
  );
}

const silence = (milliseconds: number): number[] => Array<number>(ms(milliseconds)).fill(0);
const audio = (...parts: number[][]): Float64Array => Float64Array.from(parts.flat());

describe('finishing', () => {
  test.each([-45, -25, -6, 0])('a voice at %d dBFS comes to −20 dBFS', (level) => {
    const prompt = finish(audio(silence(200), tone(600, level), silence(300)), 'all');
    expect(voicedLevel(prompt)).toBeCloseTo(-20, 1);
  });

  test('leaves 30 ms before and 50 ms after the voice, and starts and ends at zero', () => {
    const prompt = finish(audio(silence(200), tone(600, -25), silence(300)), 'all');
    expect(endSilences(prompt)).toEqual({ before: 30, after: 50 });
    expect(prompt.length).toBe(ms(680));
    expect([prompt[0], prompt.at(-1)]).toEqual([0, 0]);
  });

  test('peaks are held below −3 dBFS while the level is kept', () => {
    const spikes = tone(800, -20).map((sample, i) => (i % 800 === 37 ? 32767 : sample));
    const prompt = finish(audio(silence(100), spikes, silence(100)), 'all');
    expect(peakLevel(prompt)).toBeLessThanOrEqual(-3);
    expect(voicedLevel(prompt)).toBeCloseTo(-20, 1);
  });

  test('the limiter leaves what needs no limiting alone but for its gain', () => {
    const source = audio(tone(300, -17), silence(100));
    const prompt = finish(source, 'all');
    for (let i = ms(50); i < ms(250); i += 1) {
      expect(Math.abs((prompt[i] ?? 0) - (source[i] ?? 0))).toBeLessThan(fromDbfs(-40));
    }
  });

  test('a part ends at the longest inner pause, not at a shorter one before it', () => {
    const sentence = audio(silence(100), tone(100, -20), silence(30), tone(100, -20), silence(120), tone(200, -20));
    const prompt = finish(sentence, 'before-pause');
    expect(prompt.length).toBe(ms(30 + 230 + 50));
    expect(findPauses(prompt)).toHaveLength(3);
  });

  test('silence, and a part of a sentence without a pause, are faults', () => {
    expect(() => finish(audio(silence(300)), 'all')).toThrow('silence');
    expect(() => finish(audio(silence(50), tone(300, -20), silence(50)), 'before-pause')).toThrow('no inner pause');
  });

  test('the same sound gives the same prompt', () => {
    const source = audio(silence(50), tone(300, -9), silence(50));
    expect(finish(source, 'all')).toEqual(finish(source, 'all'));
  });
});
