import { MAX_PIN_LENGTH, type PinRefusal } from '../domain/pin-policy.ts';
import { ask, type EntryRules, FIRST_KEY_TIMEOUT, PIN_INTER_DIGIT_TIMEOUT } from './ask.ts';
import { type EntryNotices, isFailure, noticeOf } from './entry-notices.ts';
import { throwIfHungUp } from './hang-up-signal.ts';
import type { Audio } from './line.ts';
import type { MailboxScreens, TooManyFailures } from './mailbox-screens.ts';
import { withPatience } from './say.ts';
import { sourceOf } from './source-of-call.ts';
import { spokenMinimum, spokenRefusal } from './spoken-refusal.ts';

/** Whether a change is due before anything else (SPEC §3.9), or was chosen in personal options (SPEC §4). */
export type ChangeOccasion = 'forced' | 'wanted';

export type PinChangeResult =
  | { readonly kind: 'changed' }
  /** The caller has thought better of it; a forced change never ends so. */
  | { readonly kind: 'kept' }
  | TooManyFailures;

/** A round that came to nothing: what is said before a new PIN is asked again. */
interface Setback {
  readonly kind: 'setback';
  readonly notice: readonly Audio[];
}

type PinEntry =
  | { readonly kind: 'pin'; readonly pin: string }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'star' }
  | { readonly kind: 'input-failures' };

/** Whatever was keyed is judged by the rules of PINs, which say more than that it is no PIN. */
const NEW_PIN_RULES: EntryRules = {
  minDigits: 1,
  maxDigits: MAX_PIN_LENGTH,
  endsWhenFull: false,
  // Twice as long as elsewhere: a PIN has to be thought up.
  firstKeyTimeout: 2 * FIRST_KEY_TIMEOUT,
  interDigitTimeout: PIN_INTER_DIGIT_TIMEOUT,
};

/** A confirmation that was keyed to its end is one, although the caller hangs up while the first entry is judged (SPEC §3.9). */
const CONFIRMATION_RULES: EntryRules = { ...NEW_PIN_RULES, firstKeyTimeout: FIRST_KEY_TIMEOUT, outlivesHangUp: true };

const NOTICES: EntryNotices = {
  'invalid-key': 'invalid-key',
  'too-short': 'refused-too-short',
  'too-long': 'pin-too-long',
};

/**
 * Asks for a new PIN, judges it at once, asks for it again, and has it stored (SPEC §3.9). A refusal names the rule; it,
 * and a second entry that differs, throw away what was typed ahead and start over, until there were too many of them in
 * this call. `*` clears an entry; with nothing to clear it leaves a change that was wanted, and a forced one it does not.
 *
 * `opening` is said before the first question. Rejects with `HungUp` when the call ends, also when the service finds that
 * the session is over (SPEC §3.12), with what the service throws, and when a prompt cannot be played. A new PIN that
 * was confirmed is stored whatever becomes of the call; one that was not never is.
 */
export async function changePin(
  screens: MailboxScreens,
  occasion: ChangeOccasion,
  opening: readonly Audio[],
): Promise<PinChangeResult> {
  const { dialogue, pinChanges, session } = screens;
  const { phrases } = dialogue;
  const minimum = await withPatience(dialogue, pinChanges.minimumLength(session));
  const wayOut = phrases.sequence(occasion === 'forced' ? [] : ['keep-pin']);
  const request = phrases.sequence(['enter-new-pin']);
  let before = opening;
  let question = [...request, ...spokenMinimum(phrases, minimum), ...wayOut];
  for (;;) {
    const entry = await askPinEntry(screens, NEW_PIN_RULES, before, question);
    const result = await takeNewPin(screens, occasion, entry);
    if (result.kind !== 'setback') return result;
    before = result.notice;
    question = [...request, ...wayOut];
  }
}

/** Asks one of the two questions until it is answered with digits or a star, or there were too many input failures. */
async function askPinEntry(
  { dialogue, inputFailures }: MailboxScreens,
  rules: EntryRules,
  opening: readonly Audio[],
  question: readonly Audio[],
): Promise<PinEntry> {
  let before = opening;
  for (;;) {
    const entry = await ask(dialogue, [...before, ...question], rules);
    if (entry.kind === 'star') return entry;
    if (entry.kind === 'digits') {
      inputFailures.reset();
      return { kind: 'pin', pin: entry.digits };
    }
    if (entry.kind === 'invalid' && entry.why === 'too-long') {
      inputFailures.reset();
      return { kind: 'too-long' };
    }
    if (isFailure(entry) && inputFailures.add()) return { kind: 'input-failures' };
    before = dialogue.phrases.sequence(noticeOf(entry, NOTICES));
  }
}

async function takeNewPin(
  screens: MailboxScreens,
  occasion: ChangeOccasion,
  entry: PinEntry,
): Promise<PinChangeResult | Setback> {
  const { dialogue, inputFailures, pinChanges, session } = screens;
  switch (entry.kind) {
    case 'input-failures':
      return entry;
    case 'star':
      if (occasion === 'wanted') return { kind: 'kept' };
      if (inputFailures.add()) return { kind: 'input-failures' };
      return { kind: 'setback', notice: dialogue.phrases.sequence(['change-required']) };
    case 'too-long':
      return refuse(screens, { kind: 'too-long', maximum: MAX_PIN_LENGTH });
    case 'pin': {
      const refusal = await withPatience(dialogue, pinChanges.judge(session, entry.pin));
      return refusal === undefined ? confirm(screens, occasion, entry.pin) : refuse(screens, refusal);
    }
  }
}

async function confirm(
  screens: MailboxScreens,
  occasion: ChangeOccasion,
  pin: string,
): Promise<PinChangeResult | Setback> {
  const { phrases } = screens.dialogue;
  const again = await askPinEntry(screens, CONFIRMATION_RULES, [], phrases.sequence(['confirm-new-pin']));
  switch (again.kind) {
    case 'input-failures':
      return again;
    case 'star':
      // Nothing was confirmed. It counts, for otherwise PINs could be tried out like this without end.
      return occasion === 'wanted' ? { kind: 'kept' } : setBack(screens, phrases.sequence(['change-required']));
    case 'too-long':
      return setBack(screens, phrases.sequence(['pins-differ']));
    case 'pin':
      return again.pin === pin ? store(screens, pin) : setBack(screens, phrases.sequence(['pins-differ']));
  }
}

async function store(screens: MailboxScreens, pin: string): Promise<PinChangeResult | Setback> {
  const { dialogue, call, pinChanges, pinRefusals, session } = screens;
  const result = await withPatience(dialogue, pinChanges.change(session, pin, sourceOf(call)));
  switch (result.kind) {
    case 'changed':
      pinRefusals.reset();
      return result;
    case 'refused':
      return refuse(screens, result.refusal);
    case 'session-over':
      // Whoever changed the mailbox ends its calls and says why. Where that word has not come yet, this one stands for it.
      call.end('pin-changed');
      throwIfHungUp(dialogue.line.signal);
      throw new Error('The call goes on although it was ended');
  }
}

function refuse(screens: MailboxScreens, refusal: PinRefusal): Setback | TooManyFailures {
  return setBack(screens, spokenRefusal(screens.dialogue.phrases, refusal));
}

/** Counts a new PIN that came to nothing. What was typed ahead was meant for a confirmation that is not asked. */
function setBack({ dialogue, pinRefusals }: MailboxScreens, notice: readonly Audio[]): Setback | TooManyFailures {
  dialogue.keys.flush();
  return pinRefusals.add() ? { kind: 'pin-change-failures', notice } : { kind: 'setback', notice };
}
