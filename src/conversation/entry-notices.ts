import type { Entry, InvalidEntry } from './ask.ts';
import type { PhraseId } from './phrases.ts';

/** An answer that is not what was asked for. */
export type MissedEntry = Exclude<Entry, { kind: 'digits' }>;

/** What is said of an entry that cannot be what was asked for. */
export type EntryNotices = Readonly<Record<InvalidEntry, PhraseId>>;

/** Clearing an entry is not an input failure (SPEC §3.4), nor is `*` with nothing to clear. */
export function isFailure(entry: MissedEntry): boolean {
  return entry.kind === 'nothing' || entry.kind === 'invalid';
}

/** What is said before the same question is asked again. */
export function noticeOf(entry: MissedEntry, notices: EntryNotices): readonly PhraseId[] {
  switch (entry.kind) {
    case 'nothing':
      return ['no-input'];
    case 'cleared':
      return ['entry-cleared'];
    case 'star':
      return [];
    case 'invalid':
      return [notices[entry.why]];
  }
}
