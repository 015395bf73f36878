import type { Seeded } from './seeded.ts';

/** What a part may take for an input, in milliseconds of CPU. */
export const LIMIT = 50;

/** A part that takes what strangers or applications send. */
export interface Target {
  readonly name: string;
  /** Words that mean something to it, to be put in where they do not belong. */
  readonly tokens: readonly string[];
  /** How many times as long as the quickest parts it takes for an input, roughly; it is given fewer. */
  readonly cost: number;
  /** How many milliseconds of CPU it may take for an input of so many bytes, on a machine that does other things, too. */
  limit(bytes: number): number;
  /** Makes an input from a grammar; mostly sound. */
  generate(random: Seeded): Buffer;
  /**
   * Gives it an input. Throws when it throws, logs an error, or says something about itself that is not true.
   *
   * @returns what it would hand to drachtio-srf's parser.
   */
  run(input: Buffer): readonly string[];
}

/** Something that a part says of itself does not hold. */
export class Untrue extends Error {}

/** Throws unless the condition holds. */
export function hold(condition: boolean, claim: string): void {
  if (!condition) throw new Untrue(`It does not hold that ${claim}`);
}
