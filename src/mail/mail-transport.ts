import type { ComposedMail } from './compose-mail.ts';

/** What an attempt to deliver a mail came to. */
export type Delivery =
  /** It is taken; `where` says where it is to be found, if that is known. */
  | { readonly kind: 'delivered'; readonly where?: string }
  /** The other side will never take this mail. */
  | { readonly kind: 'refused'; readonly error: string }
  /** Not now. */
  | { readonly kind: 'postponed'; readonly because: PostponeCause; readonly error: string };

export type PostponeCause =
  /** The other side wants this mail later. */
  | 'not-now'
  /** The way to the other side is cut, slow or broke off. */
  | 'unreachable'
  /** The other side takes no mail from this service as it is set up; somebody has to do something about it. */
  | 'set-up';

/** A way out for mails. */
export interface MailTransport {
  /** A folder of this machine is quick, and whoever starts the service looks into it at once. */
  readonly kind: 'folder' | 'smtp';
  /** How long a delivery may take at most, in milliseconds; it is given up then. */
  readonly longest: number;
  /**
   * Delivers a mail. What can go wrong is an outcome, with a description that has no address and no digit of a PIN;
   * when `signal` aborts, it is given up and postponed.
   */
  send(mail: ComposedMail, signal: AbortSignal): Promise<Delivery>;
  /** Closes what is open; calling it again does nothing. */
  close(): void;
}
