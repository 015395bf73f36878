import { Alignment, type Block } from './alignment.ts';
import type { PromptPack } from './prompt-pack.ts';
import { level, QUIET_RMS } from './prompt-pack.ts';
import type { RtpPacket } from './rtp.ts';
import { Timeline } from './timeline.ts';

/** One prompt as it was heard. Times are `performance.now()` milliseconds. */
export interface HeardPrompt {
  readonly id: string;
  readonly caption: string;
  /** Ids that sound the same as far as this prompt was heard: aliases of its file, or prompts that begin alike. */
  readonly alsoPossible: readonly string[];
  /** When the first packet with its sound arrived. */
  readonly startedAt: number;
  /** When the last packet with sound of it that can be heard arrived, so far. */
  readonly endedAt: number;
  /** Where in the prompt the hearing began, in milliseconds; 0 unless its beginning was lost or it was joined late. */
  readonly fromMs: number;
  /** Up to where in the prompt it was heard, in milliseconds. */
  readonly heardMs: number;
  /** How long the whole prompt is, in milliseconds. */
  readonly lengthMs: number;
  /** `complete`: heard to the end of its sound; `cut`: it stopped earlier. */
  readonly state: 'playing' | 'complete' | 'cut';
}

/** Told of each prompt when it has been recognised, and when it has ended; again, when it had only been disturbed. */
export type PromptListener = (prompt: HeardPrompt, change: 'started' | 'ended') => void;

const SAMPLES_PER_MS = 8;
/** Sound is compared in blocks of 10 ms. */
const BLOCK = 10 * SAMPLES_PER_MS;
/** How far back sound that belongs to nothing yet is kept for the search. */
const SEARCH_WINDOW = 400 * SAMPLES_PER_MS;
/** Blocks of audible sound that must fit before a place in a prompt is considered, and before a prompt is announced. */
const BLOCKS_TO_CONSIDER = 3;
const BLOCKS_TO_ANNOUNCE = 6;
/** Audible blocks in a row that fit nothing before the prompt counts as over. */
const MISSES_TO_END = 2;
/** How long no packet may arrive before a prompt counts as over: shorter when it had come to its end. */
const IDLE_AFTER_END_MS = 60;
const IDLE_BEFORE_END_MS = 300;

/** What is being heard at the moment. */
interface Piece {
  alignments: Alignment[];
  /** The place in `prompts` once it was announced. */
  announced: number | undefined;
}

/**
 * Recognises prompts in received audio. The sound is the pack's own, through G.711 and a lossy network, so a place in
 * a prompt is found by an index of signs and then held by comparing samples at that exact alignment: lost, repeated
 * and reordered packets, gaps, a joined or cut prompt change nothing but how much of it fits.
 *
 * It is pure: time comes with each packet and with {@link idle}.
 */
export class PromptRecogniser {
  readonly #pack: PromptPack;
  readonly #listener: PromptListener;
  readonly #timeline = new Timeline();
  readonly #heard: HeardPrompt[] = [];
  #piece: Piece | undefined;
  /** The first position of the timeline that no prompt explains yet. */
  #unexplainedFrom = 0;
  #audibleBlocks = 0;
  #explainedBlocks = 0;
  #lastEnded: { alignment: Alignment; index: number } | undefined;

  constructor(pack: PromptPack, listener: PromptListener) {
    this.#pack = pack;
    this.#listener = listener;
  }

  /** Everything recognised so far, in the order in which it began. */
  get prompts(): readonly HeardPrompt[] {
    return this.#heard;
  }

