import { describe, expect, it } from 'vitest';
import { amplitudeOf, keyTones, type ToneShape } from '../../testing/phone/key-tones.ts';
import { loadServicePrompts } from '../../testing/phone/phone.ts';
import { random } from '../../testing/phone/synthetic-speech.ts';
import { encodeG711, type G711Law, g711Levels } from './g711.ts';
import { ToneDetector } from './tone-detector.ts';

const allKeys = '0123456789*#ABCD';
const laws = ['PCMU', 'PCMA'] as const;
const samplesPerMillisecond = 8;

/** A key for so many milliseconds, or so many of quiet. */
type Part = readonly [key: string, milliseconds: number] | number;

interface Line extends ToneShape {
  /** Signal to white noise in dB; without it there is no noise. */
  readonly noise?: number;
  /** Quiet at the beginning, in samples: it moves everything against the detector's windows. */
  readonly offset?: number;
}

/** What comes over a line on which these parts follow one another. */
function heard(parts: readonly Part[], { noise, offset = 0, ...shape }: Line = {}): Int16Array {
  const pieces = parts.map((part, index) =>
    typeof part === 'number'
      ? new Int16Array(part * samplesPerMillisecond)
      : keyTones(part[0], part[1], { phase: (0.37 * (index + offset)) % 1, ...shape }),
  );
  const samples = Int16Array.from([...new Int16Array(offset), ...pieces.flatMap((piece) => [...piece])]);
  if (noise === undefined) return samples;
  const { rowLevel = -9, columnLevel = -7 } = shape;
  const deviation = Math.hypot(amplitudeOf(rowLevel), amplitudeOf(columnLevel)) * Math.SQRT1_2 * 10 ** (-noise / 20);
  const chance = random(offset + 1);
  return samples.map((sample) => sample + deviation * Math.sqrt(12 / 4) * sumOf(4, () => chance() - 0.5));
}

/** A sum of even chances is nearly Gaussian. */
function sumOf(count: number, chance: () => number): number {
  let sum = 0;
  for (let n = 0; n < count; n++) sum += chance();
  return sum;
}

function keysIn(samples: Int16Array, law: G711Law = 'PCMU'): string {
  let keys = '';
  const detector = new ToneDetector((key) => {
    keys += key;
  });
  const codes = encodeG711(law, samples);
  detector.take(codes, 0, codes.length, g711Levels[law]);
  return keys;
}

/** How many of all keys, in both laws and shifted against the windows, come through one by one, and as what. */
function through(parts: (key: string) => readonly Part[], line: Line = {}): Readonly<Record<string, number>> {
  const results: Record<string, number> = {};
  for (const law of laws) {
    for (const key of allKeys) {
      for (const offset of [0, 9, 21]) {
        const keys = keysIn(heard([50, ...parts(key), 50], { ...line, offset }), law);
        const result = [...keys].every((each) => each === key) ? `${keys.length}` : 'wrong';
        results[result] = (results[result] ?? 0) + 1;
      }
    }
  }
  return results;
}

const each = 2 * 16 * 3;
const press = (milliseconds: number) => (key: string) => [[key, milliseconds]] as const;

describe('a key', () => {
  it.each([40, 60, 100, 1_000])('of %i ms is told once', (milliseconds) => {
    expect(through(press(milliseconds))).toEqual({ 1: each });
  });

  it.each([10, 20, 23])('of %i ms is none', (milliseconds) => {
    expect(through(press(milliseconds))).toEqual({ 0: each });
  });

  it.each([30, 24, 18, 15, 12])('of 40 ms is told with noise %i dB below it', (noise) => {
    expect(through(press(40), { noise })).toEqual({ 1: each });
  });

  it.each([18, 12])('of 23 ms is none with noise %i dB below it', (noise) => {
    expect(through(press(23), { noise })).toEqual({ 0: each });
  });

  it.each([
    [0, 0],
    [-10, -6],
    [-6, -14],
    [-25, -25],
    [-25, -33],
    [-29, -25],
    [-33, -33],
  ])('is told with its row at %i dBm0 and its column at %i', (rowLevel, columnLevel) => {
    expect(through(press(40), { rowLevel, columnLevel })).toEqual({ 1: each });
  });

  it.each([
    [-10, -2],
    [-4, -16],
    [-45, -45],
    [-60, -60],
  ])('is none with its row at %i dBm0 and its column at %i', (rowLevel, columnLevel) => {
    expect(through(press(100), { rowLevel, columnLevel })).toEqual({ 0: each });
  });

  it.each([
    [0.015, 0.015],
    [-0.015, -0.015],
    [0.015, -0.015],
    [-0.015, 0.015],
  ])('is told with its row off by %d and its column by %d', (rowError, columnError) => {
    expect(through(press(40), { rowError, columnError, noise: 18 })).toEqual({ 1: each });
  });

  it.each([
    [0.035, 0],
    [-0.035, 0],
    [0, 0.035],
    [0, -0.035],
    [0.05, 0.05],
  ])('is none with its row off by %d and its column by %d', (rowError, columnError) => {
    expect(through(press(100), { rowError, columnError })).toEqual({ 0: each });
  });

  it('is none with one of its tones alone', () => {
    expect(through(press(100), { columnLevel: -99 })).toEqual({ 0: each });
    expect(through(press(100), { rowLevel: -99 })).toEqual({ 0: each });
  });

  it.each([5, 10])('is not two for an interruption of %i ms', (milliseconds) => {
    expect(through((key) => [[key, 60], milliseconds, [key, 60]])).toEqual({ 1: each });
  });

  it('is two with a pause of 40 ms in between', () => {
    expect(through((key) => [[key, 40], 40, [key, 40]])).toEqual({ 2: each });
  });

  it('is told before it ends, soon after it began', () => {
    let told = 0;
    let samples = 0;
    const detector = new ToneDetector((_, length) => {
      told = samples;
      expect(length).toBeLessThanOrEqual(samples + 128);
    });
    const codes = encodeG711('PCMU', keyTones('5', 200));
    for (; told === 0 && samples < codes.length; samples += 8) {
      detector.take(codes, samples, samples + 8, g711Levels.PCMU);
    }
    expect(told).toBeGreaterThan(23 * samplesPerMillisecond);
    expect(told).toBeLessThan(40 * samplesPerMillisecond);
  });
});

