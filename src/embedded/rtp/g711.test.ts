import { describe, expect, it } from 'vitest';
import { decodeG711, encodeG711, silenceCode } from './g711.ts';

const every = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
const codes = Uint8Array.from({ length: 256 }, (_, code) => code);

describe.each(['PCMU', 'PCMA'] as const)('%s', (law) => {
  it('has known values', () => {
    const known = {
      PCMU: [
        [0, 0xff],
        [32_767, 0x80],
        [-32_768, 0x00],
        [1_000, 0xce],
        [-1_000, 0x4e],
        [8, 0xfe],
      ],
      PCMA: [
        [0, 0xd5],
        [32_767, 0xaa],
        [-32_768, 0x2a],
        [1_000, 0xfa],
        [-1_000, 0x7a],
        [-8, 0x55],
      ],
    }[law];
    expect([
      ...encodeG711(
        law,
        Int16Array.from(known, ([sample]) => sample as number),
      ),
    ]).toEqual(known.map(([, code]) => code));
    expect(encodeG711(law, Int16Array.of(0))[0]).toBe(silenceCode[law]);
  });

  it('gives each code back that it decodes', () => {
    const again = encodeG711(law, decodeG711(law, codes));
    // µ-law has two zeros; the negative one is written as the positive one.
    expect([...again].map((code, index) => (law === 'PCMU' && index === 0x7f ? 0x7f : code))).toEqual([...codes]);
  });

  it('rises with the sample, and errs by less than a step', () => {
    const decoded = decodeG711(law, encodeG711(law, every));
    for (let at = 1; at < every.length; at++) expect((decoded[at] as number) >= (decoded[at - 1] as number)).toBe(true);
    for (let at = 0; at < every.length; at++) {
      const sample = every[at] as number;
      const error = Math.abs((decoded[at] as number) - sample);
      expect(error <= Math.max(16, Math.abs(sample) / 16)).toBe(true);
    }
  });
});
