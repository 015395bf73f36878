import type { Audio } from './line.ts';
import type { MailboxScreens, TooManyFailures } from './mailbox-screens.ts';
import { choose, type Menu } from './menu.ts';
import { personalOptions } from './personal-options.ts';

/** How the main menu was left. */
export type MainMenuResult = { readonly kind: 'left' } | TooManyFailures;

/** What can be done from the main menu, in the order it is announced. */
const MAIN_MENU = {
  phrases: ['main-menu', 'menu-personal-options', 'menu-repeat', 'menu-leave'],
  keys: ['6', '0', '*'],
} as const satisfies Menu<'6' | '0' | '*'>;

const LEAVE_CONFIRM = { phrases: ['leave-confirm'], keys: ['*', '0'] } as const satisfies Menu<'*' | '0'>;

/**
 * The main menu (SPEC §4): `6` personal options, `0` repeats it, `*` leaves once that was confirmed; every other key is
 * an invalid key. `opening` is said before the menu, the first time. Rejects with `HungUp` as soon as the call ends, and
 * with an error when a prompt cannot be played or a service fails.
 */
export async function mainMenu(screens: MailboxScreens, opening: readonly Audio[]): Promise<MainMenuResult> {
  let before = opening;
  for (;;) {
    const chosen = await choose(screens.dialogue, screens.inputFailures, MAIN_MENU, before);
    if (chosen.kind !== 'key') return chosen;
    before = [];
    switch (chosen.key) {
      case '6': {
        const options = await personalOptions(screens);
        if (options.kind !== 'main-menu') return options;
        break;
      }
      case '*': {
        const leaving = await confirmLeaving(screens);
        if (leaving.kind !== 'stay') return leaving;
        break;
      }
      case '0':
        break;
    }
  }
}

/** Asks whether the caller means to end the call: `*` again does, `0` goes back to the menu. */
async function confirmLeaving({
  dialogue,
  inputFailures,
}: MailboxScreens): Promise<MainMenuResult | { readonly kind: 'stay' }> {
  const chosen = await choose(dialogue, inputFailures, LEAVE_CONFIRM, []);
  if (chosen.kind !== 'key') return chosen;
  return chosen.key === '*' ? { kind: 'left' } : { kind: 'stay' };
}
