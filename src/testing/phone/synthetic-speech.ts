const RATE = 8_000;

/** A generator of numbers from 0 up to 1 that gives the same ones for the same seed (xorshift32). */
export function random(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) | 1) >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/**
 * Makes speech-like sound that says nothing: syllables of a gliding pitch with overtones, hisses and short pauses, with
 * 40 ms of quiet at both ends, 16-bit samples at 8 kHz. Tests use it where the prompt pack itself does not matter; the
 * same seed gives the same sound.
 */
export function babble(seed: number, milliseconds: number): Int16Array {
  const chance = random(seed);
  const samples = new Int16Array(Math.round((milliseconds * RATE) / 1_000));
  const margin = 320;
  let phase = 0;
  for (let at = margin; at < samples.length - margin; ) {
    const length = Math.min(Math.round((0.06 + 0.12 * chance()) * RATE), samples.length - margin - at);
    const hiss = chance() < 0.25;
    const pitch = 90 + 120 * chance();
    const glide = 0.8 + 0.4 * chance();
    const overtones = Array.from({ length: 12 }, () => chance() ** 2);
    const loudness = 3_000 + 5_000 * chance();
    for (let i = 0; i < length; i++) {
      const part = i / length;
      phase += (2 * Math.PI * pitch * (1 + (glide - 1) * part)) / RATE;
      const voice = overtones.reduce((sum, share, n) => sum + share * Math.sin((n + 1) * phase + n * n), 0) / 4;
      const sound = hiss ? chance() - 0.5 : voice;
      samples[at + i] = Math.round(loudness * Math.sin(Math.PI * part) * sound);
    }
    at += length + (chance() < 0.2 ? Math.round(0.05 * RATE) : 0);
  }
  return samples;
}
