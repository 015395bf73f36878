import type { MailboxId } from '../../domain/mailbox.ts';

/** What a user who has been given a mailbox needs to know (SPEC §5, "UM enabled"). */
export interface WelcomeLetter {
  readonly mailboxId: MailboxId;
  readonly address: string;
  readonly displayName: string;
  /** The primary extension. */
  readonly extension: string;
  readonly accessNumbers: readonly [string, ...string[]];
  readonly pin: string;
}

/**
 * A letter that is written and safe on disk, and not yet delivered. Between the two the mailbox is stored, so that
 * whatever moment the program dies at, there is no mailbox whose PIN nobody can learn.
 */
export interface StagedLetter {
  readonly mailboxId: MailboxId;
  /** Delivers it and says where it is to be found; throws when that fails, and it stays staged. */
  deliver(): Promise<string>;
  /** Removes it; of no consequence when it is gone already. */
  discard(): Promise<void>;
}

/** Brings welcome letters to users. */
export interface WelcomeMail {
  /** Writes the letter; it survives a crash from when this resolves. */
  stage(letter: WelcomeLetter): Promise<StagedLetter>;
  /** The letters that a crash left staged. */
  leftStaged(): Promise<readonly StagedLetter[]>;
}
