/** Sound as 16-bit samples, one array for each channel; all of them have the same length. */
export interface Sound {
  /** Samples a second. */
  readonly rate: number;
  readonly channels: readonly Int16Array[];
}

/**
 * Reads a RIFF/WAVE file of 16-bit PCM. Throws an Error that says what is wrong when the bytes are anything else;
 * chunks that are not needed are passed over.
 */
export function readWav(bytes: Buffer): Sound {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error('not a RIFF/WAVE file');
  }
  let rate = 0;
  let channelCount = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const body = at + 8;
    if (name === 'fmt ') {
      if (bytes.readUInt16LE(body) !== 1 || bytes.readUInt16LE(body + 14) !== 16) throw new Error('not 16-bit PCM');
      channelCount = bytes.readUInt16LE(body + 2);
      rate = bytes.readUInt32LE(body + 4);
    } else if (name === 'data') {
      if (channelCount === 0) throw new Error('data before its format');
      return { rate, channels: readChannels(bytes.subarray(body, body + size), channelCount) };
    }
    at = body + size + (size & 1);
  }
  throw new Error('no data in the WAVE file');
}

function readChannels(data: Buffer, count: number): Int16Array[] {
  const length = Math.floor(data.length / 2 / count);
  return Array.from({ length: count }, (_, channel) =>
    Int16Array.from({ length }, (_, i) => data.readInt16LE(2 * (i * count + channel))),
  );
}

/** Writes a RIFF/WAVE file of 16-bit PCM. Shorter channels are filled up with silence. */
export function writeWav(sound: Sound): Buffer {
  const count = sound.channels.length;
  const length = Math.max(0, ...sound.channels.map((channel) => channel.length));
  const data = Buffer.alloc(length * count * 2);
  sound.channels.forEach((channel, index) => {
    for (let i = 0; i < channel.length; i++) data.writeInt16LE(channel[i] ?? 0, 2 * (i * count + index));
  });
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(count, 22);
  header.writeUInt32LE(sound.rate, 24);
  header.writeUInt32LE(sound.rate * count * 2, 28);
  header.writeUInt16LE(count * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}
