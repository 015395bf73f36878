import { type IndexedPrompt, level, QUIET_RMS } from './prompt-pack.ts';

/** A few milliseconds of received sound at their position on the call's timeline, in samples. */
export interface Sound {
  readonly position: number;
  readonly samples: Int16Array;
}

export interface Block extends Sound {
  /** RMS in 16-bit samples. */
  readonly level: number;
}

/** Energy that may differ, as a share of the louder one: −17 dB, far above what G.711 does even twice, far below chance. */
const DIFFERENCE_ALLOWED = 0.02;
/** Energy for each sample that may differ besides: the noise of coding quiet sound, perhaps twice. */
const NOISE_ALLOWED = 150;
/** A beginning that misses less than this counts as heard: one packet of 60 ms may be lost. */
const BEGINNING_TOLERANCE = 480;

/** How much of a prompt may be missing, or be heard twice, where its sender was late: 200 ms, at 8 kHz. */
const DISPLACEMENT = 1_600;

/** The supposition that a prompt's first sample is at a certain position, and how well what was received bears it out. */
export class Alignment {
  readonly prompt: IndexedPrompt;
  /** The position of the prompt's first sample. It may lie before anything that was received. */
  readonly start: number;
  /** Audible blocks that fitted. */
  matches = 0;
  /** Blocks in a row, pauses aside, that did not fit. */
  missesInRow = 0;
  firstMatch = Number.POSITIVE_INFINITY;
  /** The position after the last sound that fitted. */
  lastMatchEnd = 0;

  constructor(prompt: IndexedPrompt, start: number) {
    this.prompt = prompt;
    this.start = start;
  }

  /** Compares a block with what the prompt has there. Where both are quiet nothing can be told: `neutral`. */
  compare(block: Sound): 'match' | 'miss' | 'neutral' {
    const { samples } = this.prompt;
    const offset = block.position - this.start;
    let expectedEnergy = 0;
    let energy = 0;
    let difference = 0;
    for (let i = 0; i < block.samples.length; i++) {
      const received = block.samples[i] ?? 0;
      const expected = samples[offset + i] ?? 0;
      energy += received * received;
      expectedEnergy += expected * expected;
      difference += (received - expected) ** 2;
    }
    const length = block.samples.length;
    const quiet = QUIET_RMS * QUIET_RMS * length;
    if (energy <= quiet && expectedEnergy <= quiet) return 'neutral';
    const allowed = DIFFERENCE_ALLOWED * Math.max(energy, expectedEnergy) + NOISE_ALLOWED * length;
    if (difference > allowed) {
      this.missesInRow++;
      return 'miss';
    }
    this.missesInRow = 0;
    this.matches++;
    this.firstMatch = Math.min(this.firstMatch, block.position);
    this.lastMatchEnd = Math.max(this.lastMatchEnd, block.position + length);
    return 'match';
  }

  /** Forgets the misses of a comparison that went back to before the prompt. */
  forgiveMisses(): void {
    this.missesInRow = 0;
  }

  /**
   * Tells whether `later` is this hearing going on where it stopped: after packets had paused, or displaced because a
   * sender that was late has jumped in its timestamps. A prompt that is played again begins at its beginning instead.
   */
  goesOnAs(later: Alignment): boolean {
    const skipped = later.firstMatch - later.start - (this.lastMatchEnd - this.start);
    const sameHearing = later.prompt === this.prompt && !this.isWhole && later.heardFrom > 0;
    return sameHearing && Math.abs(skipped) <= DISPLACEMENT;
  }

  /** Takes over what an earlier hearing of the same alignment had found. */
  adopt(earlier: Alignment): void {
    this.matches += earlier.matches;
  }

  /** Where in the prompt the hearing began, in samples; 0 when no more than its quiet beginning or one packet is missing. */
  get heardFrom(): number {
    const from = this.firstMatch - this.start;
    const { samples } = this.prompt;
    return level(samples, 0, Math.max(0, from - BEGINNING_TOLERANCE)) <= QUIET_RMS ? 0 : from;
  }

  /** Up to where in the prompt it was heard, in samples: its whole length once nothing audible is missing. */
  get heardTo(): number {
    return this.isWhole ? this.prompt.samples.length : this.lastMatchEnd - this.start;
  }

  /** Tells whether the prompt was heard to the end of its sound; one packet of 60 ms may be missing there. */
  get isWhole(): boolean {
    return this.lastMatchEnd - this.start >= this.prompt.audibleEnd - BEGINNING_TOLERANCE;
  }
}