  /** How much audible sound was heard that is in no prompt, in milliseconds; up to 400 ms of it may still be decided. */
  get unrecognisedMs(): number {
    return ((this.#audibleBlocks - this.#explainedBlocks) * BLOCK) / SAMPLES_PER_MS;
  }

  /** Takes one packet of audio, decoded to `samples`, that arrived at `at` (monotonic milliseconds). */
  packet(packet: Pick<RtpPacket, 'sequence' | 'timestamp' | 'ssrc'>, samples: Int16Array, at: number): void {
    const position = this.#timeline.add(packet, samples, at);
    if (position === undefined) return;
    for (let from = 0; from < samples.length; from += BLOCK) {
      const piece = samples.subarray(from, Math.min(from + BLOCK, samples.length));
      this.#block({ position: position + from, samples: piece, level: level(piece, 0, piece.length) });
    }
  }

  /** Lets time pass: a prompt of which nothing more arrives is over. Call it regularly, and with `Infinity` at the end. */
  idle(now: number): void {
    if (this.#piece === undefined) return;
    const best = this.#best(this.#piece.alignments);
    const patience = best?.isWhole === true ? IDLE_AFTER_END_MS : IDLE_BEFORE_END_MS;
    if (now - this.#timeline.lastArrival > patience) this.#end();
  }

  #block(block: Block): void {
    const audible = block.level > QUIET_RMS;
    if (audible) this.#audibleBlocks++;
    if (this.#piece !== undefined) {
      const fits = this.#follow(this.#piece, block);
      if (fits && audible) this.#explainedBlocks++;
      // Until it is sure what is being heard, whatever else it may be is looked for, too.
      if (audible && this.#piece?.announced === undefined) this.#widen(block);
      if (fits) return;
      // The piece is over when nothing fits any more; the block may be the first of the next one.
      if (this.#piece !== undefined) return;
    }
    if (audible) this.#begin(block);
  }

  /** Compares a block with what is being heard. Returns whether it fits; ends the piece when it no longer does. */
  #follow(piece: Piece, block: Block): boolean {
    const fits = piece.alignments.map((alignment) => alignment.compare(block));
    const anyMatch = fits.includes('match');
    if (anyMatch) {
      // A prompt that shared its beginning with this one and goes on differently is out.
      piece.alignments = piece.alignments.filter((_, i) => fits[i] !== 'miss');
      this.#announceOrUpdate(piece);
    }
    const end = block.position + block.samples.length;
    const over = piece.alignments.every(
      (alignment) => alignment.missesInRow >= MISSES_TO_END || end >= alignment.start + alignment.prompt.samples.length,
    );
    if (over) this.#end();
    return anyMatch || fits.includes('neutral');
  }

  #announceOrUpdate(piece: Piece): void {
    const best = this.#best(piece.alignments);
    if (best === undefined) return;
    if (piece.announced !== undefined) {
      const known = this.#heard[piece.announced];
      if (known?.id === best.prompt.id) this.#heard[piece.announced] = this.#describe(piece, 'playing');
      return;
    }
    const ids = new Set(piece.alignments.map((alignment) => alignment.prompt.id));
    if (best.matches >= BLOCKS_TO_ANNOUNCE && ids.size === 1) this.#announce(piece);
  }

  #announce(piece: Piece): void {
    const best = this.#best(piece.alignments);
    const previous = this.#lastEnded;
    if (best !== undefined && previous?.alignment.goesOnAs(best) === true) {
      // The same prompt went on after a disturbance: it is one hearing, not two.
      piece.announced = previous.index;
      best.adopt(previous.alignment);
      this.#heard[previous.index] = this.#describe(piece, 'playing');
      return;
    }
    piece.announced = this.#heard.length;
    const heard = this.#describe(piece, 'playing');
    this.#heard.push(heard);
    this.#listener(heard, 'started');
  }

  #end(): void {
    const piece = this.#piece;
    this.#piece = undefined;
    const best = piece === undefined ? undefined : this.#best(piece.alignments);
    if (piece === undefined || best === undefined) return;
    if (piece.announced === undefined && best.matches >= BLOCKS_TO_ANNOUNCE) this.#announce(piece);
    if (piece.announced === undefined) {
      // Too little fitted to be sure: it stays unexplained, and the search may find something better.
      this.#explainedBlocks -= best.matches;
      return;
    }
    this.#unexplainedFrom = best.lastMatchEnd;
    const heard = this.#describe(piece, best.isWhole ? 'complete' : 'cut');
    this.#heard[piece.announced] = heard;
    this.#lastEnded = { alignment: best, index: piece.announced };
    this.#listener(heard, 'ended');
  }

  #begin(block: Block): void {
    const alignments = this.#search(block, []);
    if (alignments.length === 0) return;
    this.#piece = { alignments, announced: undefined };
    this.#explainedBlocks += Math.max(...alignments.map((alignment) => alignment.matches));
    this.#announceOrUpdate(this.#piece);
  }

