import type { Audio } from './line.ts';
import type { MailboxScreens, TooManyFailures } from './mailbox-screens.ts';
import { choose, type Menu } from './menu.ts';
import { changePin } from './pin-change.ts';

/** How personal options were left. */
export type PersonalOptionsResult = { readonly kind: 'main-menu' } | TooManyFailures;

/** What there is, in the order it is announced. */
const PERSONAL_OPTIONS = {
  phrases: ['personal-options', 'options-change-pin', 'menu-repeat', 'menu-back'],
  keys: ['3', '0', '*'],
} as const satisfies Menu<'3' | '0' | '*'>;

/**
 * Personal options (SPEC §4): `3` changes the PIN, `0` repeats, `*` goes back to the main menu; every other key is an
 * invalid key. Rejects with `HungUp` as soon as the call ends, and with an error when a prompt cannot be played or a
 * service fails.
 */
export async function personalOptions(screens: MailboxScreens): Promise<PersonalOptionsResult> {
  const { dialogue, inputFailures } = screens;
  let before: readonly Audio[] = [];
  for (;;) {
    const chosen = await choose(dialogue, inputFailures, PERSONAL_OPTIONS, before);
    if (chosen.kind !== 'key') return chosen;
    if (chosen.key === '*') return { kind: 'main-menu' };
    before = [];
    if (chosen.key === '3') {
      const change = await changePin(screens, 'wanted', []);
      if (change.kind !== 'changed' && change.kind !== 'kept') return change;
      before = dialogue.phrases.sequence([change.kind === 'changed' ? 'pin-changed' : 'pin-kept']);
    }
  }
}
