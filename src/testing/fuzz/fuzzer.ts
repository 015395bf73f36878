import type { Coverage } from './coverage.ts';
import { mutate } from './mutate.ts';
import type { Seeded } from './seeded.ts';
import type { SrfParser } from './srf-parser.ts';
import type { Target } from './target.ts';

/** An input that took too long is tried so often again, and the least time counts. */
const TRIES = 5;
/** Inputs that mutations begin with; new ones that reach new code take the place of old ones when there are more. */
const POOL = 1_000;
const FIRST = 100;
/** Inputs between two looks at the coverage, and messages that drachtio-srf's parser is given at a time. */
const BATCH = 250;
/** How often an input that fails is made smaller at most, and for how long that goes on, in milliseconds. */
const SHRINKS = 2_000;
const SHRINKING = 15_000;

/** An input with which something is wrong. */
export interface Finding {
  readonly target: string;
  readonly why: string;
  readonly input: Buffer;
}

/** What is wrong with a part when it is given this input, by its time as well if that is to count; undefined when nothing is. */
export function judge(target: Target, input: Buffer, isTimed = true): string | undefined {
  try {
    const first = timeOf(target, input);
    const limit = target.limit(input.length);
    if (!isTimed || first <= limit) return undefined;
    const least = Math.min(...Array.from({ length: TRIES }, () => timeOf(target, input)));
    return least > limit ? `It takes ${least.toFixed(0)} ms` : undefined;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

/** Milliseconds of CPU that this thread uses for it: what else the machine does makes it no slower. */
function timeOf(target: Target, input: Buffer): number {
  const before = process.threadCpuUsage();
  target.run(input);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

/** Feeds one part, keeping what reaches new code as the beginning of more. */
export class Fuzzer {
  readonly #target: Target;
  readonly #random: Seeded;
  readonly #parser: SrfParser;
  /** While it is looked at, code is not made fast, and times do not count. */
  #coverage: Coverage | undefined;
  readonly #pool: Buffer[] = [];
  readonly #reasons = new Set<string>();
  readonly findings: Finding[] = [];
  inputs = 0;

  constructor(target: Target, random: Seeded, parser: SrfParser, coverage?: Coverage) {
    this.#target = target;
    this.#random = random;
    this.#parser = parser;
    this.#coverage = coverage;
    for (let count = 0; count < FIRST; count++) this.#pool.push(target.generate(random));
  }

  /** From now on what has been kept is all that mutations begin with, and times count. */
  stopLooking(): void {
    this.#coverage = undefined;
  }

  get kept(): number {
    return this.#pool.length - FIRST;
  }

  /** Feeds one batch of so many inputs. */
  async batch(size: number = Math.ceil(BATCH / this.#target.cost)): Promise<void> {
    const inputs = Array.from({ length: size }, () => this.#make());
    const messages: string[] = [];
    for (const input of inputs) messages.push(...this.#feed(input));
    for (const raw of await this.#parser.slowest(messages)) {
      await this.#found('drachtio-srf takes too long to parse it', Buffer.from(raw), async (smaller) => {
        return (await this.#parser.slowest(this.#passed(smaller))).length > 0;
      });
    }
    if (this.#coverage !== undefined && (await this.#coverage.news(false)) > 0)
      await this.#keep(inputs, this.#coverage);
  }

  #make(): Buffer {
    const { generate, tokens } = this.#target;
    if (this.#random.chance(5)) return generate(this.#random);
    return mutate(this.#random.pick(this.#pool), this.#random, this.#pool, tokens);
  }

  #feed(input: Buffer): readonly string[] {
    this.inputs += 1;
    const isTimed = this.#coverage === undefined;
    const why = judge(this.#target, input, isTimed);
    if (why === undefined) return this.#passed(input);
    const kind = kindOf(why);
    if (this.#reasons.has(kind)) return [];
    this.#reasons.add(kind);
    const smallest = shrink(input, (smaller) => kindOf(judge(this.#target, smaller, isTimed) ?? '') === kind);
    this.findings.push({ target: this.#target.name, why, input: smallest });
    return [];
  }

  /** What the part would hand on; nothing when it refuses the input. */
  #passed(input: Buffer): readonly string[] {
    try {
      return this.#target.run(input);
    } catch {
      return [];
    }
  }

  async #found(why: string, input: Buffer, isStill: (smaller: Buffer) => Promise<boolean>): Promise<void> {
    if (this.#reasons.has(why)) return;
    this.#reasons.add(why);
    let smallest = input;
    for (let size = smallest.length >> 1; size >= 16; size >>= 1) {
      for (let at = 0; at < smallest.length; ) {
        const smaller = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
        if (await isStill(smaller)) smallest = smaller;
        else at += size;
      }
    }
    this.findings.push({ target: this.#target.name, why, input: smallest });
  }

  /** Finds among inputs that together reach new code those that do, by halves. */
  async #keep(inputs: readonly Buffer[], coverage: Coverage): Promise<void> {
    for (const input of inputs) this.#passed(input);
    if ((await coverage.news(inputs.length === 1)) === 0) return;
    const [only] = inputs;
    if (inputs.length === 1 && only !== undefined) {
      if (this.#pool.length < POOL) this.#pool.push(only);
      else this.#pool[FIRST + this.#random.below(POOL - FIRST)] = only;
      return;
    }
    const half = inputs.length >> 1;
    await this.#keep(inputs.slice(0, half), coverage);
    await this.#keep(inputs.slice(half), coverage);
  }
}

/** One finding of each kind is enough: numbers and quoted pieces of the input make no other. */
function kindOf(why: string): string {
  return why.replace(/[\d#]+/g, '#').slice(0, 60);
}

/** The shortest input that can be had by leaving out pieces for which `isStill` holds. */
function shrink(input: Buffer, isStill: (smaller: Buffer) => boolean): Buffer {
  let smallest = input;
  let tries = 0;
  const until = performance.now() + SHRINKING;
  for (let size = Math.max(1, smallest.length >> 1); size >= 1; size >>= 1) {
    for (let at = 0; at < smallest.length && tries < SHRINKS && performance.now() < until; tries++) {
      const smaller = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (isStill(smaller)) smallest = smaller;
      else at += size;
    }
  }
  return smallest;
}
