/** Numbers that look random and are the same for the same seed: a finding can be had again. */
export class Seeded {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The next 32 bits, unsigned (mulberry32). */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number from 0 up to, and without, `below`. */
  below(below: number): number {
    return below <= 0 ? 0 : this.bits() % below;
  }

  /** One of these; throws a RangeError when there is none. */
  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new RangeError('There is nothing to choose from');
    return choice;
  }

  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }
}
