import { MAX_PIN_LENGTH } from '../domain/pin-policy.ts';
import type { SignIn, SignInVerdict } from '../services/sign-in.ts';
import { ask, type EntryRules, FIRST_KEY_TIMEOUT, INTER_DIGIT_TIMEOUT, PIN_INTER_DIGIT_TIMEOUT } from './ask.ts';
import type { CallFacts } from './conversation.ts';
import type { Dialogue } from './dialogue.ts';
import { type EntryNotices, isFailure, noticeOf } from './entry-notices.ts';
import { FailureCount } from './failure-count.ts';
import type { Audio } from './line.ts';
import type { PhraseId } from './phrases.ts';
import { withPatience } from './say.ts';
import { sourceOf } from './source-of-call.ts';

/** A PIN shorter than this was not meant as one: it is an input failure (SPEC §3.4). No policy allows fewer (SPEC §1). */
const MIN_PIN_DIGITS = 4;

const PIN_RULES: EntryRules = {
  minDigits: MIN_PIN_DIGITS,
  maxDigits: MAX_PIN_LENGTH,
  endsWhenFull: false,
  firstKeyTimeout: FIRST_KEY_TIMEOUT,
  interDigitTimeout: PIN_INTER_DIGIT_TIMEOUT,
};

const EXTENSION_NOTICES: EntryNotices = {
  'invalid-key': 'invalid-key',
  'too-short': 'extension-invalid',
  'too-long': 'extension-invalid',
};

const PIN_NOTICES: EntryNotices = {
  'invalid-key': 'invalid-key',
  'too-short': 'pin-too-short',
  'too-long': 'pin-too-long',
};

/** What the screens of sign-in ended with. */
export type SignInResult =
  /** Every verdict but a plain failure ends them; the session of a success is open, whatever became of the call meanwhile. */
  | Exclude<SignInVerdict, { kind: 'failed' }>
  | { readonly kind: 'sign-in-failures' }
  | { readonly kind: 'input-failures' };

/** What the screens of sign-in work with, for one call. */
export interface SignInScreens {
  readonly dialogue: Dialogue;
  readonly call: CallFacts;
  readonly signIn: SignIn;
  /** The call's input failures in a row; they end the call wherever they happen. */
  readonly inputFailures: FailureCount;
}

/** The mailbox that a PIN is asked for: keyed by its extension, or recognised by the caller's number. */
interface Claim {
  readonly extension: string;
  /** What is said once, before the PIN is asked for the first time. */
  readonly opening: readonly Audio[];
  readonly prompt: PhraseId;
}

type ExtensionAnswer = { readonly kind: 'extension'; readonly extension: string } | { readonly kind: 'input-failures' };

type PinAnswer = SignInResult | { readonly kind: 'other-extension' };

/**
 * Welcomes a caller and asks for extension and PIN until they are right or there were too many failures (SPEC §3.1 to
 * §3.4). Whether an extension names a mailbox is neither asked before its PIN nor told after it: all that the caller
 * hears follows from the form of what was keyed and from the verdict alone (SPEC §3.3).
 *
 * After a failed PIN the PIN is asked again for the same extension; `*` instead of a PIN goes to the extension. A reset,
 * a lock, a source that is refused and an overload end it (SPEC §3.6, §3.7, §3.11); telling the caller is left to whoever
 * calls this.
 *
 * Rejects with `HungUp` when the call ends, with what the service throws, and when a prompt cannot be played. An
 * attempt that has begun is waited for all the same; when it succeeded, the result says so although nobody listens.
 */
export async function signInByTouchTone(screens: SignInScreens): Promise<SignInResult> {
  const { phrases } = screens.dialogue;
  const signInFailures = new FailureCount(screens.call.dialPlan.logonFailuresBeforeDisconnect);
  let opening = phrases.sequence(['welcome']);
  let claim = await recognise(screens);
  for (;;) {
    if (claim === undefined) {
      const answer = await askExtension(screens, opening);
      if (answer.kind === 'input-failures') return answer;
      opening = [];
      claim = { extension: answer.extension, opening: [], prompt: 'enter-pin' };
    }
    const answer = await askPin(screens, signInFailures, claim, [...opening, ...claim.opening]);
    if (answer.kind !== 'other-extension') return answer;
    opening = [];
    claim = undefined;
  }
}

async function recognise({ dialogue, call, signIn }: SignInScreens): Promise<Claim | undefined> {
  if (call.assertedNumber === undefined) return undefined;
  const caller = await withPatience(dialogue, signIn.recognise(call.dialPlan.id, call.assertedNumber));
  if (caller === undefined) return undefined;
  const { phrases } = dialogue;
  return {
    extension: caller.extension,
    opening: [...phrases.sequence(['mailbox-of']), ...phrases.digits(caller.extension)],
    prompt: 'enter-pin-known-caller',
  };
}

async function askExtension(screens: SignInScreens, opening: readonly Audio[]): Promise<ExtensionAnswer> {
  const { dialogue, inputFailures } = screens;
  const { extensionDigits } = screens.call.dialPlan;
  const rules: EntryRules = {
    minDigits: extensionDigits,
    maxDigits: extensionDigits,
    endsWhenFull: true,
    firstKeyTimeout: FIRST_KEY_TIMEOUT,
    interDigitTimeout: INTER_DIGIT_TIMEOUT,
  };
  let before = opening;
  for (;;) {
    const entry = await ask(dialogue, [...before, ...dialogue.phrases.sequence(['enter-extension'])], rules);
    if (entry.kind === 'digits') {
      inputFailures.reset();
      return { kind: 'extension', extension: entry.digits };
    }
    if (isFailure(entry) && inputFailures.add()) return { kind: 'input-failures' };
    before = dialogue.phrases.sequence(noticeOf(entry, EXTENSION_NOTICES));
  }
}

async function askPin(
  screens: SignInScreens,
  signInFailures: FailureCount,
  claim: Claim,
  opening: readonly Audio[],
): Promise<PinAnswer> {
  const { dialogue, inputFailures } = screens;
  let before = opening;
  let { prompt } = claim;
  for (;;) {
    const entry = await ask(dialogue, [...before, ...dialogue.phrases.sequence([prompt])], PIN_RULES);
    if (entry.kind === 'star') return { kind: 'other-extension' };
    if (entry.kind === 'digits') {
      inputFailures.reset();
      const verdict = await attempt(screens, claim.extension, entry.digits);
      if (verdict.kind !== 'failed') return verdict;
      dialogue.keys.flush();
      if (signInFailures.add()) return { kind: 'sign-in-failures' };
      before = dialogue.phrases.sequence(['sign-in-failed']);
      // It may have been the extension that was mistyped, so this prompt offers `*`, too.
      prompt = 'enter-pin-again';
    } else {
      if (isFailure(entry) && inputFailures.add()) return { kind: 'input-failures' };
      before = dialogue.phrases.sequence(noticeOf(entry, PIN_NOTICES));
    }
  }
}

function attempt({ dialogue, call, signIn }: SignInScreens, extension: string, pin: string): Promise<SignInVerdict> {
  return withPatience(dialogue, signIn.attempt(call.dialPlan.id, extension, pin, sourceOf(call)));
}
