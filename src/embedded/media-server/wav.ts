import { decodeG711 } from '../rtp/g711.ts';

/** Why a WAV file cannot be played. The text is for the log. */
export interface WavFault {
  readonly fault: string;
}

interface WavFormat {
  readonly tag: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

const pcm = 1;
const aLaw = 6;
const muLaw = 7;
const extensible = 0xfffe;

/**
 * Reads a WAV file to 16-bit mono samples at 8 kHz: PCM of 16 bits, A-law and µ-law, at 8 or 16 kHz, mono or with two
 * channels that are mixed. Whatever the sizes inside say, nothing outside the given bytes is read.
 *
 * @returns the samples, or what is wrong with the file.
 */
export function readWav(bytes: Buffer): Int16Array | WavFault {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    return { fault: 'it is no WAV file' };
  }
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4);
    const start = at + 8;
    const end = Math.min(start + bytes.readUInt32LE(at + 4), bytes.length);
    if (id === 'fmt ') format = readFormat(bytes.subarray(start, end));
    if (id === 'data')
      return format === undefined ? { fault: 'it has no format' } : samplesOf(format, bytes.subarray(start, end));
    // Chunks begin at even places.
    at = end + ((end - start) % 2);
  }
  return { fault: 'it has no audio' };
}

function readFormat(chunk: Buffer): WavFormat | undefined {
  if (chunk.length < 16) return undefined;
  const tag = chunk.readUInt16LE(0);
  return {
    // The extended form says the same in the first two bytes of its sub-format.
    tag: tag === extensible && chunk.length >= 26 ? chunk.readUInt16LE(24) : tag,
    channels: chunk.readUInt16LE(2),
    rate: chunk.readUInt32LE(4),
    bits: chunk.readUInt16LE(14),
  };
}

function samplesOf(format: WavFormat, data: Buffer): Int16Array | WavFault {
  const { tag, channels, rate, bits } = format;
  if (channels !== 1 && channels !== 2) return { fault: `it has ${channels} channels` };
  if (rate !== 8_000 && rate !== 16_000) return { fault: `its rate is ${rate} Hz` };
  const interleaved = linear(tag, bits, data);
  if (interleaved === undefined) return { fault: `its encoding is ${tag} with ${bits} bits` };
  const mono = channels === 1 ? interleaved : mix(interleaved);
  return rate === 8_000 ? mono : halveRate(mono);
}

function linear(tag: number, bits: number, data: Buffer): Int16Array | undefined {
  if (tag === pcm && bits === 16) {
    return Int16Array.from({ length: data.length >> 1 }, (_, at) => data.readInt16LE(2 * at));
  }
  if (tag === muLaw && bits === 8) return decodeG711('PCMU', data);
  if (tag === aLaw && bits === 8) return decodeG711('PCMA', data);
  return undefined;
}

function mix(interleaved: Int16Array): Int16Array {
  return Int16Array.from(
    { length: interleaved.length >> 1 },
    (_, at) => ((interleaved[2 * at] as number) + (interleaved[2 * at + 1] as number)) >> 1,
  );
}

/** How many samples before and after the filter sees; more make it steeper. */
const reach = 24;

/** A low-pass at a quarter of the rate, windowed (Blackman); its coefficients add up to 1. */
function halfBandFilter(): Float64Array {
  const taps = Float64Array.from({ length: 2 * reach + 1 }, (_, index) => {
    const x = index - reach;
    const sinc = x === 0 ? 0.5 : Math.sin((Math.PI * x) / 2) / (Math.PI * x);
    const phase = (2 * Math.PI * index) / (2 * reach);
    return sinc * (0.42 - 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** Halves the rate after taking out what would fold back into the band. */
function halveRate(samples: Int16Array): Int16Array {
  const taps = halfBandFilter();
  return Int16Array.from({ length: samples.length >> 1 }, (_, at) => {
    let sum = 0;
    for (let index = 0; index < taps.length; index++) {
      sum += (taps[index] as number) * (samples[2 * at + index - reach] ?? 0);
    }
    return Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  });
}
