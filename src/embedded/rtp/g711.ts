/** The two G.711 laws, by their RTP encoding names (RFC 3551 §4.5.14). */
export type G711Law = 'PCMU' | 'PCMA';

/** Digital silence in each law: the code of the smallest positive level. */
export const silenceCode: Readonly<Record<G711Law, number>> = { PCMU: 0xff, PCMA: 0xd5 };

const muLawBias = 0x84;
const muLawClip = 32_635;

function encodeMuLawSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), muLawClip) + muLawBias;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function decodeMuLawCode(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + muLawBias) << ((bits >> 4) & 7)) - muLawBias;
  return bits & 0x80 ? -magnitude : magnitude;
}

function encodeALawSample(sample: number): number {
  // Samples are taken as 13 bits with sign; a negative one mirrors at −1, so that −8 and 0 are neighbours.
  const positive = sample >= 0;
  const magnitude = (positive ? sample : ~sample) >> 3;
  const exponent = Math.max(0, 27 - Math.clz32(magnitude));
  const mantissa = exponent === 0 ? (magnitude >> 1) & 0x0f : (magnitude >> exponent) & 0x0f;
  return ((positive ? 0x80 : 0) | (exponent << 4) | mantissa) ^ 0x55;
}

function decodeALawCode(code: number): number {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = bits & 0x0f;
  const magnitude = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

function makeEncodeTable(encode: (sample: number) => number): Uint8Array {
  const table = new Uint8Array(65_536);
  for (let sample = -32_768; sample <= 32_767; sample++) table[sample & 0xffff] = encode(sample);
  return table;
}

function makeDecodeTable(decode: (code: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, code) => decode(code));
}

const encodeTables = { PCMU: makeEncodeTable(encodeMuLawSample), PCMA: makeEncodeTable(encodeALawSample) } as const;
const decodeTables = { PCMU: makeDecodeTable(decodeMuLawCode), PCMA: makeDecodeTable(decodeALawCode) } as const;

/** What each code of a law stands for: 256 linear samples of 16 bits. Nobody changes them. */
export const g711Levels: Readonly<Record<G711Law, Int16Array>> = decodeTables;

/** Encodes 16-bit linear samples, one byte each (ITU-T G.711). */
export function encodeG711(law: G711Law, samples: Int16Array): Uint8Array {
  const table = encodeTables[law];
  const codes = new Uint8Array(samples.length);
  for (let at = 0; at < samples.length; at++) codes[at] = table[(samples[at] as number) & 0xffff] as number;
  return codes;
}

/** Decodes to 16-bit linear samples (ITU-T G.711). */
export function decodeG711(law: G711Law, codes: Uint8Array): Int16Array {
  const table = decodeTables[law];
  const samples = new Int16Array(codes.length);
  for (let at = 0; at < codes.length; at++) samples[at] = table[codes[at] as number] as number;
  return samples;
}
