import { performance } from 'node:perf_hooks';
import { level, type PromptPack, QUIET_RMS } from './prompt-pack.ts';
import { type HeardPrompt, PromptRecogniser } from './recogniser.ts';
import type { RtpPacket } from './rtp.ts';
import type { ArrivedPacket } from './timings.ts';
import { WaitFailed, type Waits } from './waits.ts';

/** How long a wait for something to hear lasts, unless it says otherwise, in milliseconds. */
export const HEARING_DEADLINE_MS = 10_000;

/** Takes the audio of a call, recognises what is said, and lets tests wait for it. */
export class Ear {
  readonly packets: ArrivedPacket[] = [];
  readonly #recogniser: PromptRecogniser | undefined;
  readonly #pack: PromptPack | undefined;
  readonly #waits: Waits;
  /** How many of the prompts earlier waits have passed by: each wait looks at what came after the last one's find. */
  #passed = 0;
  #lastAudibleAt = Number.NEGATIVE_INFINITY;
  #openedAt = performance.now();

  constructor(
    pack: PromptPack | undefined,
    waits: Waits,
    listener: (prompt: HeardPrompt, change: 'started' | 'ended') => void,
  ) {
    this.#pack = pack;
    this.#waits = waits;
    this.#recogniser = pack && new PromptRecogniser(pack, listener);
  }

  get prompts(): readonly HeardPrompt[] {
    return this.#recogniser?.prompts ?? [];
  }

  get unrecognisedMs(): number {
    return this.#recogniser?.unrecognisedMs ?? 0;
  }

  packet(packet: RtpPacket, samples: Int16Array, at: number): void {
    const audible = level(samples, 0, samples.length) > QUIET_RMS;
    if (audible) this.#lastAudibleAt = at;
    this.packets.push({ at, audible, timestamp: packet.timestamp, length: samples.length });
    this.#recogniser?.packet(packet, samples, at);
    this.#waits.changed();
  }

  /** Lets time pass, so that a prompt that stopped counts as over. */
  tick(now: number): void {
    this.#recogniser?.idle(now);
    this.#waits.changed();
  }

  /** Nothing more will be heard: what is being heard is over. */
  close(): void {
    this.#recogniser?.idle(Number.POSITIVE_INFINITY);
  }

  /**
   * Resolves when the prompt has begun (or, with `whole`, was heard to its end) after what the last wait found.
   * Other prompts in between are passed by. Rejects after `within` ms or when the call ends, and says what was heard.
   */
  async heard(id: string, within: number, whole: boolean): Promise<HeardPrompt> {
    if (this.#pack === undefined) throw new WaitFailed('The phone has no prompt pack, so it recognises nothing');
    if (this.#pack.find(id) === undefined) throw new WaitFailed(`The prompt pack has no prompt "${id}"`);
    const from = this.#passed;
    return await this.#waits.until(`"${id}"${whole ? ' to its end' : ''}`, within, () => {
      const index = this.prompts.findIndex(
        (prompt, i) =>
          i >= Math.max(from, this.#passed) && isCalled(prompt, id) && (!whole || prompt.state === 'complete'),
      );
      const found = this.prompts[index];
      if (found !== undefined) this.#passed = index + 1;
      return found;
    });
  }

  /** Resolves with how long it has been quiet once nothing audible came for `forMs`, counted from the last sound. */
  async quiet(forMs: number, within: number): Promise<number> {
    return await this.#waits.until(`${forMs} ms of quiet`, within, () => {
      const quietFor = performance.now() - Math.max(this.#lastAudibleAt, this.#openedAt);
      return quietFor >= forMs ? quietFor : undefined;
    });
  }
}

function isCalled(prompt: HeardPrompt, id: string): boolean {
  return prompt.id === id || prompt.alsoPossible.includes(id);
}
