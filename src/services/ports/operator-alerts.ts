import type { AttemptLine } from '../../domain/credential.ts';
import type { MailboxId } from '../../domain/mailbox.ts';

/** What failures are counted for: a number that is vouched for, an address, or a trusted peer's calls without a number. */
export type SourceKind = 'number' | 'address' | 'trunk';

/** Something that the operator should know of at once. Moments are in milliseconds since 1970. */
export type OperatorAlert =
  /** Sign-ins at many mailboxes have failed from one source: somebody tries a few PINs at each. */
  | {
      readonly kind: 'spray';
      readonly at: number;
      /** The number, address or network, as it is counted under. */
      readonly source: { readonly kind: SourceKind; readonly name: string };
      /** At how many mailboxes, those that there are not included, within how many minutes. */
      readonly mailboxes: number;
      readonly minutes: number;
    }
  /** Failed sign-ins have locked a mailbox (SPEC §3.7). */
  | {
      readonly kind: 'lockout';
      readonly at: number;
      readonly mailbox: { readonly id: MailboxId; readonly address: string };
      /** `own` when its own telephone is locked out, `elsewhere` when everybody else is. */
      readonly line: AttemptLine;
      readonly failures: number;
    }
  /** The user of a mailbox says that somebody else has used it; it is locked. */
  | {
      readonly kind: 'report';
      readonly at: number;
      readonly mailbox: { readonly id: MailboxId; readonly address: string };
    };

/** Tells the operator, somehow and some time soon. */
export interface OperatorAlerts {
  /** Takes an alert and returns at once; never throws. It is kept in memory only until it is delivered. */
  raise(alert: OperatorAlert): void;
}

/** Where nobody asked to be told, and for what is only tried out. */
export const NO_ALERTS: OperatorAlerts = { raise: () => undefined };
