import type { MailboxId } from '../../domain/mailbox.ts';

/** Who or what had a PIN replaced; its letter says which (SPEC §5). */
export type ResetCause = 'administrator' | 'user' | 'failed-sign-ins';

interface ToUser {
  readonly mailboxId: MailboxId;
  /** The address it goes to: the mailbox's own unless somebody was told to notify another. */
  readonly address: string;
  readonly displayName: string;
  /** BCP 47 tag of the language it is written in. */
  readonly language: string;
  /** The primary extension. */
  readonly extension: string;
  readonly accessNumbers: readonly string[];
}

/** A mail in facts; `mail` puts it into words. A PIN is never among them: it is kept sealed, beside them. */
export type Letter =
  /** UM enabled: extension, access numbers and the first PIN. */
  | (ToUser & { readonly kind: 'um-enabled'; readonly policyText: string; readonly mustChange: boolean })
  /** UM enabled, and the first PIN went another way (SPEC §5). */
  | (ToUser & { readonly kind: 'um-enabled-notice'; readonly policyText: string })
  /** The PIN was replaced; this tells the new one. */
  | (ToUser & {
      readonly kind: 'pin-reset';
      readonly cause: ResetCause;
      readonly policyText: string;
      readonly mustChange: boolean;
    })
  /** The PIN was replaced, and the new one went another way (SPEC §5). */
  | (ToUser & { readonly kind: 'pin-reset-notice'; readonly cause: ResetCause; readonly policyText: string })
  /** Too many failed sign-ins have locked the mailbox (SPEC §3.7). */
  | (ToUser & {
      readonly kind: 'lockout';
      /** How many there were. */
      readonly failures: number;
      /** In milliseconds since 1970. */
      readonly lockedAt: number;
      /** When it opens by itself; undefined when an administrator must open it. */
      readonly opensAt: number | undefined;
      /** The owner's own telephone still gets in (SPEC §3.11). */
      readonly ownLineOpen: boolean;
      readonly timeZone: string;
      readonly clock: '12-hour' | '24-hour';
    })
  /** A link by which the user proves who they are to the pages; what makes it good is not among the facts. */
  | (ToUser & {
      readonly kind: 'sign-in-link';
      readonly linkId: string;
      /** Where the pages are, without a slash at its end. */
      readonly origin: string;
      /** In milliseconds since 1970. */
      readonly expiresAt: number;
      /** The IP address that asked for it. */
      readonly askedFrom: string;
      readonly timeZone: string;
      readonly clock: '12-hour' | '24-hour';
    });

export type LetterKind = Letter['kind'];

/** The letters that tell a PIN; queuing one withdraws older ones that are undelivered (SPEC §5). */
export const PIN_LETTERS: readonly LetterKind[] = ['um-enabled', 'pin-reset'];
