/** How alike the beginnings of two prompts are: a caller who knows the service, and a test phone, go by the first moment. */
import { SAMPLE_RATE } from './wav.ts';

/** What counts as the beginning: 400 ms, or the shorter prompt's whole length. */
const BEGINNING = (SAMPLE_RATE * 400) / 1000;
/** The same sound may be cut a window earlier or later, so the beginnings are compared at shifts of up to 6 ms. */
const REACH = (SAMPLE_RATE * 6) / 1000;
/** The pieces of 10 ms by whose power it is seen that two beginnings cannot be alike. */
const PIECE = (SAMPLE_RATE * 10) / 1000;

/** The power of the samples before each sample, so that the power of any stretch is a difference. */
function powerBefore(samples: Int16Array, length: number): Float64Array {
  const sums = new Float64Array(length + 1);
  for (let i = 0; i < length; i += 1) sums[i + 1] = (sums[i] ?? 0) + (samples[i] ?? 0) ** 2;
  return sums;
}

function between(sums: Float64Array, from: number, to: number): number {
  return (sums[to] ?? 0) - (sums[from] ?? 0);
}

/**
 * The largest normalised correlation of the two beginnings, from 0 (nothing in common) to 1 (the same but for the level).
 * Where it is no larger than `floor`, anything up to that is returned: most pairs are told apart by their loudness alone.
 */
export function beginningSimilarity(a: Int16Array, b: Int16Array, floor = 0): number {
  const length = Math.min(BEGINNING, a.length, b.length);
  const [powerA, powerB] = [powerBefore(a, length), powerBefore(b, length)];
  let best = 0;
  for (let shift = -REACH; shift <= REACH; shift += 1) {
    const [from, to] = [Math.max(0, -shift), Math.min(length, length - shift)];
    const power = Math.sqrt(between(powerA, from, to) * between(powerB, from + shift, to + shift));
    if (power === 0) continue;
    // The correlation of a piece is at most the root of both its powers (Cauchy and Schwarz).
    let bound = 0;
    for (let at = from; at < to; at += PIECE) {
      const end = Math.min(at + PIECE, to);
      bound += Math.sqrt(between(powerA, at, end) * between(powerB, at + shift, end + shift));
    }
    if (bound / power <= Math.max(best, floor)) continue;
    let both = 0;
    for (let i = from; i < to; i += 1) both += (a[i] ?? 0) * (b[i + shift] ?? 0);
    best = Math.max(best, both / power);
  }
  return best;
}
