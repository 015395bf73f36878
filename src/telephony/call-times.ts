import type { Clock } from '../domain/clock.ts';

/** The stages of one call, measured from its INVITE. */
export class CallTimes {
  readonly #clock: Clock;
  readonly #begin: number;
  #answeredAt: number | undefined;
  #firstPromptAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begin = clock.monotonic();
  }

  get answered(): boolean {
    return this.#answeredAt !== undefined;
  }

  /** The 200 was sent. */
  markAnswered(): void {
    this.#answeredAt ??= this.#clock.monotonic();
  }

  /** The media server has begun to play the first prompt. */
  markFirstPrompt(): void {
    this.#firstPromptAt ??= this.#clock.monotonic();
  }

  /** In whole milliseconds: INVITE to 200, INVITE to the first prompt, 200 to now, INVITE to now; without what was not. */
  report(): Readonly<Record<string, number>> {
    const now = this.#clock.monotonic();
    return {
      ...(this.#answeredAt === undefined ? {} : { setup: Math.round(this.#answeredAt - this.#begin) }),
      ...(this.#firstPromptAt === undefined ? {} : { firstPrompt: Math.round(this.#firstPromptAt - this.#begin) }),
      ...(this.#answeredAt === undefined ? {} : { talk: Math.round(now - this.#answeredAt) }),
      total: Math.round(now - this.#begin),
    };
  }
}
