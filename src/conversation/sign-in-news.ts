import type { ChangeCause } from '../domain/forced-change.ts';
import type { SignInSession } from '../services/sign-in.ts';
import type { Audio } from './line.ts';
import type { PhraseId, Phrases } from './phrases.ts';

const CAUSES: Readonly<Record<ChangeCause, PhraseId>> = {
  'pin-expired': 'cause-pin-expired',
  'first-time': 'cause-first-time',
  lifetime: 'cause-lifetime',
  'too-short': 'cause-too-short',
};

/**
 * What a caller is told once signed in, before anything else (SPEC §3.8): the failed sign-ins since the last success,
 * when the last one was, and that the mailbox is locked for everybody else (SPEC §3.11).
 *
 * @param now in milliseconds since 1970.
 */
export function signInNews(phrases: Phrases, session: SignInSession, now: number): readonly Audio[] {
  const { failures, lockedElsewhere, mailbox } = session;
  const told: Audio[] = [...phrases.sequence(['signed-in'])];
  if (failures !== undefined) {
    told.push(...phrases.sequence(['failures-since']));
    if (failures.count === 1) told.push(...phrases.sequence(['failure-one']));
    else told.push(...phrases.number(failures.count), ...phrases.sequence(['failures-many']));
    told.push(...phrases.sequence(['last-failure']), ...phrases.time(failures.lastAt, now, mailbox));
  }
  if (lockedElsewhere) told.push(...phrases.sequence(['locked-elsewhere', 'ask-administrator']));
  return told;
}

/** Why the PIN has to be changed now, every cause in a short sentence of its own (SPEC §3.9). */
export function changeReasons(phrases: Phrases, causes: readonly ChangeCause[]): readonly Audio[] {
  return phrases.sequence([...causes.map((cause) => CAUSES[cause]), 'forced-change']);
}
