import { describe, expect, it } from 'vitest';
import { PromptPack } from '../phone/prompt-pack.ts';
import type { HeardPrompt } from '../phone/recogniser.ts';
import type { ArrivedPacket } from '../phone/timings.ts';
import { assertTold, findDisorder, longestPause, lostSound, loudMoments } from './hearing.ts';

/** Packets of 160 samples with these timestamps, 20 ms apart. */
const packets = (timestamps: readonly number[]): ArrivedPacket[] =>
  timestamps.map((timestamp, index) => ({ at: index * 20, audible: true, timestamp, length: 160 }));

describe('the order of packets', () => {
  it.each([
    ['none', []],
    ['one', [7]],
    ['some', [0, 160, 320]],
    ['some around the wrap of timestamps', [2 ** 32 - 160, 0, 160]],
  ])('is right with %s', (_, timestamps) => {
    expect(findDisorder(packets(timestamps))).toBeUndefined();
  });

  it.each([
    ['one comes twice', [0, 160, 160]],
    ['two are exchanged', [0, 320, 160]],
    ['two overlap', [0, 160, 240]],
    ['the numbering begins anew', [160, 320, 0]],
  ])('is wrong when %s', (_, timestamps) => {
    expect(findDisorder(packets(timestamps))).toMatch(/^Packet [12] /);
  });

  it('is right after a pause, and the pause is known', () => {
    expect(findDisorder(packets([0, 160, 480, 640]))).toBeUndefined();
    expect(longestPause(packets([0, 160, 480, 640]))).toBe(20);
    expect(longestPause(packets([0, 160]))).toBe(0);
    expect(longestPause([])).toBe(0);
  });
});

describe('what a caller was told', () => {
  const piece = (id: string, fromMs: number, heardMs: number): HeardPrompt => ({
    ...{ id, fromMs, heardMs, caption: id, alsoPossible: [], startedAt: 0, endedAt: 0, lengthMs: 2_000 },
    state: 'cut',
  });
  const call = (...prompts: HeardPrompt[]): Parameters<typeof assertTold>[0] => ({ prompts, describe: () => 'a call' });

  it('counts a prompt once that paused in the sending, and twice when it was said twice', () => {
    const paused = call(piece('welcome', 0, 100), piece('sign-in-failed', 0, 90), piece('sign-in-failed', 90, 240));
    expect(() => assertTold(paused, ['sign-in-failed'])).not.toThrow();
    const twice = call(piece('sign-in-failed', 0, 90), piece('sign-in-failed', 0, 240));
    expect(() => assertTold(twice, ['sign-in-failed'])).toThrow(/^Told sign-in-failed, sign-in-failed instead of/);
    expect(() => assertTold(twice, ['sign-in-failed', 'sign-in-failed'])).not.toThrow();
  });
});

/** Sound and silence in turns, each of as many milliseconds as given, beginning with sound. */
function sound(...lengths: readonly number[]): Int16Array {
  const blocks = lengths.flatMap((length, i) => new Array<number>(length * 8).fill(i % 2 === 0 ? 1_000 : 0));
  return Int16Array.from(blocks);
}

describe('the sound of a prompt', () => {
  const samples = sound(200, 100, 300, 50);
  const [prompt] = new PromptPack([{ id: 'a', caption: 'A', samples }]).prompts;

  it.each([
    ['nothing when it was heard whole', [[0, 650]], 0],
    [
      'nothing when two pieces adjoin',
      [
        [0, 120],
        [120, 650],
      ],
      0,
    ],
    [
      'nothing when what lies between is quiet',
      [
        [0, 200],
        [300, 650],
      ],
      0,
    ],
    [
      'what lies between two pieces',
      [
        [0, 120],
        [160, 650],
      ],
      40,
    ],
    ['the beginning', [[60, 650]], 60],
    ['the end', [[0, 520]], 80],
    ['all of it when nothing was heard', [], 500],
  ])('lost %s', (_, heard, lost) => {
    if (prompt === undefined) throw new Error('The pack is empty');
    const pieces = heard.map(([fromMs = 0, heardMs = 0]) => ({ fromMs, heardMs }));
    expect(lostSound(pieces, prompt)).toBe(lost);
  });

  it('is loud where it goes on for as long as asked', () => {
    const moments = loudMoments(samples, 90, 600, 100);
    expect(moments.slice(0, 12)).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101]);
    expect(moments.filter((moment) => moment > 110 && moment < 290)).toEqual([]);
    expect(moments.at(-1)).toBeLessThanOrEqual(510);
    expect(moments).toContain(450);
  });
});
