import { isDigit, type Key } from '../domain/key.ts';
import type { Dialogue } from './dialogue.ts';
import type { Audio } from './line.ts';
import { startPlaying } from './say.ts';

/** What one entry of digits must look like. */
export interface EntryRules {
  /** Fewest digits that are an entry, from 1. */
  readonly minDigits: number;
  /** Most digits that are an entry; a longer one is invalid and never cut short to fit. */
  readonly maxDigits: number;
  /** Whether the entry is complete with its last possible digit; otherwise only `#` or a pause ends it. */
  readonly endsWhenFull: boolean;
  /** How long to wait for the first key once the prompt is over, in milliseconds. */
  readonly firstKeyTimeout: number;
  /** How long a pause may be between two keys, in milliseconds. */
  readonly interDigitTimeout: number;
  /** Whether an entry that was keyed whole before a hang-up still is one: where it decides something by itself. */
  readonly outlivesHangUp?: boolean;
}

export type InvalidEntry = 'invalid-key' | 'too-short' | 'too-long';

/** What the caller answered with digits where digits were asked. */
export type Entry =
  /** A whole entry, as long as the rules ask. */
  | { readonly kind: 'digits'; readonly digits: string }
  /** No key in time, or `#` alone. */
  | { readonly kind: 'nothing' }
  /** `*` behind at least one key: the entry is void, and the question is asked again. */
  | { readonly kind: 'cleared' }
  /** `*` with nothing to clear; each screen says what it means there. */
  | { readonly kind: 'star' }
  | { readonly kind: 'invalid'; readonly why: InvalidEntry };

/** What the caller answered where one key was asked. */
export type Choice<K extends Key> =
  | { readonly kind: 'key'; readonly key: K }
  /** No key in time. */
  | { readonly kind: 'nothing' }
  /** A key that has no function here. */
  | { readonly kind: 'invalid' };

/**
 * How long to wait for a first key, in milliseconds. People look a PIN up, or need to take the telephone from the ear
 * to see its keys; seven seconds is room for that and still short of seeming a dead line.
 */
export const FIRST_KEY_TIMEOUT = 7_000;

/** How long a pause between two digits of an extension may be, in milliseconds: the usual five seconds of such systems. */
export const INTER_DIGIT_TIMEOUT = 5_000;

/**
 * How long a pause between two digits of a PIN may be, in milliseconds. Longer than in an extension, because a PIN is read
 * off a mail, and half a PIN that a pause ended would be counted against its mailbox.
 */
export const PIN_INTER_DIGIT_TIMEOUT = 7_000;

/**
 * How soon a `#` must follow a full-length entry to belong to it, in milliseconds. Who presses it from habit does so
 * within a second; later it is an answer to the next prompt.
 */
const SWALLOWED_TERMINATOR = 2_000;

/**
 * Asks for digits (SPEC §3.1, §3.2). A key stops the prompt at once, and keys pressed ahead answer without it being
 * played. The entry ends with `#`, when it is full (if the rules say so; a `#` right behind is swallowed), or with a
 * pause longer than the inter-digit time-out, which stands for a `#` forgotten: not everybody hears or finds the
 * terminator, and a caller who keyed everything should not be told that nothing was keyed.
 *
 * `*` ends it as cleared, or as `star` when nothing was keyed. A letter key (RFC 4733 events 12–15) as the first key
 * is invalid at once; within an entry it spoils the entry, and like a surplus digit it is judged when the entry ends,
 * so that the rest of the keys is not taken for a new entry.
 *
 * Rejects with `HungUp` as soon as the call ends (but see `outlivesHangUp`), and with an error when the media server
 * cannot play the prompt.
 */
export async function ask(dialogue: Dialogue, prompt: readonly Audio[], rules: EntryRules): Promise<Entry> {
  const { keys } = dialogue;
  const nextKey = (milliseconds: number): Promise<Key | undefined> =>
    noted(dialogue, rules.outlivesHangUp === true ? keys.nextKeyed(milliseconds) : keys.next(milliseconds));
  await playUntilKey(dialogue, prompt);
  let key = await nextKey(rules.firstKeyTimeout);
  if (key === undefined || key === '#') return { kind: 'nothing' };
  if (key === '*') return { kind: 'star' };
  if (!isDigit(key)) return { kind: 'invalid', why: 'invalid-key' };

  let digits = '';
  let spoilt: InvalidEntry | undefined;
  while (key !== undefined && key !== '#') {
    if (key === '*') return { kind: 'cleared' };
    if (!isDigit(key)) {
      spoilt ??= 'invalid-key';
    } else if (digits.length < rules.maxDigits) {
      digits += key;
    } else {
      spoilt ??= 'too-long';
    }
    if (rules.endsWhenFull && digits.length === rules.maxDigits) {
      keys.swallow('#', SWALLOWED_TERMINATOR);
      break;
    }
    key = await nextKey(rules.interDigitTimeout);
  }
  if (spoilt !== undefined) return { kind: 'invalid', why: spoilt };
  return digits.length < rules.minDigits ? { kind: 'invalid', why: 'too-short' } : { kind: 'digits', digits };
}

/**
 * Asks for one of `keys`. A key stops the prompt at once, and a key pressed ahead answers without it being played.
 * `firstKeyTimeout` is in milliseconds from the end of the prompt. Rejects like {@link ask}.
 */
export async function askKey<K extends Key>(
  dialogue: Dialogue,
  prompt: readonly Audio[],
  keys: readonly K[],
  firstKeyTimeout: number = FIRST_KEY_TIMEOUT,
): Promise<Choice<K>> {
  await playUntilKey(dialogue, prompt);
  const key = await noted(dialogue, dialogue.keys.next(firstKeyTimeout));
  if (key === undefined) return { kind: 'nothing' };
  const chosen = keys.find((one) => one === key);
  return chosen === undefined ? { kind: 'invalid' } : { kind: 'key', key: chosen };
}

/** What is said next answers this key, if there is one. */
async function noted({ keys, answerTime }: Dialogue, next: Promise<Key | undefined>): Promise<Key | undefined> {
  const key = await next;
  if (key === undefined) answerTime.forget();
  else answerTime.keyed(keys.lastTakenAt);
  return key;
}

/** Plays a prompt until it ends or a key arrives, whichever is first; not at all when a key is waiting already. */
async function playUntilKey(dialogue: Dialogue, prompt: readonly Audio[]): Promise<void> {
  const { keys } = dialogue;
  if (!keys.isEmpty) return;
  const playback = startPlaying(dialogue, prompt);
  const arrival = Promise.withResolvers<void>();
  const cancel = keys.onArrival(() => {
    playback.stop();
    arrival.resolve();
  });
  try {
    // The key does not wait for the media server to confirm the silence: that is a hop away, and may fail.
    await Promise.race([arrival.promise, playback.end]);
  } finally {
    cancel();
  }
}
