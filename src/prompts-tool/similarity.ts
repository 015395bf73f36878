/** How alike the beginnings of two prompts are: a caller who knows the service, and a test phone, go by the first moment. */
import { SAMPLE_RATE } from './wav.ts';

/** What counts as the beginning: 400 ms, or the shorter prompt's whole length. */
const BEGINNING = (SAMPLE_RATE * 400) / 1000;
/** The same sound may be cut a window earlier or later, so the beginnings are compared at shifts of up to 6 ms. */
const REACH = (SAMPLE_RATE * 6) / 1000;

function correlation(a: Int16Array, b: Int16Array, shift: number, length: number): number {
  let both = 0;
  let powerA = 0;
  let powerB = 0;
  for (let i = Math.max(0, -shift); i < length && i + shift < length; i += 1) {
    const x = a[i] ?? 0;
    const y = b[i + shift] ?? 0;
    both += x * y;
    powerA += x * x;
    powerB += y * y;
  }
  return powerA > 0 && powerB > 0 ? both / Math.sqrt(powerA * powerB) : 0;
}

/** The largest normalised correlation of the two beginnings, from 0 (nothing in common) to 1 (the same but for the level). */
export function beginningSimilarity(a: Int16Array, b: Int16Array): number {
  const length = Math.min(BEGINNING, a.length, b.length);
  let best = 0;
  for (let shift = -REACH; shift <= REACH; shift += 1) best = Math.max(best, correlation(a, b, shift, length));
  return best;
}
