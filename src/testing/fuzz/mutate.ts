import type { Seeded } from './seeded.ts';

/** Inputs stay within what a datagram can carry, and a little beyond what the parts take. */
const LONGEST = 70_000;

const NUMBERS = [
  '0',
  '1',
  '-1',
  '255',
  '256',
  '65535',
  '65536',
  '4294967295',
  '4294967296',
  '99999999999999999999',
  '0x10',
  '1e9',
];
const PIECES = [
  '\r\n',
  '\n',
  '\r',
  ' ',
  '\t',
  '\0',
  '"',
  '\\',
  '<',
  '>',
  ';',
  ',',
  ':',
  '%',
  '%00',
  '%E9',
  '|',
  '#',
  '{',
  '\u00e9',
  '\u{1F600}',
  '=',
];

type Mutation = (input: Buffer, random: Seeded, others: readonly Buffer[], tokens: readonly string[]) => Buffer;

function spliced(input: Buffer, at: number, cut: number, piece: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(at + cut)]);
}

const MUTATIONS: readonly Mutation[] = [
  // A bit turned over.
  (input, random) => {
    const copy = Buffer.from(input);
    const at = random.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    return copy;
  },
  // A byte of any value.
  (input, random) => {
    const copy = Buffer.from(input);
    copy[random.below(copy.length)] = random.below(256);
    return copy;
  },
  // A piece cut out.
  (input, random) => spliced(input, random.below(input.length), 1 + random.below(20), Buffer.alloc(0)),
  // A token, or a character that means something, put in or in place of something.
  (input, random, _, tokens) => {
    const piece = random.chance(2) && tokens.length > 0 ? random.pick(tokens) : random.pick(PIECES);
    return spliced(input, random.below(input.length + 1), random.below(4), Buffer.from(piece));
  },
  // A number replaced by one at an edge.
  (input, random) => {
    const text = input.toString('latin1');
    const found = [...text.matchAll(/\d+/g)];
    if (found.length === 0) return input;
    const { index, 0: old } = random.pick(found);
    return spliced(input, index, old.length, Buffer.from(random.pick(NUMBERS)));
  },
  // A piece of itself repeated, now and then very often.
  (input, random) => {
    const from = random.below(input.length);
    const piece = input.subarray(from, from + 1 + random.below(12));
    const times = random.chance(8) ? random.below(6_000) : 1 + random.below(6);
    return spliced(input, from, 0, Buffer.concat(Array.from({ length: times }, () => piece)));
  },
  // Lines swapped, doubled, or left out.
  (input, random) => {
    const lines = input.toString('latin1').split('\n');
    const one = random.below(lines.length);
    const other = random.below(lines.length);
    const line = lines[one] ?? '';
    if (random.chance(3)) lines.splice(one, 1);
    else if (random.chance(2)) lines.splice(other, 0, line);
    else [lines[one], lines[other]] = [lines[other] ?? '', line];
    return Buffer.from(lines.join('\n'), 'latin1');
  },
  // The beginning of one and the end of another.
  (input, random, others) => {
    const other = random.pick(others);
    return Buffer.concat([input.subarray(0, random.below(input.length)), other.subarray(random.below(other.length))]);
  },
  // Cut off.
  (input, random) => input.subarray(0, random.below(input.length + 1)),
];

/** Changes an input in one to six ways, often few. Never longer than {@link LONGEST}; the input stays as it is. */
export function mutate(input: Buffer, random: Seeded, others: readonly Buffer[], tokens: readonly string[]): Buffer {
  let changed = input;
  for (let left = 1 + Math.min(random.below(6), random.below(6)); left > 0; left--) {
    if (changed.length === 0) changed = random.pick(others);
    changed = random.pick(MUTATIONS)(changed, random, others, tokens);
  }
  return changed.subarray(0, LONGEST);
}
