import { describe, expect, test } from 'vitest';
import { encodeWav, readWav } from './wav.ts';

const samples = Int16Array.from([0, 1, -1, 32767, -32768, 1234]);

/** A good file with one header field changed, the way a file of another format would have it. */
function withField(offset: number, value: number, bytes: 2 | 4): Buffer {
  const file = encodeWav(samples);
  if (bytes === 2) file.writeUInt16LE(value, offset);
  else file.writeUInt32LE(value, offset);
  return file;
}

describe('WAV files', () => {
  test('what was written is read back, sample for sample', () => {
    expect(readWav(encodeWav(samples))).toEqual({ kind: 'wav', samples });
  });

  test('chunks that a studio program adds are skipped, with the padding of an odd length', () => {
    const file = encodeWav(samples);
    const note = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
    const noted = Buffer.concat([file.subarray(0, 36), note, file.subarray(36)]);
    expect(readWav(noted)).toEqual({ kind: 'wav', samples });
  });

  test.each([
    ['an empty file', Buffer.alloc(0), 'not-a-wav'],
    ['text', Buffer.from('This is not audio at all.'), 'not-a-wav'],
    ['only the first header', encodeWav(samples).subarray(0, 12), 'truncated'],
    ['half a format chunk', encodeWav(samples).subarray(0, 30), 'truncated'],
    ['no data chunk', encodeWav(samples).subarray(0, 36), 'truncated'],
    ['less audio than promised', encodeWav(samples).subarray(0, 50), 'truncated'],
    ['half a sample', withField(40, 11, 4), 'truncated'],
    ['no audio', encodeWav(new Int16Array(0)), 'no-samples'],
    ['mu-law', withField(20, 7, 2), 'not-pcm'],
    ['stereo', withField(22, 2, 2), 'not-mono'],
    ['16 kHz', withField(24, 16000, 4), 'wrong-rate'],
    ['24 bits', withField(34, 24, 2), 'not-16-bit'],
  ])('%s is refused by name', (_, file, kind) => {
    expect(readWav(file).kind).toBe(kind);
  });
});
