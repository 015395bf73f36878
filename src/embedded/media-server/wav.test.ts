import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pattern, wavOf } from '../../testing/media/media-rig.ts';
import { decodeG711, encodeG711 } from '../rtp/g711.ts';
import { readWav } from './wav.ts';

/** A file of any format; extra chunks stand before the data. */
function file(
  format: { tag: number; channels?: number; rate?: number; bits: number; subTag?: number },
  data: Uint8Array,
  extra = '',
): Buffer {
  const { tag, channels = 1, rate = 8_000, bits, subTag } = format;
  const fmt = Buffer.alloc(subTag === undefined ? 16 : 40);
  fmt.writeUInt16LE(tag, 0);
  fmt.writeUInt16LE(channels, 2);
  fmt.writeUInt32LE(rate, 4);
  fmt.writeUInt16LE(bits, 14);
  if (subTag !== undefined) fmt.writeUInt16LE(subTag, 24);
  const chunk = (id: string, body: Uint8Array) => {
    const head = Buffer.alloc(8);
    head.write(id);
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  };
  const chunks = [
    chunk('fmt ', fmt),
    ...(extra === '' ? [] : [chunk('LIST', Buffer.from(extra))]),
    chunk('data', data),
  ];
  const body = Buffer.concat([Buffer.from('WAVE'), ...chunks]);
  return chunk('RIFF', body);
}

const linearBytes = (samples: Int16Array) => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
const sine = (rate: number, frequency: number, seconds = 0.5) =>
  Int16Array.from({ length: rate * seconds }, (_, at) =>
    Math.round(10_000 * Math.sin((2 * Math.PI * frequency * at) / rate)),
  );
const level = (samples: Int16Array) =>
  Math.sqrt(samples.subarray(200, -200).reduce((sum, sample) => sum + sample * sample, 0) / (samples.length - 400));

describe('reading WAV files', () => {
  const samples = pattern(500);

  it('reads 16-bit PCM as it is, past other chunks and with the extended format', () => {
    expect(readWav(wavOf(samples))).toEqual(samples);
    expect(readWav(file({ tag: 1, bits: 16 }, linearBytes(samples), 'odd'))).toEqual(samples);
    expect(readWav(file({ tag: 0xfffe, bits: 16, subTag: 1 }, linearBytes(samples)))).toEqual(samples);
  });

  it('reads A-law and µ-law', () => {
    for (const [tag, law] of [
      [6, 'PCMA'],
      [7, 'PCMU'],
    ] as const) {
      const codes = encodeG711(law, samples);
      expect(readWav(file({ tag, bits: 8 }, codes))).toEqual(decodeG711(law, codes));
    }
  });

  it('mixes two channels', () => {
    const both = Int16Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? 1_000 : 3_000));
    expect(readWav(file({ tag: 1, channels: 2, bits: 16 }, linearBytes(both)))).toEqual(new Int16Array(10).fill(2_000));
  });

  it('halves a rate of 16 kHz: what the telephone carries stays, what would fold back goes', () => {
    const half = (frequency: number) => {
      const result = readWav(file({ tag: 1, rate: 16_000, bits: 16 }, linearBytes(sine(16_000, frequency))));
      if ('fault' in result) throw new Error(result.fault);
      expect(result.length).toBe(4_000);
      return level(result) / level(sine(8_000, 1_000));
    };
    for (const frequency of [300, 1_000, 2_000, 3_000]) expect(half(frequency)).toBeCloseTo(1, 1);
    for (const frequency of [5_200, 6_000, 7_500]) expect(half(frequency)).toBeLessThan(0.01);
  });

  it.each([
    ['it is no WAV file', Buffer.from('hello')],
    ['it is no WAV file', Buffer.alloc(100)],
    ['it has no audio', wavOf(samples).subarray(0, 40)],
    ['its rate is 44100 Hz', file({ tag: 1, rate: 44_100, bits: 16 }, new Uint8Array(4))],
    ['it has 6 channels', file({ tag: 1, channels: 6, bits: 16 }, new Uint8Array(4))],
    ['its encoding is 1 with 8 bits', file({ tag: 1, bits: 8 }, new Uint8Array(4))],
    ['its encoding is 17 with 4 bits', file({ tag: 17, bits: 4 }, new Uint8Array(4))],
  ])('says what is wrong: %s', (fault, bytes) => {
    expect(readWav(bytes)).toEqual({ fault });
  });

  it('takes what there is of a file that was cut off', () => {
    expect(readWav(wavOf(samples).subarray(0, 44 + 201))).toEqual(samples.subarray(0, 100));
  });

  it('survives all bytes', () => {
    const whole = [...wavOf(samples.subarray(0, 8))];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(60), fc.nat(60), (bytes, from, length) => {
        const broken = Buffer.from(whole.toSpliced(from, length, ...bytes));
        const result = readWav(broken);
        expect(result instanceof Int16Array || typeof result.fault === 'string').toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
