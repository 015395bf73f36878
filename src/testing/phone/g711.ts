/** The two codings of ITU-T G.711 by their names in SDP (RFC 3551 §4.5.14). */
export type Codec = 'PCMU' | 'PCMA';

/** The static RTP payload types of G.711 (RFC 3551 §6, table 4). */
export const PAYLOAD_TYPE: Readonly<Record<Codec, number>> = { PCMU: 0, PCMA: 8 };

/** The byte that stands for no sound: the code whose level is nearest to zero. */
export const SILENCE: Readonly<Record<Codec, number>> = { PCMU: 0xff, PCMA: 0xd5 };

/** The level, in 16-bit samples, of one µ-law code (G.711 table 2): inverted bits, 3-bit chord, 4-bit step, bias 33 · 4. */
function muLawLevel(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
}

/** The level, in 16-bit samples, of one A-law code (G.711 table 1): even bits inverted, sign bit set for positive. */
function aLawLevel(code: number): number {
  const bits = code ^ 0x55;
  const chord = (bits >> 4) & 7;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = chord === 0 ? step : (step + 256) << (chord - 1);
  return (bits & 0x80) === 0 ? -magnitude : magnitude;
}

const LEVELS: Readonly<Record<Codec, Int16Array>> = {
  PCMU: Int16Array.from({ length: 256 }, (_, code) => muLawLevel(code)),
  PCMA: Int16Array.from({ length: 256 }, (_, code) => aLawLevel(code)),
};

/**
 * Builds the table from sample (offset by 32768) to code. A code is the right one when no other level is nearer: that
 * is what G.711's decision values say, and it needs no second reading of the chords.
 */
function codesOf(codec: Codec): Uint8Array {
  const levels = LEVELS[codec];
  const ascending = Array.from({ length: 256 }, (_, code) => code).sort(
    (a, b) => (levels[a] ?? 0) - (levels[b] ?? 0) || a - b,
  );
  const table = new Uint8Array(65_536);
  let nearest = 0;
  for (let sample = -32_768; sample <= 32_767; sample++) {
    while (nearest < 255) {
      const here = Math.abs((levels[ascending[nearest] ?? 0] ?? 0) - sample);
      const next = Math.abs((levels[ascending[nearest + 1] ?? 0] ?? 0) - sample);
      if (next > here) break;
      nearest++;
    }
    table[sample + 32_768] = ascending[nearest] ?? 0;
  }
  table[32_768] = SILENCE[codec];
  return table;
}

const CODES: Readonly<Record<Codec, Uint8Array>> = { PCMU: codesOf('PCMU'), PCMA: codesOf('PCMA') };

/** Decodes G.711 bytes to 16-bit samples, one for each byte (ITU-T G.711). Every byte is valid. */
export function decode(codec: Codec, bytes: Uint8Array): Int16Array {
  const levels = LEVELS[codec];
  const samples = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) samples[i] = levels[bytes[i] ?? 0] ?? 0;
  return samples;
}

/** Encodes 16-bit samples to G.711 bytes, one for each sample (ITU-T G.711): the code with the nearest level. */
export function encode(codec: Codec, samples: Int16Array): Uint8Array {
  const codes = CODES[codec];
  const bytes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) bytes[i] = codes[(samples[i] ?? 0) + 32_768] ?? 0;
  return bytes;
}
