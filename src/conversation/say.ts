import { withBreaths } from './breath.ts';
import type { Dialogue } from './dialogue.ts';
import type { Audio, Playback } from './line.ts';
import type { PhraseId } from './phrases.ts';

/**
 * How long a caller hears nothing, in milliseconds, before being asked for patience. Two seconds is where people begin
 * to think that the line is dead; an answer normally takes a small part of it.
 */
const PATIENCE = 2_000;

/**
 * Starts pieces playing and notes their ids at debug; the first sound answers what was keyed last. After a hang-up the
 * `end` of what is returned rejects.
 */
export function startPlaying({ line, log, answerTime }: Dialogue, pieces: readonly Audio[]): Playback {
  return play({ line, log }, pieces, () => answerTime.sounded());
}

function play({ line, log }: Pick<Dialogue, 'line' | 'log'>, pieces: readonly Audio[], onSound?: () => void): Playback {
  const spoken = pieces.filter((piece) => 'file' in piece);
  log.debug({ prompts: spoken.map(({ id }) => idForLog(id)) }, 'Playing');
  return line.play(withBreaths(pieces), onSound);
}

/** Which digit is being said stays out of the log: together they are an extension (house rule: never a digit). */
function idForLog(id: string): string {
  return id.startsWith('digit-') ? 'digit' : id;
}

/**
 * Says phrases to their end, whatever is keyed meanwhile; the keys are kept. For what is said before hanging up;
 * `opening` comes before it. Rejects with `HungUp` as soon as the call ends, and with an error when the media server
 * cannot play them.
 */
export async function say(dialogue: Dialogue, ids: readonly PhraseId[], opening: readonly Audio[] = []): Promise<void> {
  await startPlaying(dialogue, [...opening, ...dialogue.phrases.sequence(ids)]).end;
}

/**
 * Settles as `work` does and asks the caller for patience when it takes long. A hang-up does not end the wait: what a
 * service has begun to decide is stored before the call is over (SPEC §3.5), and the next wait throws `HungUp`. Being asked
 * for patience is no answer to what was keyed.
 */
export async function withPatience<T>(dialogue: Dialogue, work: Promise<T>): Promise<T> {
  let playback: Playback | undefined;
  dialogue.answerTime.serviceAsked();
  const cancel = dialogue.clock.after(PATIENCE, () => {
    if (dialogue.line.signal.aborted) return;
    playback = play(dialogue, dialogue.phrases.sequence(['please-wait']));
    playback.end.catch((error: unknown) => {
      // A hang-up is noticed by the next wait, and a fault of the media server by the next prompt.
      dialogue.log.debug(
        { cause: error instanceof Error ? error.name : typeof error },
        'The caller was not asked to wait',
      );
    });
  });
  try {
    return await work;
  } finally {
    cancel();
    playback?.stop();
  }
}
