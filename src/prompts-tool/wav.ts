/**
 * Reading and writing of the one audio format that prompts use: RIFF/WAVE with linear PCM, 8000 Hz, 16 bits, one channel.
 * Media servers open exactly that without conversion, so anything else is refused by name rather than converted quietly.
 */

/** Samples per second of every prompt: the rate of G.711. */
export const SAMPLE_RATE = 8000;

/** Why a file is not a usable prompt; `detail` is a sentence for the person who has to mend the file. */
export type WavFault = {
  readonly kind: 'not-a-wav' | 'truncated' | 'not-pcm' | 'not-16-bit' | 'not-mono' | 'wrong-rate' | 'no-samples';
  readonly detail: string;
};

/** The outcome of `readWav`. */
export type WavReading = { readonly kind: 'wav'; readonly samples: Int16Array } | WavFault;

type Chunk = { readonly id: string; readonly start: number; readonly length: number };

const HEADER_LENGTH = 44;
const PCM_TAG = 1;

function listChunks(file: Buffer): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let offset = 12;
  while (offset + 8 <= file.length) {
    const length = file.readUInt32LE(offset + 4);
    chunks.push({ id: file.toString('latin1', offset, offset + 4), start: offset + 8, length });
    // A chunk of odd length is followed by one byte of padding that its length does not count.
    offset += 8 + length + (length % 2);
  }
  return chunks;
}

function formatFault(file: Buffer, format: Chunk): WavFault | undefined {
  const tag = file.readUInt16LE(format.start);
  const channels = file.readUInt16LE(format.start + 2);
  const rate = file.readUInt32LE(format.start + 4);
  const bits = file.readUInt16LE(format.start + 14);
  if (tag !== PCM_TAG) return { kind: 'not-pcm', detail: `The encoding is ${tag}, not linear PCM (1).` };
  if (channels !== 1) return { kind: 'not-mono', detail: `There are ${channels} channels, not one.` };
  if (rate !== SAMPLE_RATE) return { kind: 'wrong-rate', detail: `The rate is ${rate} Hz, not ${SAMPLE_RATE} Hz.` };
  if (bits !== 16) return { kind: 'not-16-bit', detail: `A sample has ${bits} bits, not 16.` };
  return undefined;
}

/**
 * Reads a whole prompt file. Never throws: a file that is not 8000 Hz, 16-bit, mono linear PCM, or that is shorter than its own
 * header says, is answered with the fault's name. Chunks other than `fmt ` and `data` are skipped.
 */
export function readWav(file: Buffer): WavReading {
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') {
    return { kind: 'not-a-wav', detail: 'The file does not begin with a RIFF/WAVE header.' };
  }
  const chunks = listChunks(file);
  const format = chunks.find((chunk) => chunk.id === 'fmt ');
  const data = chunks.find((chunk) => chunk.id === 'data');
  if (format === undefined || format.length < 16 || format.start + 16 > file.length) {
    return { kind: 'truncated', detail: 'The format chunk is missing or incomplete.' };
  }
  const fault = formatFault(file, format);
  if (fault !== undefined) return fault;
  if (data === undefined) return { kind: 'truncated', detail: 'The data chunk is missing.' };
  const present = file.length - data.start;
  if (present < data.length || data.length % 2 !== 0) {
    return { kind: 'truncated', detail: `The header promises ${data.length} bytes of audio, the file has ${present}.` };
  }
  if (data.length === 0) return { kind: 'no-samples', detail: 'The file holds no audio.' };
  const samples = new Int16Array(data.length / 2);
  for (let i = 0; i < samples.length; i += 1) samples[i] = file.readInt16LE(data.start + 2 * i);
  return { kind: 'wav', samples };
}

/** Encodes samples (full scale 32768, 8000 Hz) as a WAV file with the plain 44-byte header, so that equal audio gives equal bytes. */
export function encodeWav(samples: Int16Array): Buffer {
  const file = Buffer.alloc(HEADER_LENGTH + 2 * samples.length);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(PCM_TAG, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(SAMPLE_RATE, 24);
  file.writeUInt32LE(SAMPLE_RATE * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, i) => {
    file.writeInt16LE(sample, HEADER_LENGTH + 2 * i);
  });
  return file;
}
