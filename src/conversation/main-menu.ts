import { askKey } from './ask.ts';
import type { Dialogue } from './dialogue.ts';
import type { FailureCount } from './failure-count.ts';
import type { PhraseId } from './phrases.ts';

/** How the main menu was left. */
export type MainMenuResult = { readonly kind: 'left' } | { readonly kind: 'input-failures' };

/** What can be done from the main menu, in the order it is announced: only what exists is (SPEC §4). */
const MENU: readonly PhraseId[] = ['main-menu', 'menu-repeat', 'menu-leave'];

/**
 * The main menu (SPEC §4): `0` repeats it, `*` leaves once that was confirmed; every other key is an invalid key.
 * `opening` is said before the menu, the first time. Rejects with `HungUp` as soon as the call ends, and with an error
 * when a prompt cannot be played.
 */
export async function mainMenu(
  dialogue: Dialogue,
  inputFailures: FailureCount,
  opening: readonly PhraseId[],
): Promise<MainMenuResult> {
  let before = opening;
  for (;;) {
    const choice = await askKey(dialogue, dialogue.phrases.sequence([...before, ...MENU]), ['0', '*']);
    before = [];
    if (choice.kind !== 'key') {
      if (inputFailures.add()) return { kind: 'input-failures' };
      before = [noticeOf(choice.kind)];
    } else {
      inputFailures.reset();
      if (choice.key === '*') {
        const leaving = await confirmLeaving(dialogue, inputFailures);
        if (leaving.kind !== 'stay') return leaving;
      }
    }
  }
}

/** Asks whether the caller means to end the call: `*` again does, `0` goes back to the menu. */
async function confirmLeaving(
  dialogue: Dialogue,
  inputFailures: FailureCount,
): Promise<MainMenuResult | { readonly kind: 'stay' }> {
  let before: readonly PhraseId[] = [];
  for (;;) {
    const choice = await askKey(dialogue, dialogue.phrases.sequence([...before, 'leave-confirm']), ['*', '0']);
    if (choice.kind === 'key') {
      inputFailures.reset();
      return choice.key === '*' ? { kind: 'left' } : { kind: 'stay' };
    }
    if (inputFailures.add()) return { kind: 'input-failures' };
    before = [noticeOf(choice.kind)];
  }
}

function noticeOf(failure: 'nothing' | 'invalid'): PhraseId {
  return failure === 'nothing' ? 'no-input' : 'invalid-key';
}