describe('keys in a row', () => {
  it.each(laws)('are told in order at the fastest rate, in %s', (law) => {
    const keys = `${allKeys}${[...allKeys].reverse().join('')}1122##`.repeat(4);
    const parts = [...keys].flatMap((key): Part[] => [[key, 40], 40]);
    for (const offset of [0, 5, 13]) expect(keysIn(heard([30, ...parts], { offset, noise: 15 }), law)).toBe(keys);
  });

  it('are told when nothing is between them', () => {
    const parts = [...allKeys].map((key): Part => [key, 80]);
    expect(keysIn(heard([50, ...parts, 50]))).toBe(allKeys);
  });
});

describe('audio that is missing', () => {
  /** Feeds parts, with pieces of this length lost in between. */
  function over(lost: number, ...parts: readonly (readonly Part[])[]): string {
    let keys = '';
    const detector = new ToneDetector((key) => {
      keys += key;
    });
    for (const [index, part] of parts.entries()) {
      if (index > 0) detector.lose(lost * samplesPerMillisecond);
      const codes = encodeG711('PCMU', heard(part));
      detector.take(codes, 0, codes.length, g711Levels.PCMU);
    }
    return keys;
  }

  it.each([10, 20, 40])('does not make two of one key when %i ms are lost', (lost) => {
    expect(over(lost, [50, ['7', 60]], [['7', 60], 50])).toBe('7');
  });

  it('does not make one of two keys when half of their pause is lost', () => {
    expect(over(20, [50, ['7', 60]], [20, ['7', 60], 50])).toBe('77');
    expect(over(20, [50, ['7', 60], 20], [['7', 60], 50])).toBe('77');
  });

  it('does not lose a key of which a packet is lost', () => {
    expect(over(20, [50, ['7', 30]], [['7', 30], 50])).toBe('7');
    expect(over(20, [50, ['7', 20]], [['7', 40], 50])).toBe('7');
  });

  it('ends a key when more is lost, when the sender was silent, and when it begins anew', () => {
    expect(over(60, [50, ['7', 60]], [['7', 60], 50])).toBe('77');
    const ways: readonly ((detector: ToneDetector) => void)[] = [
      (detector) => detector.pause(40 * samplesPerMillisecond),
      (detector) => detector.reset(),
    ];
    for (const between of ways) {
      let keys = '';
      const detector = new ToneDetector((key) => {
        keys += key;
      });
      const codes = encodeG711('PCMU', keyTones('7', 60));
      detector.take(codes, 0, codes.length, g711Levels.PCMU);
      between(detector);
      detector.take(codes, 0, codes.length, g711Levels.PCMU);
      expect(keys).toBe('77');
    }
  });
});

describe('what is no key', () => {
  it('is none in ten minutes of every prompt, in both laws', async () => {
    const { prompts } = await loadServicePrompts();
    for (const law of laws) {
      let keys = '';
      let milliseconds = 0;
      const detector = new ToneDetector((key) => {
        keys += key;
      });
      const spoken = prompts.map(({ samples }) => encodeG711(law, samples));
      while (milliseconds < 300_000) {
        for (const codes of spoken) {
          detector.take(codes, 0, codes.length, g711Levels[law]);
          milliseconds += codes.length / samplesPerMillisecond;
        }
      }
      expect(keys).toBe('');
    }
  });

  it('is none in noise, at any level', () => {
    const chance = random(7);
    for (const amplitude of [200, 2_000, 20_000]) {
      expect(keysIn(Int16Array.from({ length: 240_000 }, () => amplitude * (2 * chance() - 1)))).toBe('');
    }
  });

  it('is none in dial tone and in ringing and busy tones of two frequencies', () => {
    for (const pair of [
      [350, 440],
      [440, 480],
      [480, 620],
      [941, 941],
      [1_209, 1_477],
    ]) {
      const tones = Int16Array.from({ length: 16_000 }, (_, at) =>
        pair.reduce((sum, hertz) => sum + 6_000 * Math.sin((2 * Math.PI * hertz * at) / 8_000), 0),
      );
      expect(keysIn(tones)).toBe('');
    }
  });
});