  #widen(block: Block): void {
    const piece = this.#piece;
    if (piece === undefined) return;
    piece.alignments.push(...this.#search(block, piece.alignments));
  }

  /** Finds the alignments, besides those known, that fit the unexplained sound up to the end of this block. */
  #search(block: Block, known: readonly Alignment[]): Alignment[] {
    const end = block.position + block.samples.length;
    const from = Math.max(this.#unexplainedFrom, end - SEARCH_WINDOW);
    const recent = this.#timeline.contiguous(Math.max(from, block.position - BLOCK), end);
    const found: Alignment[] = [];
    const { prompts } = this.#pack;
    const tried = new Set<number>();
    this.#pack.index.search(recent.samples, (at, sound, offset) => {
      const start = recent.position + at - offset;
      const key = start * prompts.length + sound;
      if (tried.has(key)) return;
      tried.add(key);
      const prompt = prompts[sound];
      if (prompt === undefined) return;
      if (known.some((alignment) => alignment.prompt === prompt && alignment.start === start)) return;
      const alignment = new Alignment(prompt, start);
      if (this.#fits(alignment, from, block)) found.push(alignment);
    });
    return found;
  }

  /** Compares all unexplained sound with one alignment, backwards from the newest block to the first that does not fit. */
  #fits(alignment: Alignment, from: number, newest: Block): boolean {
    const end = newest.position + newest.samples.length;
    const first = Math.max(from, alignment.start);
    // Most alignments are refuted by the newest block, which is at hand.
    const beyond = Math.max(0, first - newest.position);
    const latest = { position: newest.position + beyond, samples: newest.samples.subarray(beyond) };
    if (alignment.compare(latest) !== 'match') return false;
    for (let blockEnd = latest.position; blockEnd > first; blockEnd -= BLOCK) {
      const position = Math.max(first, blockEnd - BLOCK);
      const samples = this.#timeline.read(position, blockEnd);
      if (samples === undefined) continue;
      if (alignment.compare({ position, samples }) === 'miss') break;
    }
    alignment.forgiveMisses();
    return alignment.matches >= BLOCKS_TO_CONSIDER && alignment.lastMatchEnd === end;
  }

  /** The alignment that explains most; of equal ones the one heard from nearest to its beginning. */
  #best(alignments: readonly Alignment[]): Alignment | undefined {
    const [first, ...others] = alignments;
    if (first === undefined) return undefined;
    return others.reduce((best, other) => {
      if (other.matches !== best.matches) return other.matches > best.matches ? other : best;
      if (other.isWhole !== best.isWhole) return other.isWhole ? other : best;
      return other.start > best.start ? other : best;
    }, first);
  }

  #describe(piece: Piece, state: HeardPrompt['state']): HeardPrompt {
    const best = this.#best(piece.alignments);
    if (best === undefined) throw new Error('A piece without alignments is not heard');
    const { prompt } = best;
    const others = piece.alignments.map((alignment) => alignment.prompt.id).filter((id) => id !== prompt.id);
    const known = piece.announced === undefined ? undefined : this.#heard[piece.announced];
    return {
      id: prompt.id,
      caption: prompt.caption,
      alsoPossible: [...new Set([...(prompt.aliases ?? []), ...others])],
      startedAt: known?.startedAt ?? this.#timeline.arrivalFrom(best.start + best.heardFrom),
      endedAt: this.#timeline.arrivalFrom(best.lastMatchEnd - 1),
      fromMs: known?.fromMs ?? best.heardFrom / SAMPLES_PER_MS,
      heardMs: best.heardTo / SAMPLES_PER_MS,
      lengthMs: prompt.samples.length / SAMPLES_PER_MS,
      state,
    };
  }
}
