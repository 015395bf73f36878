import type { Key } from '../domain/key.ts';
import { askKey } from './ask.ts';
import type { Dialogue } from './dialogue.ts';
import type { FailureCount } from './failure-count.ts';
import type { Audio } from './line.ts';
import type { PhraseId } from './phrases.ts';

/** A question that is answered with one key. */
export interface Menu<K extends Key> {
  /** What is announced: only what exists is (SPEC §4). */
  readonly phrases: readonly PhraseId[];
  /** The keys that have a function. */
  readonly keys: readonly K[];
}

/** What was chosen, or that there were too many input failures in a row. */
export type Chosen<K extends Key> = { readonly kind: 'key'; readonly key: K } | { readonly kind: 'input-failures' };

/**
 * Offers a menu until one of its keys is pressed; no key, and one without a function, are input failures (SPEC §3.4).
 * `opening` is said before it, the first time. Rejects with `HungUp` as soon as the call ends, and with an error when a
 * prompt cannot be played.
 */
export async function choose<K extends Key>(
  dialogue: Dialogue,
  inputFailures: FailureCount,
  menu: Menu<K>,
  opening: readonly Audio[],
): Promise<Chosen<K>> {
  const { phrases } = dialogue;
  let before = opening;
  for (;;) {
    const choice = await askKey(dialogue, [...before, ...phrases.sequence(menu.phrases)], menu.keys);
    if (choice.kind === 'key') {
      inputFailures.reset();
      return choice;
    }
    if (inputFailures.add()) return { kind: 'input-failures' };
    before = phrases.sequence([choice.kind === 'nothing' ? 'no-input' : 'invalid-key']);
  }
}
