import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeG711 } from '../rtp/g711.ts';
import { makeTones } from './tone-script.ts';

const samplesOf = (script: string) => {
  const clip = makeTones(script);
  return clip === undefined ? undefined : decodeG711('PCMU', clip.codes.PCMU);
};

/** How strong a frequency is, relative to a sine of full scale (Goertzel). */
function strength(samples: Int16Array, frequency: number): number {
  let [real, imaginary] = [0, 0];
  for (const [at, sample] of samples.entries()) {
    real += sample * Math.cos((2 * Math.PI * frequency * at) / 8_000);
    imaginary += sample * Math.sin((2 * Math.PI * frequency * at) / 8_000);
  }
  return (2 * Math.hypot(real, imaginary)) / samples.length / 32_767;
}

describe('tone scripts', () => {
  it('make the frequencies, on and off, at −7 dB shared among them', () => {
    const samples = samplesOf('%(200,100,440,480)') as Int16Array;
    expect(samples.length).toBe(2_400);
    const on = samples.subarray(0, 1_600);
    for (const frequency of [440, 480]) expect(strength(on, frequency)).toBeCloseTo(10 ** (-7 / 20) / 2, 2);
    expect(strength(on, 700)).toBeLessThan(0.02);
    expect(samples.subarray(1_600).every((sample) => sample === 0)).toBe(true);
  });

  it.each([
    ['L=3;%(100,50,440)', 3 * 1_200],
    ['l=4;%(10,10,440)', 4 * 160],
    ['%(100,0,440);%(100,0,880)', 1_600],
    ['d=100;w=20;1', 960],
    ['d=100;w=0;123', 2_400],
    ['9(50,10)', 480],
    ['', 0],
    ['v=-10', 0],
    ['%(100)', 0],
    ['%(100,50)', 0],
    ['nonsense &!', 0],
    ['%(100,0,440);%(50);%(100,0,440)', 800],
    ['%(999999999,0,440)', 480_000],
    ['l=-1;%(100,0,440)', 480_000],
    ['l=-1;%(0,0,440)', 0],
  ])('%j makes %i samples', (script, length) => {
    expect(makeTones(script)?.samples).toBe(length);
  });

  it('make keys from their two frequencies', () => {
    const samples = samplesOf('d=100;w=0;5') as Int16Array;
    for (const frequency of [770, 1_336]) expect(strength(samples, frequency)).toBeGreaterThan(0.2);
  });

  it('set the volume, and let it fade', () => {
    expect(strength(samplesOf('v=-20;%(200,0,400)') as Int16Array, 400)).toBeCloseTo(0.1, 2);
    const fading = samplesOf('v=-10;>=20;+=2;%(400,0,400)') as Int16Array;
    expect(strength(fading.subarray(2_800), 400)).toBeLessThan(strength(fading.subarray(0, 400), 400) / 5);
  });

  it('are bounded, whatever they say', () => {
    expect(makeTones('x'.repeat(5_000))).toBeUndefined();
    const parts = fc.constantFrom(
      '%(10,10,440)',
      'L=5',
      'l=3',
      'd=5',
      'w=0',
      ';',
      '(',
      ')',
      ',',
      '1',
      '*',
      '=',
      ' ',
      '-1',
      'v=',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(parts, fc.string({ maxLength: 4 })), { maxLength: 20 }), (script) => {
        expect(makeTones(script.join(''))?.samples).toBeLessThanOrEqual(480_000);
      }),
    );
  });
});
