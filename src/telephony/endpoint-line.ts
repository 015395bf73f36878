import { HungUp } from '../conversation/hung-up.ts';
import type { Audio, Line, Playback } from '../conversation/line.ts';
import { CALL_ENDS, type CallEnd } from '../domain/call-end.ts';
import type { Key } from '../domain/key.ts';
import type { EndpointPlayer } from './endpoint-player.ts';
import { pathOf } from './prompt-path.ts';

/** Keys that are kept until the conversation listens; nobody keys more ahead of the first prompt. */
const MOST_EARLY_KEYS = 64;

export interface EndpointLineOptions {
  /** Aborted when the call ends, with a `CallEnd` as its reason. */
  readonly signal: AbortSignal;
  readonly player: EndpointPlayer;
  /** The folder of prompts as the media server sees it, without a slash at its end. */
  readonly promptsDir: string;
  /** Called for each list of pieces that is played. */
  readonly onPlay: (pieces: readonly Audio[]) => void;
}

/** A call's media as the conversation sees it: the player of its endpoint, and the keys that reach it by any way. */
export class EndpointLine implements Line {
  readonly signal: AbortSignal;
  readonly #options: EndpointLineOptions;
  #listener: ((key: Key) => void) | undefined;
  #early: Key[] = [];

  constructor(options: EndpointLineOptions) {
    this.signal = options.signal;
    this.#options = options;
  }

  play(pieces: readonly Audio[], onSound?: () => void): Playback {
    const { signal } = this;
    const { player, promptsDir, onPlay } = this.#options;
    const end = Promise.withResolvers<'finished' | 'stopped'>();
    // A conversation that is unwound by one wait leaves others behind; their rejection is nobody's fault.
    end.promise.catch(() => undefined);
    if (signal.aborted) {
      end.reject(new HungUp(reasonOf(signal)));
      return { end: end.promise, stop: () => undefined };
    }
    const playback = player.play(
      pieces.map((piece) => pathOf(promptsDir, piece)),
      onSound,
    );
    onPlay(pieces);
    const hungUp = (): void => end.reject(new HungUp(reasonOf(signal)));
    signal.addEventListener('abort', hungUp, { once: true });
    playback.end.then(end.resolve, end.reject).finally(() => signal.removeEventListener('abort', hungUp));
    return { end: end.promise, stop: () => playback.stop() };
  }

  onKey(listener: (key: Key) => void): void {
    if (this.#listener !== undefined) throw new Error('A line has one listener for keys');
    this.#listener = listener;
    const early = this.#early;
    this.#early = [];
    for (const key of early) this.press(key);
  }

  /** Hands a key to the conversation, or keeps it until there is a listener. Ignored after a hang-up. */
  press(key: Key): void {
    if (this.signal.aborted) return;
    if (this.#listener !== undefined) this.#listener(key);
    else if (this.#early.length < MOST_EARLY_KEYS) this.#early.push(key);
  }
}

const KNOWN_ENDS: ReadonlySet<unknown> = new Set(CALL_ENDS);

function isCallEnd(reason: unknown): reason is CallEnd {
  return KNOWN_ENDS.has(reason);
}

/** Why an aborted call has ended; a reason from outside the closed list is a fault of whoever aborted it. */
export function reasonOf(signal: AbortSignal): CallEnd {
  const reason: unknown = signal.reason;
  return isCallEnd(reason) ? reason : 'fault';
}
